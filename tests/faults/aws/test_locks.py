"""Two runs never change the same resource at once; who waits is told for whom, and nobody waits for the dead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.adapters.memory.locks import MemoryLocks
from bot.engine.turns import resources
from bot.model.action import Look
from bot.model.errors import OutcomeUnknown, StepBroke
from bot.model.events import AbortAsked, RunFinished, RunPaused, StepHeld, StepStarted
from bot.model.run import Status
from bot.model.step_run import Phase
from bot.ports.journal import Journals
from bot.ports.locks import Holder
from tests.builders import a_plan
from tests.engine.stories import toy, watch
from tests.faults.aws.stage import Stage
from tests.toys import ToyCloud

pytestmark = pytest.mark.asyncio
SERVICE = "service/orders-api"
DB = Look(state="ready", targets=("arn:aws:rds::111122223333:global-cluster:shared",))


async def test_the_second_run_waits_and_says_for_whom() -> None:
    """It begins nothing while the first is on its way, loses no attempt, and goes on when the first is done."""
    stage = Stage(ToyCloud(shared=DB.targets[0]))
    first = await stage.play("r1", toy("db", look=DB, params={"name": "db", "value": 1}))
    second = await stage.play("r2", toy("db", look=DB, params={"name": "db", "value": 2}), service="payments")
    stage.cloud.lag = 1
    await first.deliver()

    await second.deliver()
    waiting = (await second.run()).steps["db"]
    sent_meanwhile = stage.cloud.sent("db")
    await first.until_parked_or_over()
    run = await second.until_parked_or_over()

    assert (waiting.phase, waiting.attempt, sent_meanwhile) == (Phase.RETRYING, 0, 1)
    assert "run r1 is changing arn:aws:rds::111122223333:global-cluster:shared" in waiting.why
    assert (run.status, run.steps["db"].attempt, stage.cloud.values["db"]) == (Status.COMPLETED, 1, 2)
    assert stage.locks.held == {}


async def test_a_run_that_died_on_the_way_keeps_its_resources() -> None:
    """Its change may still be going on; only a takeover or a person ends that."""
    stage = Stage(ToyCloud(shared=DB.targets[0]))
    first = await stage.play("r1", toy("db", look=DB))
    second = await stage.play("r2", toy("db", look=DB), service="payments")
    await stage.locks.take(DB.targets, "r1", epoch=1)
    await first.dies_holding(StepStarted(step="db", attempt=1, token="t"))
    stage.clock.wind(hours=5)

    await second.deliver()
    kinds = await second.kinds("db")
    await first.until_parked_or_over()
    run = await second.until_parked_or_over()

    assert kinds == ["step_held"]
    assert run.status is Status.COMPLETED
    assert stage.locks.held == {}


async def test_what_a_worker_took_and_never_used_is_given_back() -> None:
    """It died between the lock and the intent, and the run is paused by now: nobody waits for it."""
    stage = Stage(ToyCloud(shared=DB.targets[0]))
    first = await stage.play("r1", toy("db", look=DB))
    second = await stage.play("r2", toy("db", look=DB), service="payments")
    await first.dies_holding(RunPaused(why="hold on"))
    await stage.locks.take((DB.targets[0], SERVICE), "r1", epoch=1)

    await first.deliver()
    run = await second.until_parked_or_over()

    assert (run.status, "step_held" in await second.kinds("db")) == (Status.COMPLETED, False)


async def test_a_run_that_is_over_holds_nothing() -> None:
    """It crashed between its end and letting go; the next one takes over."""
    stage = Stage(ToyCloud(shared=DB.targets[0]))
    first = await stage.play("r1", watch("db", "db"))
    stage.cloud.values["db"] = 0
    await stage.locks.take(DB.targets, "r1", epoch=1)
    await first.say(RunFinished(outcome="failed"))
    second = await stage.play("r2", toy("db", look=DB), service="payments")

    run = await second.until_parked_or_over()

    assert (run.status, "step_held" in await second.kinds("db")) == (Status.COMPLETED, False)


async def test_a_doubt_keeps_the_resource_while_a_person_is_asked() -> None:
    """Nobody knows whether the message went out, so nobody else may send."""
    stage = Stage(ToyCloud(shared=DB.targets[0]))

    def cut(_: str) -> None:
        raise OutcomeUnknown("no answer")

    stage.cloud.lost = cut
    first = await stage.play("r1", toy("mail", "toy.publish", look=DB))
    second = await stage.play("r2", toy("mail", "toy.publish", look=DB), service="payments")
    await first.until_parked_or_over()

    await second.deliver()

    assert (await first.run()).steps["mail"].phase is Phase.ASKING
    assert isinstance((await second.journals.read("r2"))[-1].fact, StepHeld)


async def test_what_the_next_step_needs_is_not_given_back_before_it() -> None:
    """Between two changes of one run nobody else comes in, and each is taken and let go in one go."""
    stage = Stage(ToyCloud(shared=DB.targets[0]))
    stage.locks = locks = Noted(stage.journals)
    play = await stage.play("r1", toy("db", look=DB), toy("dns", needs=["db"], look=DB))

    run = await play.until_parked_or_over()

    assert run.status is Status.COMPLETED
    assert locks.taken == [{DB.targets[0], SERVICE}] * 2
    assert locks.freed == [{DB.targets[0], SERVICE}]


class Noted(MemoryLocks):
    """Locks that note what is asked of them."""

    def __init__(self, journals: Journals) -> None:
        super().__init__(journals)
        self.taken: list[set[str]] = []
        self.freed: list[set[str]] = []

    async def take(self, resources: Sequence[str], run: str, *, epoch: int) -> Holder | None:
        self.taken.append({*resources})
        return await super().take(resources, run, epoch=epoch)

    async def release(self, resources: Sequence[str], run: str, *, epoch: int) -> None:
        self.freed.append({*resources})
        await super().release(resources, run, epoch=epoch)


async def test_a_failed_step_s_undo_comes_back_as_soon_as_it_may() -> None:
    """It looks every few seconds whether the resource is free, and does not leave the way back for an hour."""
    stage = Stage(ToyCloud(shared=DB.targets[0], trouble=_denied))
    first = await stage.play("r1", toy("db", look=DB, on_failure="continue"), watch("never", "never"))
    await stage.play("r2", toy("db", look=DB), service="payments")
    await first.deliver()
    await stage.locks.take(DB.targets, "r2", epoch=1)

    await first.say(AbortAsked(rollback=True))
    due = await first.deliver()

    assert due is not None
    assert due - stage.clock.now() == timedelta(seconds=5)


def _denied(name: str) -> None:
    raise StepBroke("AccessDenied")


async def test_an_undo_waits_for_its_turn_too() -> None:
    """Rolling back is a change like any other."""
    stage = Stage(ToyCloud(shared=DB.targets[0]))
    first = await stage.play(
        "r1", toy("db", look=DB), watch("never", "never", params={"at_least": 1}, timeout=timedelta(hours=1))
    )
    stage.cloud.values["never"] = 0
    second = await stage.play("r2", toy("db", look=DB), service="payments")
    await first.deliver()
    for _ in range(5):
        stage.clock.wind(seconds=5)
        await first.deliver()
    await stage.locks.take(DB.targets, "r2", epoch=1)
    await first.say(AbortAsked(why="no", rollback=True))

    due = await first.deliver()
    waiting = (await first.run()).steps["db"]
    await stage.locks.release(DB.targets, "r2", epoch=1)
    run = await first.until_parked_or_over()

    assert "run r2 is changing" in waiting.seen
    assert due is not None
    assert (run.status, run.steps["db"].phase, second.plan.run) == (Status.ROLLED_BACK, Phase.UNDONE, "r2")


async def test_what_a_step_holds_is_named_so_that_others_recognise_it() -> None:
    """ARNs stand for themselves, names carry their place, and a step whose target is unknown holds its service."""
    arn, name, unknown = toy("a", look=DB), toy("b", look=Look(state="ready", targets=("x",))), toy("c")
    plan = a_plan(arn, name, unknown, watch("d", "d"))

    held = [resources(plan, step) for step in plan.steps]

    assert held == [
        (DB.targets[0], "service/orders-api"),
        ("own/us-west-2/toy/x", "service/orders-api"),
        ("service/orders-api",),
        (),
    ]
