"""Says what is wrong with a file in plain words: which key, what was expected, how to mend it.

Turns pydantic's findings into sentences; the table below is the vocabulary. Refuses to know where things stand.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel, JsonValue
from pydantic_core import ErrorDetails

from bot.language import together, told

EXAMPLES: Mapping[str, str] = {
    "schema": "dr/v1",
    "runbook": "orders-api.failover",
    "version": "1",
    "title": "Fail orders-api over",
    "owners": '["@orders-sre"]',
    "strategy": "warm",
    "kind": "failover",
    "when": "us-east-1 is impaired",
    "type": "string",
    "stops": "steps.verify_service",
    "groups": '["@sre-leads"]',
    "from": "role.ic",
    "text": "Promote the database?",
    "by": "[ops, ic]",
    "assignee": "ops",
    "do": "[Open the console]",
    "field": "ticket",
    "label": "Ticket number",
    "check": "http.probe",
    "uses": "ecs.set_desired_count",
    "tier": "tier-1",
    "rto": "30m",
    "rpo": "1m",
    "primary_region": "us-east-1",
    "recovery_region": "us-west-2",
    "region": "us-east-1",
    "channel": '"#incidents"',
    "name": "Alice Kim",
    "alarm": "orders-api-success-ratio",
}

_HABITS: Mapping[str, tuple[str, ...]] = {
    "needs": ("depends_on", "depends-on", "dependson", "depends", "after", "requires"),
    "uses": ("action", "run", "module", "type", "task"),
    "with": ("params", "parameters", "args", "inputs", "properties", "vars"),
    "if": ("when", "condition", "only_if"),
    "title": ("name", "description", "label", "summary"),
    "on_failure": ("on_error", "onerror", "catch", "continue-on-error", "ignore_errors"),
    "retry": ("retries", "attempts"),
    "timeout": ("timeout-minutes", "deadline"),
    "approve": ("approval", "approvers", "gate"),
    "rollback": ("undo", "compensate", "revert"),
    "verify": ("check", "assert"),
    "do": ("steps", "instructions"),
    "runbook": ("name", "id"),
    "kind": ("type",),
    "count": ("min", "number", "quorum"),
    "from": ("groups", "group", "who", "by"),
    "options": ("choices", "values", "enum"),
    "ask": ("prompt", "question", "description", "label"),
}
"""What other tools call our keys."""
_KEYS = {"steps": "promote_db", "inputs": "mode", "approvers": "board", "services": "orders-api", "people": "alice"}
_PATTERNS = {
    "id": told("must be an identifier: small letters, digits and _, beginning with a letter, like promote_db"),
    "needs": told("must name a step: small letters, digits and _"),
    "field": told("must be an identifier: small letters, digits and _, like ticket"),
    "runbook": told("must look like orders-api.failover: small letters, digits, - and _, parts joined by dots"),
    "region": told("must be a region such as us-east-1"),
    "primary_region": told("must be a region such as us-east-1"),
    "recovery_region": told("must be a region such as us-west-2"),
    "name": told("must be small letters, digits, - and _, beginning with a letter, like orders-api"),
    "depends_on": told("must name services: small letters, digits, - and _"),
}

_WANTED = {
    "int_type": told("a whole number, like 3"),
    "int_from_float": told("a whole number, like 3"),
    "float_type": told("a number, like 3"),
    "bool_type": told("true or false"),
    "tuple_type": told("a list, like [a, b]"),
    "list_type": told("a list, like [a, b]"),
    "dict_type": told("a mapping of keys"),
    "model_type": told("a mapping of keys"),
    "model_attributes_type": told("a mapping of keys"),
    "string_type": told("text"),
}


def sentence(error: ErrorDetails, name: str, raw: str, known: Iterable[str] = ()) -> str:
    """The problem with the key `name`, whose value is written `raw` in the file."""
    kind, ctx = error["type"], error.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return with_hint(told("Unknown key `{name}`.", name=name), _habit(name, known) or _all_of(known))
        case "missing":
            return told(
                "The key `{name}` is missing. Add `{name}: {example}`.", name=name, example=EXAMPLES.get(name, "…")
            )
        case "enum" | "literal_error":
            return _options(name, error["input"], str(ctx.get("expected", "")))
        case "value_error":
            return told("`{name}`: {msg}.", name=name, msg=ctx.get("error", error["msg"]))
        case "too_short":
            return told(
                "`{name}` is empty. Add at least one, like {example}.", name=name, example=EXAMPLES.get(name, "[a]")
            )
        case "string_pattern_mismatch":
            rule = _PATTERNS.get(name, told("does not match {pattern}", pattern=ctx.get("pattern")))
            return told("`{name}` {rule}; {value} does not fit.", name=name, rule=rule, value=repr(error["input"]))
        case "string_too_long":
            return told("`{name}` is longer than {most} characters.", name=name, most=ctx.get("max_length"))
        case "greater_than_equal":
            return told(
                "`{name}` must be at least {least}, not {value}.", name=name, least=ctx.get("ge"), value=error["input"]
            )
        case "less_than_equal":
            return told(
                "`{name}` must be at most {most}, not {value}.", name=name, most=ctx.get("le"), value=error["input"]
            )
        case _ if kind in _WANTED:
            return _mistyped(name, kind, error["input"], raw)
        case _:
            return told("`{name}`: {msg}.", name=name, msg=error["msg"])


def misnamed(key: str, value: object) -> str:
    """The key of a section, which is the `id` or the `name` of what stands below it, does not fit its pattern."""
    if key == "id":
        return told("A step's id {rule}; {value} does not fit.", rule=_PATTERNS[key], value=repr(value))
    return told("A name {rule}; {value} does not fit.", rule=_PATTERNS[key], value=repr(value))


def with_hint(said: str, hint: str) -> str:
    """A sentence and the one that may follow it."""
    return together((said, hint), " ") if hint else said


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """`Did you mean …?`, or nothing."""
    close = _closest(name, tuple(sorted(known)), cutoff)
    return told("Did you mean `{close}`?", close=close) if close else ""


def _habit(name: str, known: Iterable[str]) -> str:
    """The key that is alike, else the one that goes by this name in other tools."""
    names = list(known)
    meant = next((key for key, habits in _HABITS.items() if key in names and name.lower() in habits), "")
    return nearest(name, names) or (told("Here it is `{close}`.", close=meant) if meant else "")


@lru_cache(maxsize=1024)
def _closest(name: str, known: tuple[str, ...], cutoff: float) -> str:
    """The same slip tends to be made many times in one file, and comparing is slow."""
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=cutoff)), "")


def keys_of(model: type[BaseModel]) -> dict[str, Any]:
    """A model's keys as they are written in YAML, with the type of each."""
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def model_at(model: type[BaseModel], path: Iterable[str | int]) -> type[BaseModel] | None:
    """The model that stands at a path below `model`, through lists, maps and options; None when none does."""
    here: Any = model
    for step in path:
        here = keys_of(here).get(str(step)) if _is_model(here) else _inside(here)
        here = _unwrapped(here)
    return here if _is_model(here) else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _unwrapped(kind: Any) -> Any:
    arguments = [each for each in get_args(kind) if each is not type(None)]
    optional = len(arguments) < len(get_args(kind))
    return arguments[0] if optional and len(arguments) == 1 else kind


def _inside(kind: Any) -> Any:
    arguments = [each for each in get_args(kind) if each is not Ellipsis]
    return arguments[-1] if arguments else None


def _all_of(known: Iterable[str]) -> str:
    names = list(known)
    return told("Known here: {names}.", names=", ".join(names)) if names else told("Remove it.")


def _options(name: str, value: object, expected: str) -> str:
    options = [each.strip(" '") for each in expected.replace(" or ", ", ").split(",")]
    hint = nearest(str(value), options, cutoff=0.5)
    return with_hint(
        told(
            "`{name}` must be {wanted}, not {shown}.",
            name=name,
            wanted=expected.replace(chr(39), ""),
            shown=_shown(value),
        ),
        hint,
    )


def _mistyped(name: str, kind: str, value: JsonValue, raw: str) -> str:
    if value is None:
        return told("`{name}` has no value. Write {wanted}, or remove the key.", name=name, wanted=_WANTED[kind])
    if kind == "string_type" and not isinstance(value, list | dict):
        return told('`{name}` must be text, and {raw} is not. Put it in quotes: "{raw}".', name=name, raw=raw or value)
    if kind == "string_type" and isinstance(value, dict) and len(value) == 1:
        return told(
            "`{name}` must be text; a colon with a space behind it made a key of it. Put it in quotes.", name=name
        )
    if kind == "dict_type" and isinstance(value, list):
        return told(
            "`{name}` must be a mapping of keys, not a list. Begin each with its name, like `{key}:`, not with `- `.",
            name=name,
            key=_KEYS.get(name, "name"),
        )
    return told("`{name}` must be {wanted}, not {shown}.", name=name, wanted=_WANTED[kind], shown=_shown(value))


def _shown(value: object) -> str:
    if isinstance(value, list | dict):
        return told("a list") if isinstance(value, list) else told("a mapping")
    return json.dumps(value, ensure_ascii=False)[:60] if value is not None else told("nothing")
