"""What journals hold changes its shape only on purpose."""

from __future__ import annotations

import hashlib

import pytest

from bot.model.events import SCHEMA
from tests.model.shapes import RELEASED, place, shape


def test_the_shape_is_the_one_that_was_written_down() -> None:
    """A kind or a field was added, dropped or changed: is it one that an older bot must not overlook?"""
    assert place().exists(), f"schema {SCHEMA} has no shape yet: python -m tests.model.shapes"
    then = place().read_text().splitlines()

    changed = sorted({*then} ^ {*shape()})

    assert changed == [], "raise SCHEMA in bot/model/events.py, or decide otherwise: see tests/model/shapes.py"


@pytest.mark.parametrize("number", sorted({*RELEASED}) or [SCHEMA])
def test_a_released_shape_stays_as_it_was(number: int) -> None:
    """Journals of that number are out there, and bots that know no other."""
    digest = hashlib.sha256(place(number).read_bytes()).hexdigest()

    assert RELEASED.get(number, digest) == digest


def test_a_shape_tells_fields_and_what_they_hold() -> None:
    """Else an added field would not show."""
    fields = dict(line.split(" ", 1) for line in shape() if line.startswith("StepStarted."))

    assert {f"StepStarted.{name}" for name in ("kind", "step", "attempt", "token", "before", "params")} <= set(fields)
    assert "step_started" in fields["StepStarted.kind"]
    assert "integer" in fields["StepStarted.attempt"]
