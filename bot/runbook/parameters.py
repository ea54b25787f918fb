"""Constants of `with:` against an action's JSON Schema, in plain sentences.

Knows the part of JSON Schema that parameter models produce. What holds an expression is passed over: its type is the
checker's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from bot.language import told
from bot.runbook.core_schema import resolve
from bot.runbook.nodes import Path
from bot.runbook.sentences import nearest, with_hint
from bot.runbook.templates import OPEN

Schema = Mapping[str, Any]
Found = Iterator[tuple[Path, str]]

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,), "null": (type(None),),
}  # fmt: skip
_WORDS = {
    "string": told("text"),
    "integer": told("a whole number"),
    "number": told("a number"),
    "boolean": told("true or false"),
    "array": told("a list"),
    "object": told("a mapping"),
    "null": told("nothing"),
}


def check_constant(value: JsonValue, schema: Schema, name: str, root: Schema) -> Found:
    """Each place below `value` that the schema refuses, with a sentence."""
    if isinstance(value, str) and OPEN in value:
        return
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        yield from _any(value, [_resolved(each, root) for each in schema["anyOf"]], name, root)
        return
    kind = schema.get("type")
    if isinstance(kind, str) and not _is(value, kind):
        yield (), _mistyped(name, kind, value, schema)
        return
    yield from _limits(value, schema, name)
    match value:
        case list():
            for index, each in enumerate(value):
                for path, text in check_constant(each, schema.get("items", {}), name, root):
                    yield (index, *path), text
        case dict():
            yield from _object(value, schema, root)
        case _:
            pass


def _object(value: Mapping[str, JsonValue], schema: Schema, root: Schema) -> Found:
    known = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    for key, each in value.items():
        if key not in known and rest is False:
            yield (
                (key,),
                with_hint(
                    told("Unknown key `{name}`.", name=key),
                    nearest(key, known) or told("Known here: {names}.", names=list(known)),
                ),
            )
            continue
        below = known.get(key, rest if isinstance(rest, Mapping) else {})
        for path, text in check_constant(each, below, key, root):
            yield (key, *path), text
    for key in schema.get("required", ()):
        if key not in value:
            yield (), told("The key `{key}` is missing.", key=key)


def _limits(value: JsonValue, schema: Schema, name: str) -> Found:
    options = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if options is not None and value not in options:
        words = ", ".join(map(str, options))
        yield (
            (),
            with_hint(
                told("`{name}` must be one of {words}; {value} is not.", name=name, words=words, value=repr(value)),
                nearest(str(value), map(str, options), 0.5),
            ),
        )
        return
    match value:
        case bool():
            return
        case int() | float():
            yield from _number(value, schema, name)
        case str():
            yield from _string(value, schema, name)
        case list() if len(value) < schema.get("minItems", 0):
            yield (), told("`{name}` needs at least {least} of them.", name=name, least=schema["minItems"])
        case _:
            return


def _number(value: float, schema: Schema, name: str) -> Found:
    if value < schema.get("minimum", value):
        yield (
            (),
            told("`{name}` must be at least {least}, not {value}.", name=name, least=schema["minimum"], value=value),
        )
    if value > schema.get("maximum", value):
        yield (), told("`{name}` must be at most {most}, not {value}.", name=name, most=schema["maximum"], value=value)
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield (
            (),
            told(
                "`{name}` must be more than {least}, not {value}.",
                name=name,
                least=schema["exclusiveMinimum"],
                value=value,
            ),
        )


def _string(value: str, schema: Schema, name: str) -> Found:
    pattern = schema.get("pattern")
    if pattern and not re.search(pattern, value):
        yield (), with_hint(told("`{name}` does not take {value}.", name=name, value=repr(value)), _sample(schema))
    if len(value) < schema.get("minLength", 0):
        yield (), told("`{name}` must not be empty.", name=name)
    if len(value) > schema.get("maxLength", len(value)):
        yield (), told("`{name}` is longer than {most} characters.", name=name, most=schema["maxLength"])


def _any(value: JsonValue, options: list[Schema], name: str, root: Schema) -> Found:
    results = [list(check_constant(value, option, name, root)) for option in options]
    if all(results):
        real = [result for option, result in zip(options, results, strict=True) if option.get("type") != "null"]
        yield from (real or results)[0]


def _mistyped(name: str, kind: str, value: JsonValue, schema: Schema) -> str:
    if kind == "string" and isinstance(value, int | float):
        return with_hint(told("`{name}` must be text; put {value} in quotes.", name=name, value=value), _sample(schema))
    if isinstance(value, str) and _unquoted(value, kind):
        return told(
            "`{name}` must be {wanted}; take the quotes off {value}.", name=name, wanted=_WORDS[kind], value=value
        )
    shown = {list: told("a list"), dict: told("a mapping"), type(None): told("nothing")}.get(type(value), repr(value))
    return with_hint(
        told("`{name}` must be {wanted}, not {shown}.", name=name, wanted=_WORDS.get(kind, kind), shown=shown),
        _sample(schema),
    )


def _unquoted(value: str, kind: str) -> bool:
    """Whether the text would fit without its quotes."""
    try:
        return _is(resolve(value), kind)
    except ValueError:
        return False


def _sample(schema: Schema) -> str:
    examples = schema.get("examples")
    return told("Write it like {example}.", example=examples[0]) if examples else ""


def _is(value: JsonValue, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _KINDS.get(kind, (object,)))


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    here: Any = root
    for name in reference.removeprefix("#/").split("/"):
        here = here[name]
    return {**here, **{key: each for key, each in schema.items() if key != "$ref"}}
