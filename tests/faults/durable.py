"""Nothing acknowledged is lost: writers say what was acknowledged, somebody pulls the plug, and the journal is read.

Notes, votes and outcomes are appended as fast as they go, through the embedded profile: every write is on disk before
it is acknowledged. Either the redis-server or the writer's own process is killed with SIGKILL, again and again.

`python -m tests.faults.durable URL RUN` is a writer: one line on standard output for each acknowledged id.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.clock import SystemClock
from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from bot.local.redis import EmbeddedRedis
from bot.model.errors import JournalConflict, Unavailable
from bot.model.events import Fact, NoteAdded, RunCreated, StepExecuted, VoteCast
from bot.model.people import BOT, Actor
from bot.model.records import Draft, first_break
from bot.ports.journal import Head
from tests.builders import a_plan

EMPTY = Head(seq=0, hash="", epoch=0)
BEN = Actor(person="ben", name="Ben", via="slack")


@dataclass
class Writer:
    """Appends to one run until told to stop, and remembers what was acknowledged."""

    journals: RedisJournals
    run: str
    clock: SystemClock = field(default_factory=SystemClock)
    acknowledged: list[str] = field(default_factory=list)
    cut: int = 0

    async def write(self, stop: asyncio.Event, *, tell: bool = False) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            draft = Draft(id=self.clock.new_id(), at=datetime.now(UTC), actor=BEN, fact=_fact(number))
            if await self._append(draft, stop):
                self.acknowledged.append(draft.id)
                if tell:
                    print(draft.id, flush=True)

    async def _append(self, draft: Draft, stop: asyncio.Event) -> bool:
        """The very same draft until it is answered; False when it was given up unanswered."""
        while not stop.is_set():
            try:
                head = await self.journals.head(self.run) or EMPTY
                await self.journals.append(self.run, [draft], at=head, epoch=None, durable=True)
            except JournalConflict:
                continue
            except Unavailable:
                self.cut += 1
                await asyncio.sleep(0.01)
            else:
                return True
        return False


def _fact(number: int) -> Fact:
    match number % 3:
        case 0:
            return NoteAdded(text=f"note {number}")
        case 1:
            return VoteCast(step="scale_api", round=1, person="ben", decision="approve", plan_hash="h")
        case _:
            return StepExecuted(step="scale_api", attempt=1)


async def create(journals: RedisJournals, count: int) -> list[str]:
    """Fresh runs to write to."""
    clock = SystemClock()
    runs = [f"durable-{clock.new_id()}" for _ in range(count)]
    for run in runs:
        draft = Draft(id=run, at=clock.now(), actor=BOT, fact=RunCreated(plan=a_plan(run=run)))
        await journals.append(run, [draft], at=EMPTY, epoch=None)
    return runs


async def lost(journals: RedisJournals, acknowledged: dict[str, Sequence[str]]) -> list[str]:
    """What was acknowledged and is not there, or is there twice, or does not chain."""
    wrong = []
    for run, told in acknowledged.items():
        records = await journals.read(run)
        ids = [record.id for record in records]
        wrong += [f"{run}: {id} was acknowledged and is lost" for id in told if id not in set(ids)]
        if len(ids) != len(set(ids)):
            wrong.append(f"{run}: something was written twice")
        if first_break(records) is not None:
            wrong.append(f"{run}: its chain is broken at {first_break(records)}")
    return wrong


async def kill_redis(home: Path, kills: int, *, seed: int = 0) -> tuple[int, int, list[str]]:
    """Kill the server that often; answers how much was acknowledged, how often a writer was cut, and what was wrong."""
    dice = random.Random(seed)
    server = EmbeddedRedis(home, tied_to_parent=True).start()
    redis = connect(server.url)
    journals = RedisJournals(redis, barrier=True)
    writers = [Writer(journals, run) for run in await create(journals, 4)]
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.write(stop))
        for _ in range(kills):
            await asyncio.sleep(dice.uniform(0.02, 0.12))
            os.kill(server.pid, signal.SIGKILL)
            server = await asyncio.to_thread(EmbeddedRedis(home, tied_to_parent=False).start)
        await asyncio.sleep(0.2)
        stop.set()
    wrong = await lost(journals, {writer.run: writer.acknowledged for writer in writers})
    await redis.aclose()
    await asyncio.to_thread(server.stop, even_if_shared=True)
    return sum(len(writer.acknowledged) for writer in writers), sum(writer.cut for writer in writers), wrong


async def kill_writers(home: Path, kills: int, *, seed: int = 0) -> tuple[int, list[str]]:
    """Kill that many writing processes; answers how much was acknowledged and what was wrong."""
    dice = random.Random(seed)
    with EmbeddedRedis(home, tied_to_parent=True) as server:
        redis = connect(server.url)
        journals = RedisJournals(redis)
        told: dict[str, Sequence[str]] = {}
        room = asyncio.Semaphore(3)

        async def one(run: str, patience: float) -> None:
            async with room:
                told[run] = await _writer_until_killed(server.url, run, patience)

        async with asyncio.TaskGroup() as group:
            for run in await create(journals, kills):
                group.create_task(one(run, dice.uniform(0.01, 0.2)))
        wrong = await lost(journals, told)
        await redis.aclose()
    return sum(len(ids) for ids in told.values()), wrong


async def _writer_until_killed(url: str, run: str, patience: float) -> list[str]:
    """Its acknowledged ids, as far as they could be told before SIGKILL."""
    command = [sys.executable, "-m", "tests.faults.durable", url, run]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    assert process.stdout is not None
    first = await process.stdout.readline()
    await asyncio.sleep(patience)
    process.kill()
    rest = await process.stdout.read()
    await process.wait()
    return [line for line in (first + rest).decode().split("\n")[:-1] if line]


async def main(url: str, run: str) -> None:
    await Writer(RedisJournals(connect(url), barrier=True), run).write(asyncio.Event(), tell=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
