"""What the exports for people's eyes pick out of a timeline. Pure; refuses to know any format."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.language import _, again
from bot.model.spans import span_words
from bot.model.timeline import Entry, Timeline
from bot.timeline.terms import span_text, status_words

_FIGURE = re.compile(r"(-?[\d.]+)(.*)")
_DECISIONS = frozenset({
    "vote_cast", "gate_granted", "gate_expired", "person_chose", "abort_asked", "run_paused", "run_resumed",
    "action_refused",
})  # fmt: skip


def utc(at: datetime | None, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment in UTC; an absent one is a dash."""
    return f"{at.astimezone(UTC):{form}}" if at else "–"


def since(start: datetime | None, at: datetime) -> str:
    """`+04:40` after the start, `+1:04:40` after an hour, with a minus before it."""
    if start is None:
        return ""
    seconds = int((at - start).total_seconds())
    sign, seconds = ("−", -seconds) if seconds < 0 else ("+", seconds)
    hours, rest = divmod(seconds, 3600)
    return f"{sign}{f'{hours}:' if hours else ''}{rest // 60:02}:{rest % 60:02}"


def status_text(timeline: Timeline) -> str:
    return status_words(timeline.status)


def verdict(achieved: timedelta | None, target: timedelta, met: bool | None) -> str:
    """Whether an objective was met, and by how much."""
    if met is None:
        return _("not measured") if achieved is None else _("not judged")
    if achieved is None:
        return _("missed already")
    if met:
        spare = span_text(target - achieved)
        return _("met, {span} to spare", span=spare) if achieved < target else _("met, to the second")
    return _("missed by {span}", span=span_text(achieved - target))


def so_far(timeline: Timeline) -> timedelta | None:
    """How long customers have been without the service, while that is not over."""
    if timeline.rto.achieved is not None or not timeline.rto.phases:
        return None
    return sum((phase.span for phase in timeline.rto.phases), timedelta(0))


def left(elapsed: timedelta, target: timedelta) -> str:
    """How much of the target is left to an open run."""
    if elapsed <= target:
        return _("{span} left", span=span_text(target - elapsed))
    return _("late by {span}", span=span_text(elapsed - target))


def figures(span: timedelta) -> list[tuple[str, str]]:
    """`[("26", "m"), ("29", "s")]`: numbers and units, to be set in different sizes."""
    parts = [_FIGURE.match(again(word)) for word in span_words(span)]
    return [(part[1], part[2]) for part in parts if part]


def decisions(timeline: Timeline) -> tuple[Entry, ...]:
    """What people decided, and what came of being asked."""
    return tuple(entry for entry in timeline.entries if entry.kind in _DECISIONS)


def troubles(timeline: Timeline) -> tuple[Entry, ...]:
    """What did not go as planned."""
    return tuple(entry for entry in timeline.entries if entry.tone in ("warn", "bad"))
