"""A case: opened by an alarm or a person, answered by a person, never by the bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot.adapters.memory.cases import MemoryCases
from bot.model.case import AlarmHeard, CaseAnswered, CaseDismissed, CaseLooked
from bot.model.errors import NotFound, Refused, UserError
from bot.model.events import EvidenceSeen
from bot.model.people import Person
from bot.model.plan import Mode
from bot.ports.alarms import AlarmNews
from bot.runbook.library import Library
from bot.usecases.assess import assess_service, dismiss, find_case, look_again, remind
from bot.usecases.desk import Caller
from bot.usecases.hear_alarms import hear
from bot.usecases.start_run import start_run
from tests.builders import IMPACT
from tests.faults.aws.desk import Room

ALARM, REGION = "orders-api-success-ratio", "us-west-2"


def news(state: str = "ALARM", minute: int = 0) -> AlarmNews:
    """A transition of the alarm that orders-api names."""
    at = IMPACT + timedelta(minutes=minute)
    return AlarmNews(delivery=f"{REGION}:{ALARM}:{state}:{minute}", alarm=ALARM, region=REGION, state=state, at=at)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """The shipped runbooks over a toy cloud that knows no alarm."""
    made = Room(tmp_path / "runbooks")
    made.desk = replace(made.desk, cases=MemoryCases())
    return made


async def kinds(room: Room) -> list[str]:
    assert room.desk.cases is not None
    (case_id,) = await room.desk.cases.recent()
    return [entry.fact.kind for entry in await room.desk.cases.read(case_id)]


async def test_an_alarm_opens_one_case_however_often_it_comes(room: Room) -> None:
    """The same transition twice is one; the second one is told to the same case."""
    await hear(room.desk, news())
    await hear(room.desk, news())

    heard = await hear(room.desk, news("OK", 3))

    case = await find_case(room.desk, "orders-api")
    assert heard == (case.id,)
    assert [e.fact.state for e in case.entries if isinstance(e.fact, AlarmHeard)] == ["ALARM", "OK"]
    assert (await kinds(room))[:3] == ["case_opened", "alarm_heard", "case_looked"]
    assert await room.desk.journals.open_runs() == [], "the bot starts nothing by itself"


@pytest.mark.parametrize(
    "stray", [news("OK"), news("INSUFFICIENT_DATA"), news().model_copy(update={"alarm": "somebody-elses"}),
              news().model_copy(update={"region": "us-east-1"})],
)  # fmt: skip
async def test_what_concerns_nobody_opens_nothing(room: Room, stray: AlarmNews) -> None:
    """A recovery without a case, another alarm, the same name elsewhere."""
    assert await hear(room.desk, stray) == ()

    assert room.desk.cases is not None
    assert await room.desk.cases.recent() == []


@pytest.mark.parametrize(("account", "heard"), [("111122223333", 1), ("", 1), ("999999999999", 0)])
async def test_an_alarm_of_another_account_is_not_the_services(room: Room, account: str, heard: int) -> None:
    """The same name in a test account proposes nothing; a message that tells no account is believed."""
    assert room.library.catalog.service("orders-api").account == "111122223333"

    assert len(await hear(room.desk, news().model_copy(update={"account": account}))) == heard


async def test_a_rehearsal_under_way_takes_no_alarm_for_itself(room: Room) -> None:
    """It recovers nothing, so the alarm asks whether this is a disaster as if it were not there."""
    rehearsal = room.plan("orders-api-1123-00001", Mode.DRY_RUN)
    await start_run(room.desk, rehearsal, room.carol)

    (heard,) = await hear(room.desk, news())

    assert heard == (await find_case(room.desk, "orders-api")).id
    assert not any(isinstance(each.fact, EvidenceSeen) for each in await room.desk.records(rehearsal.run))


async def test_an_answered_case_is_not_opened_again_by_the_same_transition(room: Room) -> None:
    """A queue delivers at least once; the next real transition asks anew."""
    await hear(room.desk, news())
    await dismiss(room.desk, "orders-api", room.carol, "a bad deployment, rolled back")

    again = await hear(room.desk, news())
    anew = await hear(room.desk, news(minute=30))

    assert again == ()
    assert len(anew) == 1


async def test_what_cannot_be_seen_is_unknown_and_nothing_is_raised(room: Room) -> None:
    """A world without answers still gives a card."""
    case = await assess_service(room.desk, "orders-api", room.carol)

    assert case.looked is not None
    assert {sign.speaks for sign in case.looked.signs if sign.kind == "alarm"} == {"unknown"}
    assert case.looked.prospect.loss is None
    assert case.looked.prospect.remaining is not None, "durations are known without the cloud"
    assert [line.partition(":")[0] for line in case.looked.prospect.breaks] == ["Promote the database in us-west-2"]


async def test_asking_twice_looks_twice_at_one_case(room: Room) -> None:
    """The second question is answered with the newest look."""
    first = await assess_service(room.desk, "orders-api", room.carol)

    second = await assess_service(room.desk, "orders-api", room.carol)

    assert second.id == first.id
    assert sum(isinstance(entry.fact, CaseLooked) for entry in second.entries) == 2


async def test_a_dismissal_is_on_record_and_final(room: Room) -> None:
    """Who, why; afterwards nobody answers it any more, and looking changes nothing."""
    case = await assess_service(room.desk, "orders-api", room.carol)

    after = await dismiss(room.desk, "orders-api", room.carol, "a bad deployment")

    assert after.ending is not None
    assert after.ending.actor.name == room.carol.person.name
    assert isinstance(after.ending.fact, CaseDismissed)
    with pytest.raises(Refused):
        await dismiss(room.desk, case.id, room.carol, "again")
    with pytest.raises(Refused):
        await remind(room.desk, case.id, room.carol)
    with pytest.raises(NotFound):
        await find_case(room.desk, "orders-api")
    assert await look_again(room.desk, case.id) == after


async def test_the_case_of_a_service_that_left_the_catalogue_can_be_closed(room: Room) -> None:
    """It was renamed meanwhile; its open case is nobody's for ever otherwise. A stranger still may not."""
    await assess_service(room.desk, "orders-api", room.carol)
    catalog = room.library.catalog
    others = {name: service for name, service in catalog.services.items() if name != "orders-api"}
    edited = SimpleNamespace(catalog=catalog.model_copy(update={"services": others}))
    desk = replace(room.desk, library=lambda: cast(Library, edited))

    after = await dismiss(desk, "orders-api", room.carol, "renamed")

    assert after.ending is not None
    with pytest.raises(Refused):
        await dismiss(desk, after.id, Caller(Person(id="eve", name="Eve"), "slack"), "me too")


class Dying(MemoryCases):
    """The process dies between the last word of a case and the list of open ones."""

    async def close(self, service: str, case: str) -> None:
        raise ConnectionError("killed")


async def test_a_case_whose_closer_died_makes_nobody_deaf(room: Room) -> None:
    """It is answered; the next alarm opens a new one, and a person's question does."""
    cases = room.desk.cases
    assert isinstance(cases, MemoryCases)
    first = await assess_service(room.desk, "orders-api", room.carol)
    cases.__class__ = Dying
    with pytest.raises(ConnectionError):
        await dismiss(room.desk, "orders-api", room.carol, "a bad deployment")
    cases.__class__ = MemoryCases

    stale = await hear(room.desk, news("OK"))
    (anew,) = await hear(room.desk, news(minute=30))

    assert stale == ()
    assert anew != first.id
    assert (await find_case(room.desk, "orders-api")).id == anew
    assert len((await find_case(room.desk, first.id)).entries) == len(first.entries) + 1


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001])
async def test_a_dismissal_without_a_reason_is_none(room: Room, reason: str) -> None:
    """Silence is no decision."""
    await assess_service(room.desk, "orders-api", room.carol)

    with pytest.raises(UserError):
        await dismiss(room.desk, "orders-api", room.carol, reason)

    assert (await find_case(room.desk, "orders-api")).ending is None


async def test_a_stranger_neither_asks_nor_answers(room: Room) -> None:
    """Who may not start a run may not wave its alarm away."""
    stranger = Caller(Person(id="eve", name="Eve", groups=("@marketing",)), "slack")
    await assess_service(room.desk, "orders-api", room.carol)

    for attempt in (
        assess_service(room.desk, "orders-api", stranger),
        dismiss(room.desk, "orders-api", stranger, "nothing to see"),
        remind(room.desk, "orders-api", stranger),
    ):
        with pytest.raises(Refused):
            await attempt

    assert (await find_case(room.desk, "orders-api")).ending is None


async def test_a_started_run_answers_the_case_and_an_alarm_becomes_its_evidence(room: Room) -> None:
    """Its run tells how it came about; the question is closed with its name; what comes later is told to it, once."""
    await hear(room.desk, news())
    run = await start_run(room.desk, room.plan("orders-api-7"), room.carol)

    for _ in range(2):
        heard = await hear(room.desk, news(minute=9))

    assert heard == (run.id,)
    assert room.desk.cases is not None
    assert await room.desk.cases.open_cases() == {}
    (case_id,) = await room.desk.cases.recent()
    ending = (await room.desk.cases.read(case_id))[-1].fact
    assert isinstance(ending, CaseAnswered)
    assert ending.run == run.id
    assert await evidence(room, run.id) == [
        f"a case was opened: alarm {ALARM} ({REGION})", *[f"alarm {ALARM} went to ALARM"] * 2,
    ]  # fmt: skip


@pytest.mark.parametrize(("state", "tells"), [("ALARM", True), ("OK", False), ("INSUFFICIENT_DATA", False)])
async def test_only_an_alarm_that_goes_on_tells_when_customers_felt_it(room: Room, state: str, tells: bool) -> None:
    """Neither its end nor the case's opening does, or a recovery would be timed from the moment it was over."""
    await assess_service(room.desk, "orders-api", room.carol)
    run = await start_run(room.desk, room.plan("orders-api-7"), room.carol)

    await hear(room.desk, news(state, 9))

    facts = [record.fact for record in await room.desk.records(run.id)]
    opened, heard = [fact for fact in facts if isinstance(fact, EvidenceSeen)]
    assert (opened.tells_impact, heard.tells_impact) == (False, tells)


async def evidence(room: Room, run: str) -> Sequence[str]:
    facts = [record.fact for record in await room.desk.records(run)]
    return [fact.what for fact in facts if isinstance(fact, EvidenceSeen)]
