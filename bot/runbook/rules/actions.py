"""Actions, their parameters, and the checks of waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from bot.language import told
from bot.model.action import ActionSpec, ValueType
from bot.model.runbook import Condition
from bot.runbook.nodes import Path
from bot.runbook.parameters import check_constant
from bot.runbook.rules.book import Book, Found
from bot.runbook.sentences import nearest, with_hint
from bot.runbook.values import WORDS

_COMPARISONS = ("gte", "gt", "lte", "lt", "eq")


def actions_are_known(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        path: Path = ("steps", step_id)
        if step.uses is not None:
            yield from _call(book, (*path, "uses"), (*path, "with"), step.uses, step.with_)
        if step.rollback is not None:
            undo: Path = (*path, "rollback")
            yield from _call(book, (*undo, "uses"), (*undo, "with"), step.rollback.uses, step.rollback.with_)


def checks_are_checks(book: Book) -> Iterator[Found]:
    for step_id in book.steps:
        for path, condition in book.conditions(step_id):
            yield from _call(book, (*path, "check"), (*path, "with"), condition.check, condition.with_)
            spec = book.specs.get(condition.check)
            if spec is not None and not spec.is_check:
                said = told("{name} changes something; a wait only looks.", name=spec.name)
                yield Found((*path, "check"), with_hint(said, _checks_beside(book, spec.name)), "not-a-check")
            elif spec is not None:
                yield from _comparison(path, condition, spec)


def _call(book: Book, uses: Path, where: Path, name: str, given: Mapping[str, JsonValue]) -> Iterator[Found]:
    spec = book.specs.get(name)
    if spec is None:
        yield Found(
            uses, with_hint(told("There is no action `{name}`.", name=name), _action_hint(book, name)), "unknown-action"
        )
        return
    known = {field.name: field for field in spec.parameters}
    for key in given:
        if key == "region" and key not in known:
            yield Found((*where, key), told("`region` stands beside `with`, not in it."), "unknown-parameter", key=True)
        elif key not in known:
            hint = nearest(key, known) or told("It takes: {known}.", known=", ".join(known))
            yield Found(
                (*where, key),
                with_hint(told("{name} has no parameter `{key}`.", name=name, key=key), hint),
                "unknown-parameter",
                key=True,
            )
    for key, field in known.items():
        if field.required and key not in given:
            text = told(
                "{name} needs `{key}`: {sentence} Add it under `with`.",
                name=name,
                key=key,
                sentence=_sentence(field.description),
            )
            yield Found(where if given else uses, text, "missing-parameter", key=True)
    yield from _constants(spec, where, given)


def _constants(spec: ActionSpec, where: Path, given: Mapping[str, JsonValue]) -> Iterator[Found]:
    properties = spec.parameters_schema.get("properties")
    if not isinstance(properties, dict):
        return
    for key, value in given.items():
        schema = properties.get(key)
        if isinstance(schema, dict):
            for below, text in check_constant(value, schema, key, spec.parameters_schema):
                yield Found((*where, key, *below), text, "wrong-parameter")


def _comparison(path: Path, condition: Condition, spec: ActionSpec) -> Iterator[Found]:
    given = [name for name in _COMPARISONS if getattr(condition, name) is not None]
    kind: ValueType = next((field.type for field in spec.results if field.name == spec.measures), "dyn")
    measured = told(
        "{name} measures `{result}`, which is {kind}", name=spec.name, result=spec.measures, kind=WORDS[kind]
    )
    if len(given) > 1:
        text = told("Two comparisons ({given}) in one condition. Make two conditions.", given=", ".join(given))
        yield Found((*path, given[1]), text, "comparisons", key=True)
    elif not given and kind in ("int", "double") and not any(field.name == "expect" for field in spec.parameters):
        text = told("Nothing is compared. {measured}; add one of gte, gt, lte, lt, eq.", measured=measured)
        yield Found((*path, "check"), text, "comparisons", "warning")
    elif given and given[0] != "eq" and kind not in ("int", "double", "dyn"):
        yield Found(
            (*path, given[0]), told("{measured}; compare it with `eq`.", measured=measured), "comparisons", key=True
        )
    elif given == ["eq"] and not _same_kind(condition.eq, kind):
        yield Found(
            (*path, "eq"),
            told("{measured}; {value} can never equal it.", measured=measured, value=repr(condition.eq)),
            "comparisons",
        )


def _same_kind(value: JsonValue, kind: str) -> bool:
    match kind:
        case "bool":
            return isinstance(value, bool)
        case "int" | "double":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case _:
            return True


def _action_hint(book: Book, name: str) -> str:
    service = name.partition(".")[0]
    family = [each for each in book.specs if each.partition(".")[0] == service]
    return nearest(name, book.specs) or (
        told("{service} has: {family}.", service=service, family=", ".join(family))
        if family
        else told("See `dr actions`.")
    )


def _checks_beside(book: Book, name: str) -> str:
    """The checks of the same service."""
    service = name.partition(".")[0]
    checks = [each for each in book.specs if each.startswith(f"{service}.") and book.specs[each].is_check]
    if not checks:
        return told("Checks are the actions whose risk is `read` in `dr actions`.")
    return told("Checks of {service} are: {checks}.", service=service, checks=", ".join(checks))


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}." if text else ""
