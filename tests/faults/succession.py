"""How long a run is without an owner after its worker was killed."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.local.child import Child
from bot.local.cloud import Cloud
from bot.model.records import Record
from tests.builders import a_plan, a_service, a_step
from tests.faults.house import LEASE, Town, takes, town

BOUND = 1.25 * LEASE + 1
"""Seconds: a quarter more than the lease, and a second."""
HELD = timedelta(seconds=19)
"""A wait that is sat out, so that a worker holds the run all the time."""


WAKES = 3
"""How often somebody must be woken between a kill and the next owner's word: docket's look, its delivery, the take."""


@dataclass
class Crowd:
    """How late this machine wakes those who sleep; a crowded one is late for everybody."""

    worst: float = 0.0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            asleep = time.monotonic()
            await asyncio.sleep(0.05)
            self.worst = max(self.worst, time.monotonic() - asleep - 0.05)


async def takeovers(folder: Path, cloud: Cloud, kills: int, *, runs: int = 4) -> tuple[list[float], list[str]]:
    """Seconds from each kill to the next owner's RunTaken, for every run that was held; and what was wrong.

    What the machine itself was late is taken off, once for each time that somebody had to be woken.
    """
    spans: list[float] = []
    wrong: list[str] = []
    async with town(folder, cloud) as here:
        bots = [here.bot(), here.bot()]
        await here.ready(*bots)
        for number in range(kills):
            crowd = Crowd()
            async with crowd.watched():
                found, trouble = await _one(here, bots, number, runs)
            await here.ready(*bots)
            spans += [max(0.0, span - WAKES * crowd.worst) for span in found]
            wrong += trouble
    return spans, wrong


async def _one(here: Town, bots: list[Child], number: int, runs: int) -> tuple[list[float], list[str]]:
    """Kill whoever holds most, and see who takes over."""
    plans = [
        a_plan(
            a_step("hold", kind="wait", wait_for=HELD, timeout=timedelta(minutes=5)),
            run=f"held-{number}-{each}",
            service=a_service(f"service-{number}-{each}"),
        )
        for each in range(runs)
    ]
    ids = await here.create(*plans)
    owners = {run: "" for run in ids}
    while not all(owners.values()):
        for run in ids:
            head = await here.journals.head(run)
            owners[run] = head.owner if head is not None else ""
        await asyncio.sleep(0.02)
    victim = max(bots, key=lambda bot: sum(_pid(owner) == bot.pid for owner in owners.values()))
    theirs = [run for run, owner in owners.items() if _pid(owner) == victim.pid]
    await asyncio.sleep(LEASE / 3 * (number % 7) / 7)  # anywhere between two signs of life
    killed = datetime.now(UTC)
    victim.kill()
    bots.remove(victim)
    bots.append(here.bot())
    spans, wrong = [], []
    for run in theirs:
        records = await _taken_again(here, run, LEASE * 8)
        if records is None:
            wrong.append(f"{run} was not taken over within {LEASE * 8:g} s")
            continue
        spans.append((records[-1].at - killed).total_seconds())
        if not records[-1].fact.takeover:  # type: ignore[union-attr]  # only RunTaken are in it
            wrong.append(f"{run} was taken, and its timeline does not call it a takeover")
    return spans, wrong


async def _taken_again(here: Town, run: str, within: float) -> Sequence[Record] | None:
    deadline = asyncio.get_running_loop().time() + within
    while asyncio.get_running_loop().time() < deadline:
        found = takes(await here.journals.read(run))
        if len(found) > 1:
            return found
        await asyncio.sleep(0.03)
    return None


def _pid(owner: str) -> int:
    return int(owner.split(":")[1])


def p99(spans: Sequence[float]) -> float:
    """The value that 99 of 100 do not exceed; the largest of fewer."""
    return sorted(spans)[max(0, math.ceil(len(spans) * 0.99) - 1)]
