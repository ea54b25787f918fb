"""Values on their way into and out of CEL, and types in words.

Promises that what comes out is JSON: a point in time as an ISO string in UTC, a span as `90s`, a whole number as int.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cel_expr_python import cel
from pydantic import JsonValue

from bot.language import told
from bot.model.action import ValueType
from bot.model.base import parse_duration

CEL_TYPES: dict[ValueType, cel.Type] = {
    "string": cel.Type.STRING,
    "int": cel.Type.INT,
    "double": cel.Type.DOUBLE,
    "bool": cel.Type.BOOL,
    "timestamp": cel.Type.TIMESTAMP,
    "duration": cel.Type.DURATION,
    "list(string)": cel.Type.List(cel.Type.STRING),
    "list(dyn)": cel.Type.List(cel.Type.DYN),
    "map(string, dyn)": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
    "dyn": cel.Type.DYN,
}

WORDS: dict[ValueType, str] = {
    "string": "text",
    "int": told("a whole number"),
    "double": told("a number"),
    "bool": told("true or false"),
    "timestamp": told("a point in time"),
    "duration": told("a span of time"),
    "list(string)": told("a list of texts"),
    "list(dyn)": told("a list"),
    "map(string, dyn)": told("a mapping"),
    "dyn": told("any value"),
}

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)")
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+")


def type_of(kind: cel.Type) -> ValueType | None:
    """Our name for a type of CEL; None for one that no parameter has (bytes, null, a type)."""
    name = kind.name()
    plain: dict[str, ValueType] = {
        "STRING": "string", "INT": "int", "UINT": "int", "DOUBLE": "double", "BOOL": "bool", "TIMESTAMP": "timestamp",
        "DURATION": "duration", "DYN": "dyn", "LIST<STRING>": "list(string)",
    }  # fmt: skip
    if name.startswith("LIST"):
        return plain.get(name, "list(dyn)")
    return "map(string, dyn)" if name.startswith("MAP") else plain.get(name)


def fits(given: ValueType, wanted: ValueType) -> bool:
    """Whether a value of one type can be used where another is wanted."""
    if "dyn" in (given, wanted) or given == wanted:
        return True
    lists = ("list(string)", "list(dyn)")
    return (given, wanted) in (("int", "double"), ("timestamp", "string")) or (given in lists and wanted in lists)


def type_of_json(value: JsonValue) -> ValueType:
    """The type of a value as the catalogue or a file gives it; text stays text."""
    match value:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "double"
        case str():
            return "string"
        case list():
            return "list(string)" if all(isinstance(each, str) for each in value) else "list(dyn)"
        case dict():
            return "map(string, dyn)"
        case _:
            return "dyn"


def readings(value: JsonValue) -> Sequence[tuple[ValueType, object]]:
    """How a JSON value may be meant, the likeliest last resort last: `90s` is a span, and else a text."""
    kind = type_of_json(value)
    match value:
        case str() if _ISO.fullmatch(value):
            return (*_read_as(value, "timestamp"), (kind, value))
        case str() if _SPAN.fullmatch(value):
            return (*_read_as(value, "duration"), (kind, value))
        case int() if kind == "int":
            return ((kind, value), *_read_as(value, "double"))
        case _:
            return ((kind, value),)


def _read_as(value: JsonValue, kind: ValueType) -> Sequence[tuple[ValueType, object]]:
    """None for what only looks like one: the 30th of February is a text that somebody typed."""
    try:
        return ((kind, as_type(value, kind)),)
    except (ValueError, OverflowError):
        return ()


def as_type(value: JsonValue, kind: ValueType) -> object:
    """A JSON value as CEL wants a variable of this type. Raises ValueError when it cannot be one."""
    if kind == "timestamp" and isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if kind == "duration" and isinstance(value, str):
        return parse_duration(value)
    if kind == "double" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def to_json(value: object) -> JsonValue:
    """What CEL gave, as JSON. Raises ValueError for bytes, infinity and the like."""
    match value:
        case float() if not math.isfinite(value):
            raise ValueError(told("it gives {name}, which nothing here can use", name=value))
        case None | bool() | str() | int() | float():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return f"{value.total_seconds():.3f}".rstrip("0").rstrip(".") + "s"
        case list():
            return [to_json(each) for each in value]
        case dict():
            return {str(key): to_json(each) for key, each in value.items()}
        case _:
            raise ValueError(told("it gives {name}, which nothing here can use", name=type(value).__name__))


def to_text(value: JsonValue) -> str:
    """How a value reads inside a sentence."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value).removesuffix(".0")
        case None:
            return "UNKNOWN"
        case list() if all(isinstance(each, str) for each in value):
            return ", ".join(map(str, value))
        case list() | dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
