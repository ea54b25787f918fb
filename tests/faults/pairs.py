"""The crash matrix over real processes: two bots, docket between them, boto3 and the local AWS's own faults.

One batch strikes one bot at one failpoint while many runs are under way, then holds every run against the ledger.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from bot.local.cloud import Cloud
from tests.faults.house import LEASE, Town, a_failover, town, until

POINTS = (
    "take.before", "take.after", "facts.before", "facts.after", "intent.before", "intent.after", "fence.before",
    "call.before", "call.after", "outcome.before", "outcome.after", "park.before", "park.after",
)  # fmt: skip
MOODS = ("", "lost_response", "5xx", "hang")
OPERATIONS = ("ecs.update_service", "secretsmanager.create_secret", "rds.promote_read_replica", "sns.publish")
RUNS = 12


@dataclass(frozen=True)
class Batch:
    """Many runs, one misfortune."""

    seed: int
    point: str
    deed: Literal["kill", "stop"]
    mood: str
    nth: int


def batches() -> Iterator[Batch]:
    """Every failpoint with both deeds, in every mood of AWS."""
    for seed, (mood, deed, point) in enumerate(product(MOODS, ("kill", "stop"), POINTS)):
        most = 1 if point.startswith(("park", "take")) else 4
        yield Batch(seed, point, deed, mood, random.Random(seed).randint(1, most))  # type: ignore[arg-type]  # literals


async def strike(folder: Path, cloud: Cloud, batch: Batch) -> list[str]:
    """What was wrong after it, in words; empty when every promise held."""
    async with town(folder, cloud) as here:
        struck = here.bot(f"{batch.point}:{batch.nth}:{batch.deed}")
        other = here.bot()
        if batch.mood:
            for operation in OPERATIONS:
                here.fault(batch.mood, operation, 3)
        await here.ready(struck, other)
        runs = await here.create(*(a_failover(f"{batch.seed}-{number}", number) for number in range(RUNS)))
        wrong = await _play(here, batch, struck.pid, runs)
        if not await until(lambda: struck.ended is not None or batch.deed == "stop", 0):
            wrong.append(f"{batch.point} was never reached")
        return wrong


async def _play(here: Town, batch: Batch, pid: int, runs: list[str]) -> list[str]:
    if batch.deed == "kill":
        left = await here.see_home(runs)
    else:
        frozen = await until(lambda: is_stopped(pid), 30)
        left = await here.see_home(runs, within=LEASE * 3 if frozen else 60)
        if is_stopped(pid):
            os.kill(pid, signal.SIGCONT)
        left = await here.see_home(left)
        if not frozen:
            return [f"{batch.point} was never reached", *await here.reckon(runs)]
    return [*(f"{run} is not over" for run in left), *await here.reckon(runs)]


def is_stopped(pid: int) -> bool:
    """Whether that process is frozen (Linux)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False
