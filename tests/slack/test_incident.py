"""Roles and words to those outside, as four people live them in Slack, in both languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bot.language import LANGUAGES, Language, _, speaking
from bot.local.workspace.person import Person
from bot.local.workspace.words import text_of
from bot.model.incident_events import StatusPosted
from bot.timeline.incident_words import role_words
from tests.slack.conftest import CATALOG, Bench
from tests.slack.test_outbox import until

PEOPLE = """
  dave: { name: Dave Lund, slack: U04DAVE000, groups: ["@comms"] }
  min: { name: Park Min, slack: U06MIN0000, groups: ["@eng-directors"] }
roles:
  ic: { groups: ["@sre-leads", "@eng-directors"] }
  comms: { groups: ["@comms"] }
"""


@dataclass
class Company:
    """Five people, the bench, and the channel's language."""

    bench: Bench
    language: Language
    alice: Person
    bob: Person
    carol: Person
    dave: Person
    min: Person

    def said(self, message: str, **values: object) -> str:
        """As the channel reads it."""
        with speaking(self.language):
            return _(message, **values)

    async def until(self, holds: Callable[[Any], bool], run: str) -> None:
        """Until the run is so."""

        async def is_so() -> bool:
            return holds(await self.bench.desk.run(run))

        await until(is_so)


@pytest.fixture(params=LANGUAGES)
async def company(request: pytest.FixtureRequest, bench: Bench) -> AsyncIterator[Company]:
    """A catalogue with the three roles, whose channel speaks one language; the door is open."""
    words = CATALOG.replace("roles:\n", PEOPLE.lstrip("\n"))
    notify = 'channel: "#incidents"\n    language: %s\n    notify: { status_every: 15m, to: ["#orders", "#payments"] }'
    words = words.replace('channel: "#incidents"', notify % request.param, 1)
    (bench.folder / "catalog.yaml").write_text(words)
    bench.desk.library().refresh()
    assert not [each for each in bench.desk.library().problems if each.level == "error"]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bench.door())
        people = [await stack.enter_async_context(bench.person(name)) for name in ("alice", "bob", "carol", "dave")]
        korean = await stack.enter_async_context(bench.person("min"))
        yield Company(bench, request.param, *people, korean)


def has(action: str) -> Callable[[Any], bool]:
    """A message or view that offers this."""
    return lambda shown: re.search(rf'"{re.escape(action)}"', str(shown).replace("'", '"')) is not None


async def test_a_role_is_claimed_handed_over_and_accepted_after_the_brief(company: Company) -> None:
    """Alice takes it by the card, gives it to Bob, who reads ten lines; until his yes it is hers."""
    bench = company.bench
    run = await bench.a_run(bench.gate())
    card = await company.alice.wait_for(has("role.claim.ic"))
    await company.alice.click(card["ts"], "role.claim.ic")
    await company.until(lambda run: run.incident.holder("ic") == "alice", run.id)
    await company.carol.wait_for(lambda m: m["ts"] == card["ts"] and "<@U01ALICE00>" in text_of(m))

    await company.alice.command("/dr handover ic @bob")
    ask = await company.bob.wait_for(has("role.brief"))
    between = await bench.desk.run(run.id)
    await company.bob.click(ask["ts"], "role.brief")
    brief = await company.bob.wait_for_view(lambda view: view["callback_id"] == "role.accept")
    await company.bob.submit({})
    await company.until(lambda run: run.incident.holder("ic") == "bob", run.id)
    await company.carol.wait_for(lambda m: m["ts"] == ask["ts"] and not has("role.brief")(m))

    assert between.incident.holder("ic") == "alice"
    assert len(re.findall(r"^\d+\. ", text_of(brief), re.MULTILINE)) == 10
    assert "GO / NO-GO" in text_of(brief)
    told = company.said("{who} has read the brief and takes over as {role} from {was}.", who="Bob Osei",
                        was="Alice Kim", role=company.said("incident commander"))  # fmt: skip
    await company.dave.wait_for_text(told)


async def test_nobody_else_can_say_yes_and_who_may_not_hold_a_role_gets_none(company: Company) -> None:
    """Dave is asked nothing and holds nothing; Park Min takes the role with a reason, in Korean."""
    bench = company.bench
    run = await bench.a_run(bench.gate())
    card = await company.bob.wait_for(has("role.claim.ic"))
    await company.bob.click(card["ts"], "role.claim.ic")
    await company.until(lambda run: run.incident.holder("ic") == "bob", run.id)
    await company.bob.command("/dr handover ic @alice")
    ask = await company.dave.wait_for(has("role.brief"))

    await company.dave.click(ask["ts"], "role.brief")
    refused = await company.dave.wait_for_view(lambda view: "Nobody hands that role" in text_of(view))
    await company.dave.command("/dr claim ic I want it")
    await company.dave.wait_for(lambda m: bool(m.get("is_ephemeral")) and "@sre-leads" in text_of(m))
    await company.min.command("/dr claim ic Bob is on a plane")
    await company.until(lambda run: run.incident.holder("ic") == "min", run.id)
    with speaking("ko"):
        mine = _("You are {role} of {run} now.", role=role_words("ic"), run=f"`{run.id}`")
    await company.min.wait_for_text(mine)

    assert refused["callback_id"] != "role.accept"
    kinds = [record.fact.kind for record in await bench.desk.records(run.id)]
    assert kinds.count("action_refused") == 1


async def test_the_roles_form_hands_over_by_choice(company: Company) -> None:
    """The holder chooses among those who may; a free role can be taken there, too."""
    bench = company.bench
    run = await bench.a_run(bench.gate())
    await company.alice.command("/dr claim ic")
    card = await company.alice.wait_for(has("role.open"))

    await company.alice.click(card["ts"], "role.open")
    await company.alice.wait_for_view(has("role.give"))
    await company.alice.press("role.give", "min")
    await company.until(lambda run: run.incident.roles["ic"].offered_to == "min", run.id)
    await company.dave.click(card["ts"], "role.open")
    await company.dave.wait_for_view(has("role.claim.comms"))
    await company.dave.press("role.claim.comms")
    await company.until(lambda run: run.incident.holder("comms") == "dave", run.id)

    run = await bench.desk.run(run.id)
    assert run.incident.holder("ic") == "alice"


async def test_an_update_is_previewed_posted_once_per_channel_and_the_reminder_goes(company: Company) -> None:
    """The word is due, Dave snoozes, writes, looks at it, posts it; two channels hear it once, the nag is gone."""
    bench = company.bench
    run = await bench.a_run(bench.gate())
    await company.dave.wait_for(has("status.open"))
    bench.clock.ahead += timedelta(minutes=16)
    await bench.tell(run.id, bench.gate(2))
    nag = await company.dave.wait_for(has("status.snooze"))
    await company.carol.click(nag["ts"], "status.snooze")
    await company.until(lambda run: run.incident.resting_until is not None, run.id)
    await _gone(company.dave, nag["ts"])

    await company.dave.command("/dr update")
    form = await company.dave.wait_for_view(lambda view: view["callback_id"] == "status.submit")
    due = int((bench.clock.now() + timedelta(minutes=30)).timestamp())
    values = {"what": "Orders fail in us-east-1.", "text": "We ask <!channel> for a go.", "next": due}
    await company.dave.submit(values)
    await company.dave.wait_for_view(lambda view: view["callback_id"] == "status.post")
    await company.dave.submit({})
    posted = [await company.alice.wait_for_text("Orders fail in us-east-1.", channel=name)
              for name in ("orders", "payments")]  # fmt: skip
    await bench.tell(run.id, bench.by_hand())
    await company.carol.wait_for_text("Add 198.51.100.10")

    assert "orders-api" in str(form["state"]) or "Orders API" in str(form["state"])
    facts = [record.fact for record in await bench.desk.records(run.id)]
    assert [fact.channels for fact in facts if isinstance(fact, StatusPosted)] == [("#orders", "#payments")]
    for name, message in zip(("orders", "payments"), posted, strict=True):
        heard = [m for m in await company.alice.messages(name) if "Orders fail" in text_of(m)]
        assert len(heard) == 1
        assert "<!channel>" not in str(message)
        assert company.said("*Next update:* {at}", at="")[:6] in text_of(message)


async def test_a_stopped_reminder_stays_away_and_outsiders_say_nothing(company: Company) -> None:
    """Stop is for good; a guest can neither write nor silence."""
    bench = company.bench
    run = await bench.a_run(bench.gate())
    await company.dave.wait_for(has("status.open"))
    bench.clock.ahead += timedelta(minutes=16)
    await bench.tell(run.id, bench.gate(2))
    nag = await company.dave.wait_for(has("status.stop"))
    async with bench.person("erin") as erin:
        await erin.click(nag["ts"], "status.stop")
        await erin.wait_for(lambda m: bool(m.get("is_ephemeral")))
    assert not (await bench.desk.run(run.id)).incident.stopped

    await company.alice.click(nag["ts"], "status.stop")
    await company.until(lambda run: run.incident.stopped, run.id)
    await _gone(company.dave, nag["ts"])
    bench.clock.ahead += timedelta(hours=2)
    await bench.tell(run.id, bench.gate(3))
    await company.dave.wait_for(lambda m: "gate.approve" in str(m.get("blocks")))

    assert not [m for m in await company.dave.messages() if has("status.stop")(m)]


async def _gone(person: Person, ts: str) -> None:
    async def is_gone() -> bool:
        return all(m["ts"] != ts for m in await person.messages())

    await until(is_gone)
