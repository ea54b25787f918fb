"""Compares what a check measured with what a wait wants. An unmeasured value never meets a condition."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from pydantic import JsonValue

from bot.model.runbook import Condition

_COMPARISONS: tuple[tuple[str, str, Callable[[float, float], bool]], ...] = (
    ("gte", "≥", operator.ge),
    ("gt", ">", operator.gt),
    ("lte", "≤", operator.le),
    ("lt", "<", operator.lt),
)


def holds(
    condition: Condition, measure: str | None, results: Mapping[str, JsonValue], *, settled: bool
) -> tuple[bool, str]:
    """Whether the condition is met, and what was wanted: `≥ 4`; empty when the check decides or is to say yes."""
    value = results.get(measure) if measure else None
    for name, sign, compare in _COMPARISONS:
        bound = getattr(condition, name)
        if bound is not None:
            wanted = f"{sign} {bound:g}"
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False, wanted
            return compare(value, bound), wanted
    if condition.eq is not None:
        return value == condition.eq, "" if condition.eq is True else str(condition.eq)
    return settled, ""
