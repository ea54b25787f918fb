"""Typed answers become values, or sentences that say how to mend them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.model.errors import UserError
from bot.model.runbook import Input
from bot.planning.inputs import read_inputs, read_moment

NOW = datetime(2026, 3, 14, 3, 7, tzinfo=UTC)


class _Book:
    """The two fields of a runbook that inputs are read from."""

    runbook = "orders-api.failover"

    def __init__(self, **inputs: Input) -> None:
        self.inputs = inputs


def read(given: Any, **declared: Any) -> Any:
    book = _Book(x=Input(**declared))
    return read_inputs(book, {"x": given}, now=NOW)["x"]  # type: ignore[arg-type]  # only two fields are read


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("integer", "24", 24),
        ("integer", 24, 24),
        ("number", "0.5", 0.5),
        ("boolean", "yes", True),
        ("boolean", "False", False),
        ("duration", "90s", "1m30s"),
        ("duration", "1h30m30s", "1h30m30s"),
        ("duration", "1.0001s", "1.0001s"),
        ("string", " x ", "x"),
        ("datetime", "2026-03-14T03:02:00Z", "2026-03-14T03:02:00Z"),
        ("datetime", "03:02", "2026-03-14T03:02:00Z"),
        ("datetime", "23:50", "2026-03-13T23:50:00Z"),
        ("datetime", "03:08", "2026-03-14T03:07:00Z"),
        ("datetime", "-10m", "2026-03-14T02:57:00Z"),
        ("datetime", "1773457320", "2026-03-14T03:02:00Z"),
        ("datetime", "2026-03-14T03:07:40Z", "2026-03-14T03:07:00Z"),
    ],
)
def test_reads_what_people_type(kind: str, given: Any, value: Any) -> None:
    """Forms, command lines and Slack's epoch seconds."""
    assert read(given, type=kind) == value


@pytest.mark.parametrize(
    ("declared", "given", "says"),
    [
        ({"type": "integer"}, "many", "is not a whole number"),
        ({"type": "integer", "max": 60}, "1" * 400, "111111… is too long a number; 18 digits fit"),
        ({"type": "integer", "min": 6}, "2", "below the minimum of 6"),
        ({"type": "integer", "max": 60}, "61", "above the maximum of 60"),
        ({"type": "choice", "options": ("planned", "unplanned")}, "planed", "Did you mean planned"),
        ({"type": "boolean"}, "perhaps", "neither true nor false"),
        ({"type": "duration"}, "90", "write it like 90s"),
        ({"type": "duration"}, "9" * 400 + "d", "is not a duration"),
        ({"type": "number"}, "9" * 400, "is not a number"),
        ({"type": "datetime"}, "yesterday", "is not a time; write"),
        ({"type": "datetime"}, "-900000d", "is not a time; write"),
        ({"type": "datetime"}, "-" + "9" * 40 + "d", "is not a duration"),
        ({"type": "datetime"}, "0001-01-01T00:00:00+14:00", "is not a time; write"),
        ({"type": "datetime"}, "2026-03-14T20:08:01+09:00", "2026-03-14 11:08 UTC lies in the future"),
        ({"type": "datetime"}, "2027-01-01T00:00:00Z", "lies in the future"),
        ({"type": "datetime"}, "2026-03-14T03:08:01Z", "lies in the future"),
        ({"type": "datetime"}, "25:00", "not a time of day"),
        ({"type": "string", "pattern": "^PSP-[0-9]+$"}, "4821", "does not have the form"),
        ({"type": "string"}, "${{ steps.a.outputs.b }}", "an answer is data"),
        ({"type": "string", "required": True}, "", "is missing"),
        ({"type": "string", "required": True}, " \u00a0\t", "is missing"),
    ],
)
def test_says_how_to_mend(declared: dict[str, Any], given: str, says: str) -> None:
    """Where, what, and the right form."""
    with pytest.raises(UserError, match=says):
        read(given, **declared)


def test_names_every_mistake_at_once_and_the_nearest_name() -> None:
    """Nobody should have to guess twice."""
    book = _Book(desired_tasks=Input(type="integer"), mode=Input(type="choice", options=("a", "b")))

    with pytest.raises(UserError) as problem:
        read_inputs(book, {"desired_task": 3, "mode": "c"}, now=NOW)  # type: ignore[arg-type]  # only two fields are read
    assert "Did you mean desired_tasks" in str(problem.value)
    assert "mode: 'c' is not one of a, b" in str(problem.value)


def test_a_default_fills_in() -> None:
    """What was not typed."""
    assert read("", type="integer", default=24) == 24


def test_a_span_back_gives_whole_seconds() -> None:
    """People read the moment in the title of the run."""
    assert read_moment("-2h", NOW.replace(microsecond=507068)) == NOW - timedelta(hours=2)
