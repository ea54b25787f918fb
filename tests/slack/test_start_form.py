"""A mistake stands where it can be mended."""

from __future__ import annotations

from typing import Any

import pytest

from bot.language import speaking
from bot.model.errors import Misfits, UserError
from bot.model.runbook import Input
from bot.planning.inputs import read_inputs
from bot.slack.views.start_form import by_input, inline
from tests.builders import NOW

STATE = {"in:mode": {}, "in:desired_tasks": {}, "reason": {}}


class _Book:
    """Named like one of its inputs, as nobody should."""

    runbook = "mode"
    inputs = {
        "mode": Input(type="choice", options=("planned", "desired_tasks")),
        "desired_tasks": Input(type="integer", max=60),
    }


def _mistake(**given: Any) -> Misfits:
    with pytest.raises(Misfits) as found:
        read_inputs(_Book(), given, now=NOW)  # type: ignore[arg-type]  # only two fields are read
    return found.value


def test_each_sentence_stands_at_its_own_input_in_every_language() -> None:
    """Whatever else it names, and wherever a language puts the name."""
    with speaking("ko"):
        found = by_input(_mistake(mode="x", desired_task="7", desired_tasks="99", xyz="b"), _Book.inputs)

    assert {name: len(lines) for name, lines in found.items()} == {"": 1, "mode": 1, "desired_tasks": 2}
    assert "desired_task" in found["desired_tasks"][0]


def test_a_submitted_form_has_one_text_a_field_and_loses_none() -> None:
    """Slack shows one text below a field; what is about no field stands at the reason."""
    both = inline(_mistake(desired_task="7", desired_tasks="99", xyz="b"), STATE)
    none = inline(UserError("orders-api has no recovery region.\nSay which."), STATE)

    assert set(both) == {"in:desired_tasks", "reason"}
    assert "Did you mean desired_tasks?" in both["in:desired_tasks"]
    assert "above the maximum of 60" in both["in:desired_tasks"]
    assert none == {"reason": "orders-api has no recovery region. Say which."}


def test_an_input_that_the_form_did_not_ask_for_stands_at_the_reason() -> None:
    """The runbook may have got a new one since the form was opened; Slack refuses errors at blocks it does not have."""
    assert set(inline(_mistake(desired_tasks="99"), {"in:mode": {}, "reason": {}})) == {"reason"}
