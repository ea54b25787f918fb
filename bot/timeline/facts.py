"""What every measure needs to ask of a journal. Refuses to know what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.model.errors import BrokenInvariant
from bot.model.events import RunCreated, RunFinished
from bot.model.plan import Plan
from bot.model.records import Record

_INSTANT = TypeAdapter(datetime)


def plan_of(records: Sequence[Record]) -> Plan:
    """The plan a journal begins with; raises BrokenInvariant when it does not begin with one."""
    if not records or not isinstance(records[0].fact, RunCreated):
        raise BrokenInvariant("a journal begins with run_created")
    return records[0].fact.plan


def is_over(records: Sequence[Record]) -> bool:
    """Whether the run has ended, whichever way."""
    return any(isinstance(record.fact, RunFinished) for record in records)


def clock_text(at: datetime) -> str:
    """A moment as evidence names it: `2026-03-14 03:02:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def instant(value: JsonValue) -> datetime | None:
    """An aware moment; anything else is not evidence."""
    if not isinstance(value, str):
        return None
    try:
        at = _INSTANT.validate_python(value)
    except ValidationError:
        return None
    return at if at.tzinfo is not None else None
