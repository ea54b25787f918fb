"""Made-up answers where a person would give one: for rehearsals, which have nobody to ask.

Promises a value that passes the check of the question, the same one every time. Refuses to guess beyond that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from re import _constants, _parser  # type: ignore[attr-defined]  # the standard library's own reader of patterns
from typing import Any

from pydantic import JsonValue

from bot.model import form
from bot.model.runbook import Input, Runbook

IMPACT_AGO = timedelta(minutes=5)


def sample_inputs(runbook: Runbook, given: dict[str, JsonValue], now: datetime) -> dict[str, JsonValue]:
    """What was given, and an answer for every required input that has no default."""
    missing = {
        name: _answer(each, now)
        for name, each in runbook.inputs.items()
        if each.required and each.default is None and name not in given
    }
    return missing | given


def sample_text(pattern: str | None) -> str:
    """A short text that has this form; empty when none can be made."""
    if not pattern:
        return "done"
    text = "".join(_written(token) for token in _parser.parse(pattern))
    return text if form.fits(pattern, text) else ""


def _answer(asked: Input, now: datetime) -> JsonValue:
    match asked.type:
        case "datetime":
            return (now - IMPACT_AGO).isoformat()
        case "duration":
            return "10m"
        case "boolean":
            return False
        case "choice":
            return asked.options[0]
        case "integer" | "number":
            return _number(asked)
        case _:
            return sample_text(asked.pattern)


def _number(asked: Input) -> float:
    """The least that is allowed; a whole one where that is asked for."""
    least = asked.min if asked.min is not None else 1 if asked.max is None else min(1, asked.max)
    return math.ceil(least) if asked.type == "integer" or least == int(least) else least


def _written(token: tuple[Any, Any]) -> str:
    """The shortest text for one part of a pattern."""
    kind, what = token
    match kind:
        case _constants.LITERAL:
            return chr(what)
        case _constants.ANY | _constants.NOT_LITERAL:
            return "x"
        case _constants.IN:
            return _member(what)
        case _constants.MAX_REPEAT | _constants.MIN_REPEAT:
            least, _, inner = what
            return _all(inner) * (least or 0)
        case _constants.SUBPATTERN:
            return _all(what[-1])
        case _constants.BRANCH:
            return _all(what[1][0])
        case _:
            return ""


def _all(tokens: Iterable[tuple[Any, Any]]) -> str:
    return "".join(map(_written, tokens))


def _member(choices: list[tuple[Any, Any]]) -> str:
    kind, what = choices[0]
    match kind:
        case _constants.LITERAL:
            return chr(what)
        case _constants.RANGE:
            return chr(what[0])
        case _constants.CATEGORY:
            return "1" if what is _constants.CATEGORY_DIGIT else " " if what is _constants.CATEGORY_SPACE else "x"
        case _:
            return "x"
