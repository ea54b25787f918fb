"""What a wait wants of a check, held against what the check measured."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from bot.engine.conditions import holds
from bot.model.runbook import Condition


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        ({"gte": 4}, 4, (True, "≥ 4")),
        ({"lt": 4}, 4, (False, "< 4")),
        ({"gte": 1}, True, (False, "≥ 1")),
        ({"gte": 1}, None, (False, "≥ 1")),
        ({"eq": True}, True, (True, "")),
        ({"eq": True}, False, (False, "")),
        ({"eq": "on"}, "off", (False, "on")),
    ],
)
def test_what_was_measured_meets_what_was_wanted(
    wanted: dict[str, JsonValue], value: JsonValue, expected: tuple[bool, str]
) -> None:
    """A figure names its bound; a verdict says for itself why it is none, and `wanted True` adds nothing."""
    condition = Condition.model_validate({"check": "x.y", **wanted})

    assert holds(condition, "measured", {"measured": value}, settled=True) == expected
