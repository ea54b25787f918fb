"""Every expression in a runbook, and every place where one stands that nobody would render."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from pydantic import JsonValue

from bot.language import told
from bot.model.action import ActionSpec, ValueType
from bot.model.runbook import OnFailure, Step
from bot.runbook.checker import View, check_path, check_template
from bot.runbook.nodes import Path, scalars
from bot.runbook.rules.book import Book, Found
from bot.runbook.sentences import nearest, with_hint
from bot.runbook.templates import OPEN, ROOTS, Expression, TemplateError, parts

ON_FAILURE = get_args(OnFailure)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_GLOBAL = {"us-east-1", "us-west-2"}
"""Where the control planes of global services are."""
_BARE = re.compile(rf"(?P<path>(?:{'|'.join(ROOTS)})(?:\.\w+)+)")
_HALF = re.compile(rf"(?<!\$)\$?\{{{{1,2}}\s*{_BARE.pattern}\s*\}}{{1,2}}")
_ANSWERS = re.compile(r"[?:]\s*(['\"])(\w+)\1")
_COMPARED = re.compile(r"inputs\.(\w+)\s*[=!]=\s*(['\"])([^'\"]*)\2|(['\"])([^'\"]*)\4\s*[=!]=\s*inputs\.(\w+)")


@dataclass(frozen=True)
class Place:
    """A string that will be rendered: where, with what in sight, and what must come out."""

    path: Path
    text: str
    view: View
    wanted: ValueType | None = None
    name: str = ""


def expressions_hold(book: Book) -> Iterator[Found]:
    for place in _places(book):
        if OPEN not in place.text:
            continue
        for mistake in check_template(place.text, place.view, place.wanted, place.name):
            yield Found(place.path, mistake.text, mistake.code, offset=mistake.offset, marker=mistake.marker)


def expressions_are_no_plain_text(book: Book) -> Iterator[Found]:
    """`${ service.name }` would be handed to AWS letter by letter."""
    for place in _places(book):
        for path, found, offset in _half_written(place):
            text = told("{found} is plain text here. Write {right}.", found=found, right=f"${{{{ {path} }}}}")
            yield Found(place.path, text, "plain-text", offset=offset, marker=found)


def _half_written(place: Place) -> Iterator[tuple[str, str, int]]:
    """Paths that look as if they were to be rendered: the path, what is written, and where."""
    bare = "with" in place.path and _BARE.fullmatch(place.text)
    if bare and isinstance(check_path(place.text, place.view), tuple):
        yield place.text, place.text, 0
    if "{" not in place.text:
        return
    try:
        inside = [each for each in parts(place.text) if isinstance(each, Expression)]
    except TemplateError:
        return  # told already
    for match in _HALF.finditer(place.text):
        if not any(each.mark <= match.start() < each.offset + len(each.source) for each in inside):
            yield match["path"], match.group(), match.start()


def expressions_stand_where_they_are_read(book: Book) -> Iterator[Found]:
    rendered = {place.path for place in _places(book)}
    for path, scalar in scalars(book.node):
        text = scalar.value
        if isinstance(text, str) and OPEN in text and path not in rendered and not set(path) & book.damaged:
            yield Found(
                path, told("`{path}` is not rendered: an expression cannot stand here.", path=path[-1]), "not-rendered"
            )


def conditions_are_expressions(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        if step.if_ is not None and not _is_whole(step.if_):
            bare = OPEN not in step.if_
            text = (
                told("`if` must be one whole expression: {example}.", example=f'"${{{{ {step.if_.strip()} }}}}"')
                if bare
                else told("`if` must be one whole expression, with nothing around it.")
            )
            yield Found(("steps", step_id, "if"), text, "bad-if")


def failures_lead_somewhere(book: Book) -> Iterator[Found]:
    places = [(("steps", step_id, "on_failure"), step.on_failure) for step_id, step in book.steps.items()]
    for path, text in [(("defaults", "on_failure"), book.runbook.defaults.on_failure), *places]:
        answers = [text] if text and OPEN not in text else [word for _, word in _ANSWERS.findall(text or "")]
        for answer in answers:
            if answer not in ON_FAILURE:
                known = ", ".join(ON_FAILURE)
                hint = nearest(answer, ON_FAILURE)
                yield Found(
                    path,
                    with_hint(
                        told("`on_failure` must be one of {known}, not {answer}.", known=known, answer=repr(answer)),
                        hint,
                    ),
                    "unknown-option",
                )


def regions_look_like_regions(book: Book) -> Iterator[Found]:
    for path, text in _regions(book):
        if OPEN not in text and not _REGION.fullmatch(text):
            yield Found(path, told("{text} is not a region; write it like us-west-2.", text=repr(text)), "bad-region")


def regions_are_somebodys(book: Book) -> Iterator[Found]:
    """`us-esat-1` looks like a region; a step there would find nothing, in the night it is needed."""
    services = book.catalog.services.values() if book.catalog is not None else ()
    known = {region for each in services for region in (each.primary_region, each.recovery_region)}
    for path, text in _regions(book):
        if known and _REGION.fullmatch(text) and text not in known | _GLOBAL:
            said = told("No service of the catalogue lives or recovers in {region}.", region=text)
            yield Found(path, with_hint(said, nearest(text, sorted(known))), "other-region", "warning")


def choices_are_compared_with_options(book: Book) -> Iterator[Found]:
    """`inputs.mode == 'unpland'` would quietly be false for ever."""
    for place in _places(book):
        for match in _COMPARED.finditer(place.text) if OPEN in place.text else ():
            name, word = (match.group(1), match.group(3)) if match.group(1) else (match.group(6), match.group(5))
            declared = book.runbook.inputs.get(name)
            if declared is not None and declared.type == "choice" and word not in declared.options:
                hint = nearest(word, declared.options) or told(
                    "There is: {options}.", options=", ".join(declared.options)
                )
                text = with_hint(told("`inputs.{name}` is never {word}.", name=name, word=repr(word)), hint)
                yield Found(place.path, text, "never-equal", offset=match.start(), marker=match.group())


def _places(book: Book) -> Iterator[Place]:
    early = book.view()
    yield Place(("title",), book.runbook.title, early)
    for index, item in enumerate(book.runbook.memory):
        yield Place(("memory", index), item, early)
    for name in ("region", "on_failure"):
        text = getattr(book.runbook.defaults, name)
        if text is not None:
            yield Place(("defaults", name), text, early, "string", name)
    for step_id, step in book.steps.items():
        yield from _step_places(book, step_id, step)


def _step_places(book: Book, step_id: str, step: Step) -> Iterator[Place]:
    path: Path = ("steps", step_id)
    view = book.view(step_id)
    yield Place((*path, "title"), step.title, view)
    for name, text, kind in (("if", step.if_, "bool"), ("region", step.region, "string")):
        if text is not None:
            yield Place((*path, name), text, view, "bool" if kind == "bool" else "string", name)
    if step.on_failure is not None:
        yield Place((*path, "on_failure"), step.on_failure, view, "string", "on_failure")
    yield from _with((*path, "with"), step.with_, book.spec(step), view)
    yield from _gate_places(path, step, view)
    for index, line in enumerate(step.manual.do if step.manual else ()):
        yield Place((*path, "manual", "do", index), line, view)
    for where, condition in book.conditions(step_id):
        sees = book.view(step_id, itself=where[2] == "verify")
        yield from _with((*where, "with"), condition.with_, book.specs.get(condition.check), sees)
        if condition.region is not None:
            yield Place((*where, "region"), condition.region, sees, "string", "region")
    if step.rollback is not None:
        sees = book.view(step_id, itself=True)
        undo: Path = (*path, "rollback")
        yield from _with((*undo, "with"), step.rollback.with_, book.specs.get(step.rollback.uses), sees)
        if step.rollback.region is not None:
            yield Place((*undo, "region"), step.rollback.region, sees, "string", "region")
    if step.call is not None:
        yield from _with((*path, "call", "with"), step.call.with_, None, book.view())


def _gate_places(path: Path, step: Step, view: View) -> Iterator[Place]:
    for name, gate in (("approve", step.approve), ("confirm", step.confirm)):
        for part in ("text", "typed"):
            text = getattr(gate, part, None)
            if text is not None:
                yield Place((*path, name, part), text, view)


def _with(path: Path, given: Mapping[str, JsonValue], spec: ActionSpec | None, view: View) -> Iterator[Place]:
    types = {field.name: field.type for field in spec.parameters} if spec else {}
    for key, value in given.items():
        yield from _below((*path, key), value, view, types.get(key, "dyn"), key)


def _below(path: Path, value: JsonValue, view: View, wanted: ValueType, name: str) -> Iterator[Place]:
    match value:
        case str():
            yield Place(path, value, view, wanted, name)
        case list():
            inner: ValueType = "string" if wanted == "list(string)" else "dyn"
            for index, each in enumerate(value):
                yield from _below((*path, index), each, view, inner, name)
        case dict():
            for key, each in value.items():
                yield from _below((*path, key), each, view, "dyn", key)
        case _:
            return


def _regions(book: Book) -> Iterator[tuple[Path, str]]:
    if book.runbook.defaults.region is not None:
        yield ("defaults", "region"), book.runbook.defaults.region
    for step_id, step in book.steps.items():
        if step.region is not None:
            yield ("steps", step_id, "region"), step.region
        for path, condition in book.conditions(step_id):
            if condition.region is not None:
                yield (*path, "region"), condition.region


def _is_whole(text: str) -> bool:
    try:
        pieces = parts(text)
    except TemplateError:
        return True  # told already
    return len(pieces) == 1 and isinstance(pieces[0], Expression)
