"""A start: what its plan rests on is told as it is, and two starts of one service are never two runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.memory.cases import MemoryCases
from bot.adapters.memory.journal import MemoryJournals
from bot.model.action import Finding
from bot.model.errors import NotFound, Refused, Unavailable, UserError
from bot.model.events import EvidenceSeen
from bot.model.plan import Mode
from bot.model.records import Record
from bot.usecases.assess import assess_service, open_case_of
from bot.usecases.look import view_run
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run
from bot.usecases.switch_run import let_go
from tests.builders import IMPACT
from tests.faults.aws.desk import Room
from tests.toys import ToyAws, ToyCloud


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """The shipped runbooks over a toy cloud."""
    return Room(tmp_path / "runbooks")


class Alarmed(ToyAws):
    """A cloud whose alarm has been on since the impact."""

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return self if service == "cloudwatch" else super().reader(service, region, endpoint=endpoint)

    def describe_alarms(self, **asked: object) -> Mapping[str, object]:
        return {"MetricAlarms": [{"StateValue": "ALARM", "StateTransitionedTimestamp": IMPACT}]}


@pytest.mark.parametrize(
    ("given", "alarms_word"),
    [
        (None, True),
        (f"{IMPACT:%Y-%m-%dT%H:%M:%S}Z", True),
        (f"{IMPACT:%Y-%m-%dT%H:%M}", True),
        (f"{IMPACT:%Y-%m-%dT%H:%M:%S}+09:00", False),
        (f"{IMPACT:%H}:01", False),
    ],
)
async def test_a_moment_is_the_alarms_word_only_when_it_is_the_alarms_moment(
    room: Room, given: str | None, alarms_word: bool
) -> None:
    """The same figures on another continent's clock are another moment, and that was said by a person."""
    object.__setattr__(room.desk, "clouds", Alarmed(ToyCloud()))
    inputs = {"impact_started_at": given} if given is not None else {}
    room.clock.at = IMPACT.replace(hour=IMPACT.hour + 1)

    plan = await plan_run(room.desk, Asked("orders-api", inputs=dict(inputs)), room.carol)

    assert plan.impact_evidence.startswith("alarm") is alarms_word
    assert (plan.impact_started_at == IMPACT) is alarms_word


class Overtaken(MemoryJournals):
    """Between our claim and our journal we stood still for so long that somebody else began."""

    async def claim_service(self, service: str, run: str) -> str | None:
        holder = await super().claim_service(service, run)
        if run == "orders-api-1" and holder is None:
            self._services[service] = "orders-api-2"
        return holder


async def test_a_start_that_was_overtaken_while_it_stood_still_gives_way(room: Room) -> None:
    """A virtual machine may be frozen at any point; when it thaws, the service has a run already."""
    object.__setattr__(room.desk, "journals", Overtaken(room.clock.monotonic))

    with pytest.raises(Refused) as refused:
        await start_run(room.desk, room.plan("orders-api-1"), room.carol)

    assert refused.value.reason == "service-busy"
    assert (await room.desk.run("orders-api-1")).aborting is not None
    assert (await start_run(room.desk, room.plan("orders-api-2"), room.carol)).aborting is None


async def test_what_blocks_a_plan_keeps_it_from_being_started_but_not_from_being_rehearsed(room: Room) -> None:
    """Whatever door it comes by, and however long its buttons have been on the screen."""
    blocked = (Finding(text="carries dr:service=payments", blocking=True),)
    plan = room.plan("orders-api-1").model_copy(update={"findings": blocked})
    dry = plan.model_copy(update={"mode": Mode.DRY_RUN, "run": "orders-api-2"})

    with pytest.raises(Refused) as refused:
        await start_run(room.desk, plan, room.carol)

    assert refused.value.reason == "plan-blocked"
    assert await room.desk.journals.head("orders-api-1") is None
    assert (await start_run(room.desk, dry, room.carol)).id == "orders-api-2"


async def test_a_service_that_changed_since_it_was_planned_is_planned_again(room: Room) -> None:
    """Another target or another set of owners is another plan."""
    plan = room.plan("orders-api-1")
    room.edit("catalog.yaml", ("rto: 30m", "rto: 29m"))

    with pytest.raises(Refused) as refused:
        await start_run(room.desk, plan, room.carol)

    assert refused.value.reason == "plan-changed"


async def test_a_secret_is_not_taken_for_an_input(room: Room) -> None:
    """It would be shown to everybody who approves, and stand in the journal for good; the answer does not repeat it."""
    key = "AKIA" + "Q3EXAMPLE7EXAMPL"

    with pytest.raises(UserError, match="mode looks like a secret") as refused:
        await plan_run(room.desk, Asked("orders-api", inputs={"impact_started_at": "-1m", "mode": key}), room.carol)

    assert key not in str(refused.value)


class Frozen(MemoryJournals):
    """One of the service's earlier runs is listed, and Redis has lost its journal."""

    async def recent_runs(self, limit: int = 20) -> list[str]:
        return ["orders-api-0313-00000"]

    async def read(self, run: str, *, after: int = 0) -> Sequence[Record]:
        raise Unavailable(f"Redis has lost {run}, so it is frozen")


async def test_the_way_home_is_planned_though_an_earlier_run_cannot_be_read(room: Room) -> None:
    """What its plan cannot tell of debts it says; nobody is kept from going home for it."""
    object.__setattr__(room.desk, "journals", Frozen(room.clock.monotonic))

    plan = await plan_run(
        room.desk, Asked("orders-api", kind="failback", inputs={"impact_started_at": "-1m"}), room.carol
    )

    assert plan.kind == "failback"
    assert [each.blocking for each in plan.findings if "orders-api-0313-00000" in each.text] == [False]


async def test_a_repeated_start_answers_the_case_that_the_first_one_left(room: Room) -> None:
    """The process died between the run's journal and the case's last word."""
    object.__setattr__(room.desk, "cases", MemoryCases())
    plan = room.plan("orders-api-1")
    await start_run(room.desk, plan, room.carol)
    await assess_service(room.desk, "orders-api", room.carol)

    await start_run(room.desk, plan, room.carol)

    assert await open_case_of(room.desk, "orders-api") is None


@pytest.mark.parametrize("hindrance", ["frozen", "too old", "somebody else's"])
async def test_the_old_run_goes_on_when_the_other_plan_could_not_start(room: Room, hindrance: str) -> None:
    """A switch that ends in nothing but an aborted failover is worse than no switch."""
    old = await start_run(room.desk, room.plan("orders-api-1"), room.carol)
    other, who = room.plan("orders-api-2"), room.carol
    if hindrance == "frozen":
        freeze = (
            "freezes:\n  - { from: 2026-03-01T00:00:00Z, to: 2026-04-01T00:00:00Z, why: Sale, kinds: [failover] }\n"
        )
        room.edit("catalog.yaml", ("services:\n", f"{freeze}services:\n"))
    elif hindrance == "too old":
        room.clock.wind(minutes=16)
    else:
        other = other.model_copy(update={"requester": room.library.catalog.people["dave"]})

    with pytest.raises(Refused):
        await let_go(room.desk, old.id, who, other)

    assert (await room.desk.run(old.id)).aborting is None


async def test_the_old_run_ends_for_a_plan_that_can_start(room: Room) -> None:
    """Asked once; a run that ends already is left to it."""
    old = await start_run(room.desk, room.plan("orders-api-1"), room.carol)
    other = room.plan("orders-api-2")

    first = await let_go(room.desk, old.id, room.carol, other)
    second = await let_go(room.desk, old.id, room.carol, other)

    assert first.aborting is not None
    assert second.seq == first.seq


async def test_a_cases_journal_is_told_as_no_run(room: Room) -> None:
    """Both are journals; `status` of a case's id says that there is no such run."""
    object.__setattr__(room.desk, "cases", MemoryCases(room.desk.journals))
    case = await assess_service(room.desk, "orders-api", room.carol)

    with pytest.raises(NotFound):
        await view_run(room.desk, case.id)
    with pytest.raises(NotFound):
        await room.desk.run(case.id)


async def test_a_rehearsal_claims_no_service_and_answers_no_case(room: Room) -> None:
    """Beside a live run it may be played, and the question stays open."""
    object.__setattr__(room.desk, "cases", MemoryCases())
    case = await assess_service(room.desk, "orders-api", room.carol)

    run = await start_run(room.desk, room.plan("orders-api-3", Mode.DRY_RUN), room.carol)
    live = await start_run(room.desk, room.plan("orders-api-4"), room.carol)

    told = [each.fact for each in await room.desk.records(run.id)]
    assert not any(isinstance(fact, EvidenceSeen) for fact in told)
    assert live.plan.mode is Mode.LIVE
    assert await open_case_of(room.desk, "orders-api") is None
    assert case.ending is None


async def test_a_changed_text_under_an_old_version_is_told_by_the_plan(room: Room) -> None:
    """Nobody learns of it only when the approvals are in; a rehearsal of it is refused too."""
    await start_run(room.desk, room.plan("orders-api-1"), room.carol)
    room.edit("orders-api/failover.yaml", ("title: ", "title: Now "))
    asked = {"impact_started_at": "-1m"}

    plan = await plan_run(room.desk, Asked("orders-api", inputs=dict(asked)), room.carol)
    rehearsal = await plan_run(room.desk, Asked("orders-api", inputs=dict(asked), mode=Mode.DRY_RUN), room.carol)

    assert [each.partition("(")[0] for each in plan.blocking if "Raise the version" in each] == [
        "orders-api.failover version 2 was registered with other content "
    ]
    with pytest.raises(UserError, match="Raise the version"):
        await start_run(room.desk, rehearsal, room.carol)


class Mute(MemoryJournals):
    """Redis does not answer."""

    async def pinned_digest(self, name: str, version: str) -> str | None:
        raise Unavailable("Redis does not answer: timed out")


async def test_a_plan_is_made_while_redis_is_away(room: Room) -> None:
    """What would be lost, and what would happen, is known without a store."""
    object.__setattr__(room.desk, "journals", Mute(room.clock.monotonic))

    plan = await plan_run(room.desk, Asked("orders-api", inputs={"impact_started_at": "-1m"}), room.carol)

    assert plan.steps
