"""Checks templates before they are needed: every path is known, every type fits, with the column of each mistake.

CEL's own checker has the last word; here its findings become sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from bot.language import told
from bot.model.action import ValueType
from bot.runbook.declarations import Declared
from bot.runbook.expressions import compile_cel
from bot.runbook.sentences import nearest, with_hint
from bot.runbook.templates import ROOTS, Expression, TemplateError, parts, references
from bot.runbook.values import WORDS, fits, type_of


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a template, and where in it; `marker` is the text that begins there."""

    text: str
    code: str
    offset: int = 0
    marker: str = ""


@dataclass(frozen=True)
class View:
    """What one place in a runbook may read."""

    declared: Declared
    above: frozenset[str] | None
    """Steps whose results are known by then; None where no step is, such as the runbook's title."""
    step: str = ""
    lenient: bool = False
    """A mistake elsewhere hides which steps are above: do not complain about that again."""


def check_template(text: str, view: View, wanted: ValueType | None, name: str) -> list[Mistake]:
    """All mistakes in a template. `wanted` is the type a whole-value expression must give; None in running text."""
    try:
        pieces = parts(text)
        expressions = [piece for piece in pieces if isinstance(piece, Expression)]
        whole = wanted if len(pieces) == 1 else None
        return [mistake for each in expressions for mistake in _check(each, view, whole, name)]
    except TemplateError as error:
        return [Mistake(str(error), "bad-expression", error.offset)]


def _check(part: Expression, view: View, wanted: ValueType | None, name: str) -> Iterator[Mistake]:
    variables: dict[str, ValueType] = {}
    complaints: list[Mistake] = []
    try:
        read = references(part.source)
    except TemplateError as error:
        yield Mistake(str(error), "bad-expression", part.offset + error.offset)
        return
    for reference in read:
        known = _resolve(reference.path, view)
        if isinstance(known, tuple):
            variables[known[0]] = known[1]
        else:
            complaints.append(Mistake(known, "unknown-path", part.offset + reference.offset, reference.path))
    yield from complaints
    if complaints:
        return
    try:
        kind = type_of(compile_cel(part.source, tuple(sorted(variables.items()))).return_type())
    except RuntimeError as error:
        yield from _from_cel(str(error), part)
        return
    if kind is None:
        yield Mistake(
            told("The expression gives bytes or a type, which nothing can use."), "wrong-type", part.mark, "${{"
        )
    elif wanted is not None and not fits(kind, wanted):
        text = with_hint(
            told(
                "`{name}` must be {wanted}; this expression gives {found}.",
                name=name,
                wanted=WORDS[wanted],
                found=WORDS[kind],
            ),
            _remedy(kind, wanted),
        )
        yield Mistake(text, "wrong-type", part.mark, "${{")


def _resolve(path: str, view: View) -> tuple[str, ValueType] | str:
    """The declared variable behind a path and its type, or a sentence that says why there is none."""
    root, _, rest = path.partition(".")
    if not rest and not (root == "resources" and "resources" in view.declared.base):
        return told("`{root}` alone is not a value; write {example}.", root=root, example=_example(root))
    if root == "steps":
        return _resolve_step(rest, view)
    base = view.declared.base
    prefix, kind = _longest(path, base)
    if prefix and (prefix == path or kind == "dyn"):
        lacking = view.declared.absent.get(path)
        return (
            told("{lacking} uses this runbook and has no {path} in the catalogue.", lacking=lacking, path=path)
            if lacking
            else (prefix, kind)
        )
    if prefix and not kind.startswith("map"):
        return told(
            "`{prefix}` is {kind} and has no part `{part}`.",
            prefix=prefix,
            kind=WORDS[kind],
            part=path.removeprefix(prefix + "."),
        )
    return with_hint(told("There is no `{path}`.", path=path), nearest(path, base, 0.75) or _listing(root, base))


def _resolve_step(rest: str, view: View) -> tuple[str, ValueType] | str:
    step_id, _, part = rest.partition(".")
    steps = view.declared.steps
    if step_id not in steps:
        return with_hint(told("There is no step `{step}`.", step=step_id), nearest(step_id, steps))
    if view.above is None:
        return told("No step has run when this is read, so `steps.{step_id}` is not known here.", step_id=step_id)
    if step_id == view.step and step_id not in view.above:
        return told("A step cannot read its own results (`steps.{rest}`).", rest=rest)
    if step_id not in view.above and not view.lenient:
        return told(
            "`{step_id}` is not above this step. Add it to `needs` of `{step}`.", step_id=step_id, step=view.step
        )
    types = {f"steps.{step_id}.{name}": kind for name, kind in steps[step_id].items()}
    path = f"steps.{rest}"
    prefix, kind = _longest(path, types)
    if prefix and (prefix == path or kind in ("dyn", "map(string, dyn)")):
        return prefix, kind
    if prefix:
        return told(
            "`{prefix}` is {kind} and has no part `{part}`.",
            prefix=prefix,
            kind=WORDS[kind],
            part=path.removeprefix(prefix + "."),
        )
    known = ", ".join(name.removeprefix(f"steps.{step_id}.") for name in types)
    return with_hint(
        told("Step `{step_id}` gives no `{part}`.", step_id=step_id, part=part or "value"),
        nearest(path, types, 0.75) or told("It gives: {known}.", known=known),
    )


def _longest(path: str, types: Mapping[str, ValueType]) -> tuple[str, ValueType]:
    while path:
        if path in types:
            return path, types[path]
        path = path.rpartition(".")[0]
    return "", "dyn"


def _example(root: str) -> str:
    return {
        "inputs": "`inputs.<name>`",
        "service": told("`service.recovery_region` or another part of it"),
        "resources": told("`resources.<name>` as the catalogue has it"),
        "steps": told("`steps.<id>.outputs.<result>` or `steps.<id>.state`"),
        "run": told("`run.id`, `run.mode` or `run.requester`"),
    }[root]


def _listing(root: str, base: Iterable[str]) -> str:
    names = sorted(path for path in base if path.startswith(f"{root}."))
    return told("There is: {options}.", options=[*names[:8], *(["…"] if len(names) > 8 else [])]) if names else ""


_LINE = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_OVERLOAD = re.compile(r"found no matching overload for '([^']+)' applied to '\(?(.*?)\)?'$")
_CEL_WORDS = {
    "string": told("text"),
    "int": told("a whole number"),
    "uint": told("a whole number"),
    "double": told("a number with a fraction"),
    "bool": told("true or false"),
    "timestamp": told("a point in time"),
    "google.protobuf.Timestamp": told("a point in time"),
    "duration": told("a span of time"),
    "google.protobuf.Duration": told("a span of time"),
    "null_type": told("null"),
    "dyn": told("any value"),
}


def _from_cel(message: str, part: Expression) -> Iterator[Mistake]:
    seen = False
    for line, column, text in _LINE.findall(message):
        starts = [0, *(match.end() for match in re.finditer("\n", part.source))]
        offset = starts[min(max(int(line), 1), len(starts)) - 1] + max(int(column) - 1, 0)
        yield Mistake(_explain(text), "bad-expression", part.offset + min(offset, len(part.source)))
        if "Syntax error" in text:
            return
        seen = True
    if not seen:
        yield Mistake(told("The expression is too deep or too large. Make it simpler."), "bad-expression", part.mark)


def _explain(text: str) -> str:
    if match := _OVERLOAD.search(text):
        return _misfit(match.group(1), [_words(each) for each in _split(match.group(2))])
    if match := re.search(r"undeclared reference to '([^']+)'", text):
        name = match.group(1)
        hint = nearest(name, ROOTS) or told("Put text in quotes: '{name}'.", name=name)
        return with_hint(told("`{name}` is not known here.", name=name), hint)
    if match := re.search(r"expression of type '([^']+)' cannot be the operand of a select", text):
        return told("This is {kind} and has no parts; remove what follows the dot.", kind=_words(match.group(1)))
    if "Syntax error" in text:
        if "'<EOF>'" in text:
            return told("The expression ends too early; something is missing here.")
        detail = text.removeprefix("Syntax error: ").partition(" expecting")[0]
        return told(
            "The expression does not read here ({detail}). Check its quotes, brackets and operators.", detail=detail
        )
    return told("The expression does not hold: {text}.", text=text)


def _misfit(function: str, words: list[str]) -> str:
    if function == "_?_:_":
        return told(
            "Both answers of `? :` must be of one type, and the question true or false; here {types}.",
            types=_and(words),
        )
    hint = ""
    if set(words) == {_CEL_WORDS["int"], _CEL_WORDS["double"]}:
        hint = told("Write the whole number as 5.0, or as double(x).")
    if match := re.fullmatch(r"_?(\W+)_", function):
        return with_hint(told("`{function}` does not take {types}.", function=match.group(1), types=_and(words)), hint)
    return told("`{function}` does not take {types}.", function=function, types=_and(words))


def _split(types: str) -> list[str]:
    return re.split(r",\s*(?![^(]*\))", types) if types else []


def _words(kind: str) -> str:
    if kind.startswith("list"):
        return told("a list")
    return told("a mapping") if kind.startswith("map") else _CEL_WORDS.get(kind, kind)


def _and(words: list[str]) -> str:
    first, *others = words or [told("nothing")]
    return reduce(lambda some, last: told("{some} and {last}", some=some, last=last), others, first)


def _remedy(given: ValueType, wanted: ValueType) -> str:
    match given, wanted:
        case "int" | "double" | "bool" | "duration", "string":
            return told("Write string(…) around it.")
        case "string", "int" | "double" | "bool" | "timestamp" | "duration":
            return told("Write {wanted}(…) around it if the text can be read as one.", wanted=wanted)
        case "double", "int":
            return told("Write int(…) around it.")
        case _:
            return ""


def check_path(path: str, view: View) -> tuple[str, ValueType] | str:
    """A bare path, as `clock` has them: its variable and type, or a sentence."""
    return _resolve(path, view)
