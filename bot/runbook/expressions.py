"""Expressions at work: CEL inside `${{ }}`, compiled once, evaluated over one nested mapping.

Promises: a string that is one whole expression keeps its type; what was rendered is data and is never parsed again;
a value that nobody knows is an error in a whole expression and reads UNKNOWN inside text. Refuses to know runbooks
and steps: which paths a step may read is declared elsewhere (see declarations).

`scope` is nested: `{"inputs": {…}, "service": {…}, "steps": {"measure_lag": {"outputs": {…}}}}`. Times and spans may
come as JSON strings; they are read in the type that the expression was checked with.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import lru_cache

from cel_expr_python import cel
from cel_expr_python.ext.ext_strings import ExtStrings
from pydantic import JsonValue

from bot.language import told
from bot.model.action import ValueType
from bot.model.errors import UserError
from bot.runbook.templates import OPEN, Expression, Literal, parts, paths, references
from bot.runbook.values import CEL_TYPES, as_type, readings, to_json, to_text

__all__ = ["Expression", "Literal", "compile_cel", "partial", "parts", "paths", "render", "unresolved"]

Scope = Mapping[str, JsonValue]
Types = Mapping[str, ValueType]
LATER = ("steps.",)
"""What only a run can tell."""

_STRINGS = ExtStrings()
"""CEL's own functions of text, such as `split`: AWS gives ARNs and takes names."""
_MISSING = object()
_MAX_READINGS = 64


def render(value: JsonValue, scope: Scope, types: Types | None = None) -> JsonValue:
    """`value` with every expression in it, however deep, replaced by what it gives.

    `types` declares paths exactly, where the caller knows them. Raises UserError that names the path when a whole-value
    expression reads something unknown, and for an expression that cannot be taken apart or evaluated.
    """
    match value:
        case str() if OPEN in value:
            return _rendered(value, scope, types or {})
        case list():
            return [render(each, scope, types) for each in value]
        case dict():
            return {key: render(each, scope, types) for key, each in value.items()}
        case _:
            return value


def partial(value: JsonValue, scope: Scope, types: Types | None = None) -> JsonValue:
    """Like `render`, but strings that read `steps.…` stay the templates they are."""
    match value:
        case str() if OPEN in value:
            return value if unresolved(value) else _rendered(value, scope, types or {})
        case list():
            return [partial(each, scope, types) for each in value]
        case dict():
            return {key: partial(each, scope, types) for key, each in value.items()}
        case _:
            return value


def unresolved(value: JsonValue, later: tuple[str, ...] = LATER) -> tuple[str, ...]:
    """The paths in `value` that cannot be known yet: those that begin with one of `later`."""
    return tuple(path for path in paths(value) if f"{path}.".startswith(later))


@lru_cache(maxsize=8192)
def compile_cel(source: str, variables: tuple[tuple[str, ValueType], ...]) -> cel.Expression:
    """Compile and check an expression against typed, dotted variables. Raises RuntimeError in CEL's own words."""
    env = cel.NewEnv(variables={path: CEL_TYPES[kind] for path, kind in variables}, extensions=[_STRINGS])
    return env.compile(source)


def look_up(scope: Scope, path: str) -> object:
    """The value at a dotted path, or `_MISSING`; an explicit null counts as missing."""
    here: object = scope
    for name in path.split("."):
        if not isinstance(here, Mapping) or name not in here:
            return _MISSING
        here = here[name]
    return _MISSING if here is None else here


def _rendered(template: str, scope: Scope, types: Types) -> JsonValue:
    pieces = parts(template)
    if len(pieces) == 1 and isinstance(pieces[0], Expression):
        return _evaluated(pieces[0].source, scope, types)
    return "".join(_text(piece, scope, types) for piece in pieces)


def _text(piece: Literal | Expression, scope: Scope, types: Types) -> str:
    if isinstance(piece, Literal):
        return piece.text
    try:
        return to_text(_evaluated(piece.source, scope, types))
    except UnknownValue:
        return "UNKNOWN"


class UnknownValue(UserError):
    """An expression reads something that nobody has measured or given."""


def _evaluated(source: str, scope: Scope, types: Types) -> JsonValue:
    known: dict[str, JsonValue] = {}
    missing: list[str] = []
    for path in dict.fromkeys(reference.path for reference in references(source)):
        value = look_up(scope, path)
        if value is _MISSING:
            missing.append(path)
        else:
            known[path] = value  # type: ignore[assignment]  # a scope holds JSON
    if not missing and source in known:
        return known[source]
    return _run(source, known, missing, types)


def _run(source: str, known: Mapping[str, JsonValue], missing: list[str], types: Types) -> JsonValue:
    complaint = ""
    for reading in itertools.islice(_readings(known, types), _MAX_READINGS):
        variables = {path: kind for path, (kind, _) in reading.items()} | dict.fromkeys(missing, "dyn")
        try:
            program = compile_cel(source, tuple(sorted(variables.items())))
        except RuntimeError as error:
            complaint = complaint or _first_line(error)
            continue
        return _result(source, program, {path: value for path, (_, value) in reading.items()}, missing)
    raise UserError(
        told("The expression `{source}` cannot be evaluated: {complaint}", source=source, complaint=complaint)
    )


def _readings(known: Mapping[str, JsonValue], types: Types) -> Iterator[dict[str, tuple[ValueType, object]]]:
    """Every way the known values may be typed, the declared or likeliest first."""
    choices = [
        [(types[path], as_type(value, types[path]))] if path in types else list(readings(value))
        for path, value in known.items()
    ]
    for choice in itertools.product(*choices):
        yield dict(zip(known, choice, strict=True))


def _result(source: str, program: cel.Expression, values: Mapping[str, object], missing: list[str]) -> JsonValue:
    try:
        result = program.eval(data=values)
    except RuntimeError as error:
        raise UserError(
            told(
                "The expression `{source}` cannot be evaluated: {complaint}",
                source=source,
                complaint=_first_line(error),
            )
        ) from error
    if result.type() == cel.Type.ERROR:
        if missing:
            raise UnknownValue(
                told("{missing} is not known, and `{source}` needs it.", missing=missing[0], source=source)
            )
        raise UserError(
            told("The expression `{source}` cannot be evaluated: {complaint}", source=source, complaint=result.value())
        )
    try:
        return to_json(result.plain_value())
    except ValueError as error:
        raise UserError(
            told("The expression `{source}` cannot be used: {error}.", source=source, error=error)
        ) from error


def _first_line(error: RuntimeError) -> str:
    return str(error).partition("\n")[0].partition("<input>:")[2] or str(error)
