"""Inputs: types, options, limits and defaults that agree with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from pydantic import JsonValue

from bot.language import told
from bot.model import form
from bot.model.base import parse_duration
from bot.model.runbook import Input
from bot.runbook.nodes import Path
from bot.runbook.rules.book import Book, Found
from bot.runbook.sentences import nearest, with_hint

_NUMBERS = ("integer", "number")
_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")


def names_are_identifiers(book: Book) -> Iterator[Found]:
    for name in book.runbook.inputs:
        if not _ID.fullmatch(name):
            text = told("`{name}` must be small letters, digits and _: in an expression a dash is a minus.", name=name)
            yield Found(("inputs", name), text, "not-an-identifier", key=True)


def options_fit(book: Book) -> Iterator[Found]:
    for name, each in book.runbook.inputs.items():
        path: Path = ("inputs", name)
        if each.type == "choice" and not each.options:
            yield Found((*path, "type"), told("A choice needs `options: [a, b]`."), "no-options")
        elif each.type != "choice" and each.options:
            text = told("`options` belong to type choice, not {type}. Change the type, or remove them.", type=each.type)
            yield Found((*path, "options"), text, "out-of-place", key=True)
        elif len(set(each.options)) < len(each.options):
            yield Found((*path, "options"), told("An option is named twice. Keep one."), "options-twice")


def limits_fit(book: Book) -> Iterator[Found]:
    for name, each in book.runbook.inputs.items():
        path: Path = ("inputs", name)
        for limit in ("min", "max"):
            if getattr(each, limit) is not None and each.type not in _NUMBERS:
                text = told(
                    "`{limit}` belongs to integer and number, not {type}. Remove it.", limit=limit, type=each.type
                )
                yield Found((*path, limit), text, "out-of-place", key=True)
        if each.min is not None and each.max is not None and each.min > each.max:
            yield Found(
                (*path, "min"),
                told("`min` {min} is above `max` {max}. Swap them.", min=f"{each.min:g}", max=f"{each.max:g}"),
                "min-above-max",
            )


def patterns_compile(book: Book) -> Iterator[Found]:
    for name, each in book.runbook.inputs.items():
        if each.pattern is not None and each.type != "string":
            text = told("`pattern` belongs to type string, not {type}. Remove it.", type=each.type)
            yield Found(("inputs", name, "pattern"), text, "out-of-place", key=True)
        yield from _pattern(("inputs", name, "pattern"), each.pattern)
    for step_id, step in book.steps.items():
        answer = step.manual.answer if step.manual else None
        yield from _pattern(("steps", step_id, "manual", "answer", "pattern"), answer.pattern if answer else None)


def defaults_fit(book: Book) -> Iterator[Found]:
    for name, each in book.runbook.inputs.items():
        if each.default is None:
            continue
        if each.required:
            text = told("A required input is always asked for, so its default is never used. Remove one of them.")
            yield Found(("inputs", name, "default"), text, "default-unused", "warning", key=True)
        complaint = _unfit(each, each.default)
        if complaint:
            yield Found(
                ("inputs", name, "default"), told("`default` {complaint}", complaint=complaint), "default-unfit"
            )


def _pattern(path: Path, pattern: str | None) -> Iterator[Found]:
    if pattern is None:
        return
    if error := form.mistake(pattern):
        yield Found(path, told("This pattern is no regular expression: {error}.", error=error), "bad-pattern")


def _unfit(declared: Input, value: JsonValue) -> str:
    match declared.type:
        case "choice" if value not in declared.options:
            options = ", ".join(declared.options)
            return with_hint(
                told("must be one of {options}, not {value}.", options=options, value=repr(value)),
                nearest(str(value), declared.options),
            )
        case "boolean" if not isinstance(value, bool):
            return told("must be true or false, not {value}.", value=repr(value))
        case "string" if not isinstance(value, str):
            return told('must be text; put it in quotes: "{value}".', value=value)
        case "integer" | "number":
            return _unfit_number(declared, value)
        case "datetime":
            return "" if _is_moment(value) else told('must be a moment in quotes, like "2025-01-31T09:30:00Z".')
        case "duration":
            return "" if _is_span(value) else told("must be a span of time, like 90s, 10m or 1h30m.")
        case _:
            return _unfit_pattern(declared, value)


def _unfit_number(declared: Input, value: JsonValue) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole and not (declared.type == "number" and isinstance(value, float)):
        return told(
            "must be {wanted}, not {value}.",
            wanted=told("a whole number") if declared.type == "integer" else told("a number"),
            value=repr(value),
        )
    assert isinstance(value, int | float)
    if declared.min is not None and value < declared.min:
        return told("{value} is below `min` {min}.", value=value, min=f"{declared.min:g}")
    if declared.max is not None and value > declared.max:
        return told("{value} is above `max` {max}.", value=value, max=f"{declared.max:g}")
    return ""


def _unfit_pattern(declared: Input, value: JsonValue) -> str:
    pattern = declared.pattern
    if not pattern or form.mistake(pattern) or form.fits(pattern, str(value)):
        return ""
    return told("{value} does not match `pattern`.", value=repr(value))


def _is_moment(value: JsonValue) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_span(value: JsonValue) -> bool:
    try:
        return isinstance(value, str) and bool(parse_duration(value))
    except ValueError:
        return False
