"""Is this a disaster? Asked by an alarm or a word, answered by four people, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.actions.catalogue import Catalogue
from bot.language import LANGUAGES, again, speaking
from bot.local.workspace.person import Person
from bot.local.workspace.words import text_of
from bot.model.case import Case, CaseDismissed, CaseLooked, RemindAsked
from bot.model.events import EvidenceSeen
from bot.ports.alarms import AlarmNews
from bot.slack.views.case_card import SUBMIT
from bot.usecases.assess import look_again, read_case
from bot.usecases.hear_alarms import hear
from tests.journeys.cast import PEOPLE, a_cast, has
from tests.planning import test_signs
from tests.slack.conftest import CATALOG, Bench
from tests.slack.flows.conftest import Play
from tests.slack.test_outbox import until

ALARM = "orders-<!channel>-errors"
SERVICE = f"""
    language: %s
    alarms: [{{ alarm: "{ALARM}", region: us-west-2 }}]
    health: {{ primary_url: "http://a/health", recovery_url: "http://b/health" }}"""


def an_alarm(at: datetime, state: str = "ALARM") -> AlarmNews:
    """A transition of the alarm that orders-api names."""
    return AlarmNews(delivery=f"{state}:{at}", alarm=ALARM, region="us-west-2", state=state, at=at)


@pytest.fixture(params=LANGUAGES)
async def play(request: pytest.FixtureRequest, bench: Bench) -> AsyncIterator[Play]:
    """The world is on fire for four minutes, and says so when it is asked."""
    roster = CATALOG[CATALOG.index("people:") : CATALOG.index("services:")]
    words = CATALOG.replace(roster, PEOPLE.lstrip("\n"))
    words = words.replace('channel: "#incidents"', f'channel: "#incidents"{SERVICE % request.param}', 1)
    (bench.folder / "catalog.yaml").write_text(words)
    bench.desk.library().refresh()
    assert not [each for each in bench.desk.library().problems if each.level == "error"]
    world = test_signs.World({ALARM: "ALARM"}, events=1)
    bench.desk = replace(bench.desk, clouds=world, actions=Catalogue.discover())  # type: ignore[arg-type]  # our twin
    async with a_cast(bench.slack, request.param) as cast, bench.door():
        yield Play(bench, cast)


@pytest.fixture(autouse=True)
def burning(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm went on four minutes ago."""
    monkeypatch.setattr(test_signs, "IMPACT", datetime.now(UTC) - timedelta(minutes=4))


async def the_case(play: Play) -> Case:
    cases = play.bench.desk.cases
    assert cases is not None
    (case_id,) = await cases.recent()
    return await read_case(play.bench.desk, case_id)


async def the_card(person: Person) -> str:
    return str((await person.wait_for(has("case.dismiss")))["ts"])


async def test_an_alarm_asks_and_a_person_says_no_with_a_reason(play: Play) -> None:
    """One card with the evidence; a guest and a stranger may not answer, Carol nearly starts, Bob says why not."""
    bench = play.bench
    await hear(bench.desk, an_alarm(bench.clock.now()))
    await hear(bench.desk, an_alarm(bench.clock.now(), "OK"))
    ts = await the_card(play.cast.alice)
    shown = await play.cast.alice.message(ts)
    await play.cast.erin.click(ts, "case.dismiss")
    guest = await play.cast.reads(play.cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await play.cast.fay.click(ts, "case.dismiss")
    stranger = await play.cast.fay.wait_for_view(lambda view: "U07FAY0000" in text_of(view))
    await play.cast.carol.click(ts, "case.failover")
    await play.cast.carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")
    await play.cast.carol.close_view()

    await play.cast.bob.click(ts, "case.dismiss")
    await play.cast.bob.wait_for_view(lambda view: view["callback_id"] == SUBMIT)
    await play.cast.bob.submit({"reason": "A bad deployment; it is rolled back. <https://evil.example|x>"})
    await play.cast.carol.wait_for(lambda m: m["ts"] == ts and not has("case.failover")(m))
    closed = await play.cast.dave.message(ts)

    case = await the_case(play)
    assert SUBMIT not in (guest["callback_id"], stranger["callback_id"])
    assert case.ending is not None
    assert case.ending.actor.person == "bob"
    assert isinstance(case.ending.fact, CaseDismissed)
    assert "Bob Osei" in text_of(closed)
    assert len([m for m in await play.cast.carol.messages() if not m.get("is_ephemeral")]) == 1
    for message in (shown, closed):
        assert "<!channel>" not in str(message)
        assert "<https://evil" not in str(message)
    assert await bench.desk.journals.open_runs() == []


async def test_a_failover_begins_with_the_form_and_closes_the_case(play: Play) -> None:
    """Alice opens the form and lets it be, Bob is reminded, Fay may not, Carol starts; the run carries the evidence."""
    bench = play.bench
    await hear(bench.desk, an_alarm(bench.clock.now()))
    ts = await the_card(play.cast.carol)
    await play.cast.fay.click(ts, "case.failover")
    await play.cast.fay.wait_for_view(lambda view: "U07FAY0000" in text_of(view))
    await play.cast.alice.click(ts, "case.failover")
    await play.cast.alice.wait_for_view(lambda view: view["callback_id"] == "start.submit")
    await play.cast.alice.close_view()
    await play.cast.bob.click(ts, "case.remind")
    await play.cast.hears(play.cast.bob, "You are reminded in ten minutes.")
    await play.cast.carol.click(ts, "case.failover")
    await play.cast.carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")
    assert await bench.desk.journals.open_runs() == [], "a form starts nothing"
    impact = int((bench.clock.now() - timedelta(minutes=4)).timestamp())
    await play.cast.carol.submit({"in:impact_started_at": impact})
    await play.cast.carol.wait_for_view(lambda view: view["callback_id"] == "plan.start")
    await play.cast.carol.submit({})

    async def is_started() -> bool:
        return bool(await bench.desk.journals.open_runs())

    await until(is_started)
    (run_id,) = await bench.desk.journals.open_runs()
    await play.cast.bob.wait_for(lambda m: m["ts"] == ts and run_id in text_of(m) and not has("case.failover")(m))

    facts = [record.fact for record in await bench.desk.records(run_id)]
    seen = [fact.what for fact in facts if isinstance(fact, EvidenceSeen)]
    assert len(seen) == 5, "the case, its alarm, three signs"
    assert any(ALARM in what for what in seen)
    assert play.bench.desk.cases is not None
    assert await play.bench.desk.cases.open_cases() == {}


async def test_people_are_reminded_and_called_before_the_deadline(play: Play) -> None:
    """Who asked is asked again after ten minutes; five minutes before it is too late everybody is, once."""
    bench = play.bench
    await play.cast.min.command("/dr assess orders-api")
    ts = await the_card(play.cast.min)
    await play.cast.erin.click(ts, "case.remind")
    await play.cast.hears(play.cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await play.cast.fay.click(ts, "case.remind")
    await play.cast.fay.wait_for(lambda m: bool(m.get("is_ephemeral")) and "U07FAY0000" in text_of(m))
    await play.cast.dave.command("/dr dismiss orders-api")
    await play.cast.dave.wait_for(lambda m: bool(m.get("is_ephemeral")))
    await play.cast.min.click(ts, "case.remind")

    async def is_asked() -> bool:
        return any(isinstance(entry.fact, RemindAsked) for entry in (await the_case(play)).entries)

    await until(is_asked)
    bench.clock.ahead += timedelta(minutes=11)
    await play.cast.bob.wait_for(lambda m: m.get("thread_ts") == ts and text_of(m).count("<@U06MIN0000>") == 1)
    case = await the_case(play)
    assert case.looked is not None
    assert case.looked.impact_at is not None
    assert case.looked.prospect.remaining is not None
    deadline = case.looked.impact_at + timedelta(minutes=30) - case.looked.prospect.remaining
    bench.clock.ahead = deadline - timedelta(minutes=4) - datetime.now(UTC)
    call = await play.cast.bob.wait_for(lambda m: m.get("thread_ts") == ts and "<@U02BOB0000>" in text_of(m))

    assert "<@U01ALICE00>" in text_of(call)
    assert f"<!date^{int(deadline.timestamp())}^" in str(call)


async def test_the_card_weighs_both_costs_and_names_the_deadline(play: Play) -> None:
    """Carol asks, Alice looks again on the same card, a guest may not, Dave answers; then nobody looks any more."""
    bench = play.bench
    await play.cast.carol.command("/dr assess orders-api")
    ts = await the_card(play.cast.carol)
    await play.cast.erin.click(ts, "case.look")
    await play.cast.hears(play.cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await play.cast.alice.click(ts, "case.look")

    async def has_looked() -> bool:
        return sum(isinstance(entry.fact, CaseLooked) for entry in (await the_case(play)).entries) == 2

    await until(has_looked)
    case = await the_case(play)
    shown = await play.cast.bob.wait_for(lambda m: m["ts"] == ts and _deadline(case) in str(m))
    await play.cast.dave.command("/dr dismiss orders-api the alarm is wrong")
    await play.cast.bob.wait_for(lambda m: m["ts"] == ts and not has("case.look")(m))
    closed = await the_case(play)

    assert await look_again(bench.desk, case.id) == closed
    assert closed.ending is not None
    assert closed.ending.actor.person == "dave"
    assert case.looked is not None
    said = text_of(shown)
    for sign in case.looked.signs:
        with speaking(play.cast.language):
            seen = again(sign.seen)
        assert seen[:20] in said.replace("&lt;", "<").replace("&gt;", ">") or sign.speaks == "unknown"
    assert {sign.kind: sign.speaks for sign in case.looked.signs} == {
        "alarm": "for", "health": "for", "primary": "for", "standby": "nothing",
    }  # fmt: skip
    assert "UNKNOWN" in said or "알 수 없" in said, "the runbook names no recovery point, and the card says so"
    assert "@orders-sre" in said
    assert "<@U01ALICE00>" in said
    for action in ("case.failover", "case.dismiss", "case.remind", "case.look"):
        assert has(action)(shown)
    assert bench.clock.ahead == timedelta(0)


def _deadline(case: Case) -> str:
    """By when to decide: impact, and the RTO, without what a failover takes; as the reader's clock shows it."""
    assert case.looked is not None
    assert case.looked.impact_at is not None
    assert case.looked.prospect.remaining is not None
    moment = case.looked.impact_at + timedelta(minutes=30) - case.looked.prospect.remaining
    return f"<!date^{int(moment.timestamp())}^"
