"""What every lock on a resource promises. The twin in memory and the real Redis answer to the same tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.memory.locks import MemoryLocks
from bot.adapters.redis.locks import RedisLocks
from bot.model.errors import Fenced
from bot.model.events import RunCreated, RunFinished
from bot.model.people import BOT
from bot.model.records import Draft
from bot.ports.journal import Head
from bot.ports.locks import Locks
from tests.builders import NOW, a_plan
from tests.contracts.conftest import STORES, emptied

pytestmark = pytest.mark.asyncio
DB = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"


@dataclass
class Room:
    """Locks, and the journals that tell which runs are over."""

    locks: Locks
    journals: MemoryJournals

    async def begins(self, run: str) -> Head:
        created = Draft(id=f"{run}-c", at=NOW, actor=BOT, fact=RunCreated(plan=a_plan(run=run)))
        head, _ = await self.journals.append(run, [created], at=Head(seq=0, hash="", epoch=0), epoch=None)
        return head

    async def ends(self, run: str, at: Head) -> None:
        over = Draft(id=f"{run}-f", at=NOW, actor=BOT, fact=RunFinished(outcome="completed"))
        await self.journals.append(run, [over], at=at, epoch=None)


@pytest.fixture(params=STORES)
async def room(request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    journals = MemoryJournals()
    if request.param == "memory":
        yield Room(MemoryLocks(journals), journals)
        return
    async with emptied(request) as redis:
        yield Room(RedisLocks(redis, journals), journals)


async def test_one_run_holds_a_resource(room: Room) -> None:
    """The second is told who holds it; the first may take it again."""
    await room.begins("a")
    await room.begins("b")

    assert await room.locks.take([DB], "a", epoch=1) is None
    assert await room.locks.take([DB], "a", epoch=1) is None
    assert await room.locks.take([DB], "b", epoch=9) == (DB, "a")
    assert await room.locks.take(["another"], "b", epoch=1) is None


async def test_of_many_at_once_one_wins(room: Room) -> None:
    """A race has one winner, and everybody else hears its name."""
    runs = [f"r{number}" for number in range(20)]
    for run in runs:
        await room.begins(run)

    holders = await asyncio.gather(*(room.locks.take([DB], run, epoch=1) for run in runs))

    assert holders.count(None) == 1
    assert {each.run for each in holders if each} == {runs[holders.index(None)]}


async def test_all_are_taken_or_none(room: Room) -> None:
    """Who has to wait for one of them keeps nobody from the others, and is told which it was."""
    for run in "abc":
        await room.begins(run)
    await room.locks.take([DB], "a", epoch=1)

    refused = await room.locks.take(["record", DB, "service"], "b", epoch=1)
    others = await room.locks.take(["record", "service"], "c", epoch=1)

    assert (refused, others) == ((DB, "a"), None)


async def test_what_several_dead_runs_held_is_taken_at_once(room: Room) -> None:
    """Each of them is over, so none of them is in the way."""
    await room.begins("b")
    await room.locks.take([DB], "ghost", epoch=1)
    await room.locks.take(["record"], "shade", epoch=4)

    free = await room.locks.take([DB, "record"], "b", epoch=1)

    assert (free, await room.locks.take(["record"], "shade", epoch=4)) == (None, ("record", "b"))


async def test_several_are_let_go_together(room: Room) -> None:
    """But for what another run took meanwhile."""
    await room.begins("a")
    await room.begins("b")
    await room.locks.take([DB, "service"], "a", epoch=1)
    await room.locks.take(["record"], "b", epoch=1)

    await room.locks.release([DB, "record", "service"], "a", epoch=1)

    assert await room.locks.take([DB, "service"], "b", epoch=1) is None
    assert await room.locks.take(["record"], "a", epoch=1) == ("record", "b")


async def test_a_released_resource_is_free(room: Room) -> None:
    """Only its holder can let go."""
    await room.begins("a")
    await room.begins("b")
    await room.locks.take([DB], "a", epoch=1)

    await room.locks.release([DB], "b", epoch=1)
    still = await room.locks.take([DB], "b", epoch=1)
    await room.locks.release([DB], "a", epoch=1)

    assert (still, await room.locks.take([DB], "b", epoch=1)) == ((DB, "a"), None)


async def test_a_former_worker_of_the_same_run_is_fenced(room: Room) -> None:
    """After a takeover the thawed one neither holds nor lets go."""
    await room.begins("a")
    await room.begins("b")
    await room.locks.take([DB], "a", epoch=1)
    await room.locks.take([DB], "a", epoch=2)

    with pytest.raises(Fenced):
        await room.locks.take([DB], "a", epoch=1)
    await room.locks.release([DB], "a", epoch=1)

    assert await room.locks.take([DB], "b", epoch=1) == (DB, "a")


async def test_only_from_a_run_that_is_over_is_a_lock_taken_over(room: Room) -> None:
    """However long it has been silent, a run that is open keeps what it may be changing."""
    head = await room.begins("a")
    await room.begins("b")
    await room.locks.take([DB], "a", epoch=1)

    before = await room.locks.take([DB], "b", epoch=1)
    await room.ends("a", head)

    assert (before, await room.locks.take([DB], "b", epoch=1)) == ((DB, "a"), None)


async def test_a_run_without_a_journal_holds_nothing(room: Room) -> None:
    """What was left by a store that is gone does not block the living."""
    await room.begins("b")
    await room.locks.take([DB], "ghost", epoch=1)

    assert await room.locks.take([DB], "b", epoch=1) is None
