"""Whose turn it is: what is held, given back beside everything else, and wanted again meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.memory.locks import MemoryLocks
from bot.engine.turns import Turns
from bot.model.errors import Unavailable
from bot.model.events import RunCreated
from bot.model.people import BOT
from bot.model.plan import PlannedStep
from bot.model.records import Draft, seal
from bot.model.run import Run
from tests.builders import a_plan
from tests.engine.stories import toy

pytestmark = pytest.mark.asyncio
STEP = toy("one")


class HeldUp(MemoryLocks):
    """Locks whose release waits until it is let through, and may fail."""

    def __init__(self) -> None:
        super().__init__(MemoryJournals(lambda: 0.0))
        self.through = asyncio.Event()
        self.fails = 0

    async def release(self, resources: Sequence[str], run: str, *, epoch: int) -> None:
        await self.through.wait()
        if self.fails:
            self.fails -= 1
            raise Unavailable("gone for a moment")
        await super().release(resources, run, epoch=epoch)


def a_run(*steps: PlannedStep) -> Run:
    """Created; nothing has begun."""
    draft = Draft(id="0", at=datetime(2026, 3, 14, tzinfo=UTC), actor=BOT, fact=RunCreated(plan=a_plan(*steps)))
    return Run.of(record for record, _ in seal([draft], run="r", epoch=0, after=0, prev=""))


async def test_what_is_on_its_way_back_is_waited_for_before_it_is_taken_again() -> None:
    """A late release would free what was just taken."""
    locks, run = HeldUp(), a_run(STEP)
    turns = Turns(locks, "r")
    await turns.take(run.plan, STEP, epoch=1)
    turns.let_go(run, (), epoch=1)

    again = asyncio.create_task(turns.take(run.plan, STEP, epoch=1))
    await asyncio.sleep(0)
    waited = not again.done()
    locks.through.set()
    await again

    assert waited
    assert locks.held


async def test_what_another_step_is_about_to_take_is_kept() -> None:
    """The service itself goes from one step to the next without a release between."""
    other = toy("two")
    locks, run = HeldUp(), a_run(STEP, other)
    locks.through.set()
    turns = Turns(locks, "r")
    await turns.take(run.plan, STEP, epoch=1)

    turns.let_go(run, ["two"], epoch=1)
    await turns.given_back()

    assert [name for name in locks.held if name.startswith("service/")]


async def test_a_release_that_failed_is_tried_again() -> None:
    """Redis was away for a moment: the next look at the locks gives them back."""
    locks, run = HeldUp(), a_run(STEP)
    locks.through.set()
    locks.fails = 1
    turns = Turns(locks, "r")
    await turns.take(run.plan, STEP, epoch=1)
    turns.let_go(run, (), epoch=1)
    await turns.given_back()
    assert locks.held

    turns.let_go(run, (), epoch=1)
    await turns.given_back()

    assert locks.held == {}


async def test_whoever_stops_asking_midway_gives_back_what_it_may_have_got() -> None:
    """The answer of Redis was not heard; the lock may be ours all the same."""
    locks, run = HeldUp(), a_run(STEP)
    locks.through.set()
    turns, take = Turns(locks, "r"), locks.take

    async def unheard(resources: Sequence[str], run: str, *, epoch: int) -> None:
        await take(resources, run, epoch=epoch)
        await asyncio.Event().wait()

    locks.take = unheard  # type: ignore[method-assign, assignment]  # the answer never comes
    asking = asyncio.create_task(turns.take(run.plan, STEP, epoch=1))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert locks.held

    turns.let_go(run, (), epoch=1)
    await turns.given_back()

    assert locks.held == {}
