"""What the checks that assess a standby have in common: an age with its source, or a verdict with its reason.

What cannot be learnt is never reported as good: a check raises StepBroke and says what is unknown.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field, JsonValue

from bot.actions.answers import clock, stamp
from bot.actions.base import Call, Rehearsal, Results
from bot.language import told
from bot.model.action import Settled
from bot.model.spans import span_told


class Freshness(Results):
    """How old the copy is."""

    lag_seconds: float = Field(description="How far the copy is behind, in seconds: what would be lost.")
    last_consistent_at: datetime = Field(description="Everything written before this moment is in the copy.")
    source: str = Field(description="What the figure was read from.")


class Verdict(Results):
    """Good or not, and why."""

    ok: bool = Field(description="Whether it is as it must be.")
    reason: str = Field(description="What was seen.")


def fresh(name: str, at: datetime, now: datetime, source: str) -> Settled:
    """`name` is as old as `at`."""
    lag = max(now - at, timedelta(0))
    return Settled(
        seen=told(
            "{name} was {timedelta} behind ({at} UTC)",
            name=name,
            timedelta=span_told(timedelta(seconds=round(lag.total_seconds()))),
            at=clock(at),
        ),
        results={"lag_seconds": round(lag.total_seconds(), 1), "last_consistent_at": stamp(at), "source": source},
    )


def judged(ok: bool, reason: str) -> Settled:
    """A verdict with its reason."""
    return Settled(seen=reason, results={"ok": ok, "reason": reason})


def looked(params: dict[str, JsonValue], *calls: Call, also: tuple[Rehearsal, ...] = ()) -> Rehearsal:
    """The performance of a check: it looks for the plan, and again in the run."""
    return Rehearsal(params={"region": "us-west-2", **params}, calls=(*calls, *calls), also=also)
