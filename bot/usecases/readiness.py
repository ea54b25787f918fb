"""How ready each service is, judged by what was really tried: its last drill, rehearsal and recovery.

Promises: a fold of the runs that are remembered, nothing else; what was never tried is said to be so. A rehearsal
(dry run) shows that the way is clear, only a drill or a real run shows that it leads anywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.model.plan import Mode
from bot.model.run import Run, Status
from bot.usecases.desk import Desk

FRESH = timedelta(days=90)
"""A proof that is older says little about the service of today."""
LOOKED_BACK = 60
"""Runs that are folded, newest first."""
Proof = Literal["proven", "stale", "rehearsed", "untried"]


@dataclass(frozen=True)
class Readiness:
    """What is known about one service."""

    proof: Proof = "untried"
    drilled: Run | None = None
    """The last drill or live run, whatever its end."""
    rehearsed: Run | None = None
    """The last dry run."""


async def readiness(desk: Desk) -> Mapping[str, Readiness]:
    """Every service of the catalogue."""
    recent = await desk.journals.recent_runs(LOOKED_BACK)
    journals = await asyncio.gather(*(desk.journals.read(run) for run in recent))
    runs = [Run.of(records) for records in journals if records]
    return {name: readiness_of(name, runs, desk.clock.now()) for name in desk.library().catalog.services}


def readiness_of(service: str, runs: Iterable[Run], now: datetime) -> Readiness:
    """Judged by the service's own runs that are over."""
    over = [run for run in runs if run.plan.service.name == service and run.ended_at is not None]
    live = _newest(run for run in over if run.plan.mode is Mode.LIVE)
    dry = _newest(run for run in over if run.plan.mode is Mode.DRY_RUN)
    proven = _newest(run for run in over if run.plan.mode is Mode.LIVE and run.status is Status.COMPLETED)
    if proven is not None:
        return Readiness("proven" if _is_fresh(proven, now) else "stale", live, dry)
    passed = dry is not None and dry.status is Status.COMPLETED and _is_fresh(dry, now)
    return Readiness("rehearsed" if passed else "untried", live, dry)


def _newest(runs: Iterable[Run]) -> Run | None:
    return max(runs, key=lambda run: run.ended_at or run.created_at, default=None)


def _is_fresh(run: Run, now: datetime) -> bool:
    return run.ended_at is not None and now - run.ended_at <= FRESH
