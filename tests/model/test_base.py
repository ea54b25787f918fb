"""What all values of the model share."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from bot.model.base import parse_duration, replace
from bot.model.events import NoteAdded
from bot.model.people import BOT
from bot.model.records import Draft, Record, unsealed
from bot.model.step_run import Phase, StepRun
from tests.builders import NOW


def test_a_span_that_nobody_writes_is_refused_by_its_length() -> None:
    """Reading one of sixty thousand digits would hold up everybody for two minutes."""
    assert parse_duration("1s" * 50) == timedelta(seconds=50)
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration("1s" * 51)


def test_a_copy_differs_in_what_was_named_and_in_nothing_else() -> None:
    """The quick copy is the copy that `dataclasses` would make, and the original stays as it was."""
    was = StepRun(attempt=1, seen="x is 1")

    now = replace(was, phase=Phase.SETTLED, attempt=2)

    assert now == dataclasses.replace(was, phase=Phase.SETTLED, attempt=2)
    assert was == StepRun(attempt=1, seen="x is 1")


def test_a_copy_refuses_a_name_that_the_value_does_not_have() -> None:
    """A typo in a fold is an error, not a field that nobody reads."""
    with pytest.raises(TypeError, match="StepRun has no sen"):
        replace(StepRun(), sen="x is 1")  # type: ignore[call-arg]  # the point


def test_a_copy_is_as_frozen_as_its_original() -> None:
    """A copied state cannot be edited."""
    copy = replace(StepRun(), seen="x is 1")

    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.seen = "x is 2"  # type: ignore[misc]  # the point


def test_a_value_of_checked_fields_is_the_value_that_a_check_would_make() -> None:
    """A record that is made without a check equals, reads, and is written as one that was checked."""
    draft = Draft(id="1", at=NOW, actor=BOT, fact=NoteAdded(text="begun"))

    quick = unsealed(draft, run="r", seq=1, epoch=2, hash_="h")

    checked = Record.model_validate_json(quick.model_dump_json(by_alias=True))
    assert quick == checked
    assert quick.model_dump(by_alias=True) == checked.model_dump(by_alias=True)
    assert quick.model_copy(update={"hash": ""}) == checked.model_copy(update={"hash": ""})
    assert quick.__dict__.keys() == Record.model_fields.keys()
