"""From nodes to a checked Runbook or Catalog, with every mistake named at its place.

Promises all errors at once: what is broken is cut out and the rest is still built, so that the lint can go on. Refuses
to know actions and references between parts; that is the lint's work.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import ErrorDetails

from bot.language import told
from bot.model.base import Frozen
from bot.model.errors import Problems
from bot.model.people import Person
from bot.model.problem import Problem
from bot.model.runbook import Runbook, Step
from bot.model.service import Catalog, Service
from bot.runbook.editor import json_schema
from bot.runbook.nodes import Map, Path, Scalar, at, data, key_spot, value_spot
from bot.runbook.sentences import keys_of, misnamed, model_at, sentence

__all__ = ["Draft", "draft_catalog", "draft_runbook", "json_schema", "parse_catalog", "parse_runbook", "problem"]

M = TypeVar("M", bound=Frozen)
Content = dict[str, Any]

_ROUNDS = 12
_TOLD = 200
"""Nobody mends more mistakes of form at one sitting."""
_STAND_INS: dict[type[Frozen], Content] = {
    Runbook: {
        "schema": "dr/v1", "runbook": "unnamed", "version": 1, "title": "-", "owners": ["-"], "strategy": "warm",
        "kind": "failover", "when": "-",
    },
    Catalog: {"tiers": {}, "people": {}, "roles": {}, "services": {}},
}  # fmt: skip
_WHOLE: dict[Path, int] = {("people",): 2, ("services",): 2, ("roles",): 2, ("tiers",): 2}
"""A person or service with a mistake is left out altogether; half a service is worse than none."""


@dataclass(frozen=True)
class Draft:
    """A runbook as far as it could be built, and what is wrong with it."""

    node: Map
    path: str
    runbook: Runbook | None
    problems: tuple[Problem, ...]
    damaged: frozenset[str] = frozenset()
    """Steps that lost a part; rules about their parts would only repeat what was said."""


def parse_runbook(node: Map, path: str) -> Runbook:
    """The runbook. Raises Problems with all mistakes."""
    draft = draft_runbook(node, path)
    if draft.problems or draft.runbook is None:
        raise Problems(draft.problems)
    return draft.runbook


def parse_catalog(node: Map, path: str) -> Catalog:
    """The catalogue, tier defaults filled in. Raises Problems with all mistakes of form."""
    catalog, problems = draft_catalog(node, path)
    if problems:
        raise Problems(problems)
    return catalog


def draft_runbook(node: Map, path: str) -> Draft:
    """Build what can be built of a runbook."""
    content = cast(Content, data(node))
    early = _own_keys(node, path, content, "steps", "id")
    runbook, errors = _salvaged(Runbook, content)
    problems = [*early, *_problems(Runbook, errors, node, path)]
    damaged = frozenset(str(each["loc"][1]) for each in errors if len(each["loc"]) > 1 and each["loc"][0] == "steps")
    return Draft(node, path, runbook, tuple(problems), damaged)


def draft_catalog(node: Map, path: str) -> tuple[Catalog, list[Problem]]:
    """Build what can be built of a catalogue: broken people and services are left out."""
    content = cast(Content, data(node))
    early = [*_own_keys(node, path, content, "people", "id"), *_own_keys(node, path, content, "services", "name")]
    _fill_from_tiers(content)
    catalog, errors = _salvaged(Catalog, content)
    return catalog or Catalog(**_STAND_INS[Catalog]), [*early, *_problems(Catalog, errors, node, path)]


def problem(node: Map, file: str, path: Path, text: str, code: str, *, key: bool = False) -> Problem:
    """A mistake at a path: where its value stands, or its key."""
    spot = (key_spot if key else value_spot)(node, path)
    return Problem(path=file, line=spot.line, column=spot.column, text=text, code=code)


def _own_keys(node: Map, path: str, content: Content, section: str, name: str) -> list[Problem]:
    """In these sections the key is the name: put it inside for the model, and refuse it where somebody wrote it."""
    found: list[Problem] = []
    entries = content.get(section)
    for key, value in entries.items() if isinstance(entries, dict) else ():
        if not isinstance(value, dict):
            continue
        if name in value and (section, name) != ("people", "name"):
            text = told("Unknown key `{name}`. The name is the key above: `{key}`.", name=name, key=key)
            found.append(problem(node, path, (section, key, name), text, "unknown-key", key=True))
        value[name] = key
    return found


def _fill_from_tiers(content: Content) -> None:
    """A service without its own rto or rpo has its tier's; an unknown tier is the lint's to name."""
    tiers, services = content.get("tiers"), content.get("services")
    if not isinstance(tiers, dict) or not isinstance(services, dict):
        return
    for service in services.values():
        if isinstance(service, dict) and isinstance(service.get("tier"), str):
            tier = tiers.get(service["tier"])
            for name in ("rto", "rpo"):
                service.setdefault(name, tier.get(name, "0s") if isinstance(tier, dict) else "0s")


def _salvaged(model: type[M], content: Content) -> tuple[M | None, list[ErrorDetails]]:
    """Validate; cut out what is broken and validate again, until it holds. Errors are those of the first round."""
    first: list[ErrorDetails] | None = None
    content = copy.deepcopy(content)
    for _ in range(_ROUNDS):
        try:
            built = model.model_validate_json(json.dumps(content), strict=True, by_alias=True, by_name=False)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            first = errors if first is None else first
            _cut(model, content, errors)
        else:
            return built, first or []
    return None, first or []


def _cut(model: type[Frozen], content: Content, errors: Sequence[ErrorDetails]) -> None:
    paths = {_existing(content, each["loc"]) if each["type"] != "missing" else each["loc"][:-1] for each in errors}
    for path in sorted(
        paths, key=lambda path: [(isinstance(step, int), str(step).zfill(9)) for step in path], reverse=True
    ):
        _cut_one(model, content, path)
    for key, stand_in in _STAND_INS[model].items():
        content.setdefault(key, copy.deepcopy(stand_in))


def _cut_one(model: type[Frozen], content: Content, path: Path) -> None:
    path = path[: _WHOLE.get(path[:1], len(path))] if model is Catalog else path
    if not path:
        return
    if path[0] == "steps" and path[-1] == "id" and len(path) == 3:
        path = path[:2]
    parent: Any = content
    for step in path[:-1]:
        try:
            parent = parent[step]
        except (KeyError, IndexError, TypeError):
            return
    if path[0] == "steps" and len(path) == 2 and not isinstance(parent.get(path[1]), dict):
        parent[path[1]] = {"id": path[1]}
    elif isinstance(parent, dict):
        parent.pop(path[-1], None)
    elif isinstance(parent, list) and isinstance(path[-1], int) and path[-1] < len(parent):
        del parent[path[-1]]


def _existing(content: JsonValue, loc: Path) -> Path:
    """`loc` as far as it exists: pydantic adds the names of union members, which no file has."""
    here: Any = content
    for index, step in enumerate(loc):
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return loc[:index]
    return loc


def _problems(model: type[Frozen], errors: Sequence[ErrorDetails], node: Map, file: str) -> list[Problem]:
    found: dict[Path, Problem] = {}
    content = data(node)
    for error in errors[:_TOLD]:
        missing = error["type"] == "missing"
        where = error["loc"][:-1] if missing else _existing(content, error["loc"])
        place = error["loc"] if missing else where
        found.setdefault(place, _problem(model, error, node, file, where))
    return list(found.values())


def _problem(model: type[Frozen], error: ErrorDetails, node: Map, file: str, where: Path) -> Problem:
    kind = error["type"]
    name = str(error["loc"][-1] if kind == "missing" else _name(where))
    holder = model_at(model, where if kind == "missing" else where[:-1])
    known = [key for key in keys_of(holder) if key != _IDS.get(holder)] if holder else []
    here = at(node, where)
    raw = here.raw if isinstance(here, Scalar) else ""
    text: str
    if where == ("version",):
        text = told('`version` must be a whole number, or text in quotes: "{raw}".', raw=raw)
    elif kind == "string_pattern_mismatch" and error["loc"][-1] in ("id", "name") and len(where) == 2:
        text = misnamed(str(error["loc"][-1]), error["input"])
    else:
        text = sentence(error, name, raw, known)
    code = _CODES.get(kind, "wrong-value")
    about_key = kind in ("missing", "extra_forbidden", "string_pattern_mismatch") or error["loc"][-1] == "[key]"
    return problem(node, file, where, text, code, key=about_key)


def _name(where: Path) -> object:
    names = [step for step in where if isinstance(step, str)]
    return names[-1] if names else "file"


_IDS: dict[type[BaseModel], str] = {Step: "id", Person: "id", Service: "name"}
"""Filled in from the key above, so nobody writes them."""
_CODES = {
    "extra_forbidden": "unknown-key", "missing": "missing-key", "enum": "unknown-option", 
    "literal_error": "unknown-option",
    "string_type": "wrong-type", "int_type": "wrong-type", "float_type": "wrong-type", "bool_type": "wrong-type",
    "tuple_type": "wrong-type", "dict_type": "wrong-type", "model_type": "wrong-type",
}  # fmt: skip
