"""Which paths an expression may read, and the type of each.

Promises that what is declared here is what a run's scope holds (see scope). Refuses to know CEL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from bot.model.action import ActionSpec, ValueType
from bot.model.runbook import Input, InputType, Runbook, Step
from bot.model.service import Service
from bot.runbook.values import type_of_json

Specs = Mapping[str, ActionSpec]

_INPUTS: Mapping[InputType, ValueType] = {
    "string": "string", "choice": "string", "integer": "int", "number": "double", "boolean": "bool",
    "datetime": "timestamp", "duration": "duration",
}  # fmt: skip
SERVICE: Mapping[str, ValueType] = {
    "service.name": "string", "service.title": "string", "service.tier": "string", "service.strategy": "string",
    "service.primary_region": "string", "service.recovery_region": "string", "service.account": "string",
    "service.role": "string", "service.channel": "string", "service.rto": "duration", "service.rpo": "duration",
    "service.owners": "list(string)", "service.depends_on": "list(string)", "service.health.primary_url": "string",
    "service.health.recovery_url": "string", "service.health.alarm": "string",
}  # fmt: skip
RUN: Mapping[str, ValueType] = {"run.id": "string", "run.mode": "string", "run.requester": "string"}


@dataclass(frozen=True)
class Declared:
    """Everything that expressions of one runbook may read, before asking which step reads."""

    base: Mapping[str, ValueType]
    """`inputs`, `service`, `resources`, `run`."""
    steps: Mapping[str, Mapping[str, ValueType]]
    """By step: `state`, `answer`, `outputs.<result>`."""
    absent: Mapping[str, str]
    """Paths of `service` and `resources` that some service which uses this runbook does not fill, with its name."""


def declare(book: Runbook, specs: Specs, services: Sequence[Service]) -> Declared:
    """Declare all paths; `services` are those that use the runbook."""
    base = {f"inputs.{name}": input_type(each) for name, each in book.inputs.items()} | dict(SERVICE) | dict(RUN)
    shapes = [dict(_flat("resources", service.resources)) for service in services]
    base |= _merged(shapes) if shapes else {"resources": "dyn"}
    return Declared(
        base=base,
        steps={step_id: step_types(step, specs) for step_id, step in book.steps.items()},
        absent=_absent(services, shapes),
    )


def input_type(declared: Input) -> ValueType:
    """The type of an input's value."""
    return _INPUTS[declared.type]


def step_types(step: Step, specs: Specs) -> dict[str, ValueType]:
    """What a step leaves behind: its state, a person's answer, its action's results, the measures of its checks."""
    found: dict[str, ValueType] = {"state": "string"}
    if step.manual is not None:
        found["answer"] = "string"
        if step.manual.answer is not None:
            found[f"outputs.{step.manual.answer.field}"] = "string"
    if step.uses is not None and step.uses in specs:
        found |= {f"outputs.{result.name}": result.type for result in specs[step.uses].results}
    for condition in step.wait.until if step.wait else ():
        spec = specs.get(condition.check)
        for result in spec.results if spec else ():
            if spec and result.name == spec.measures:
                found[f"outputs.{result.name}"] = result.type
    return found


def _flat(path: str, value: JsonValue) -> Iterator[tuple[str, ValueType]]:
    yield path, type_of_json(value)
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _flat(f"{path}.{name}", each)


def _merged(shapes: Iterable[Mapping[str, ValueType]]) -> dict[str, ValueType]:
    found: dict[str, ValueType] = {}
    for shape in shapes:
        for path, kind in shape.items():
            found[path] = kind if found.get(path, kind) == kind else "dyn"
    return found


def _absent(services: Sequence[Service], shapes: Sequence[Mapping[str, ValueType]]) -> dict[str, str]:
    found: dict[str, str] = {}
    everything = {path for shape in shapes for path in shape}
    for service, shape in zip(services, shapes, strict=True):
        found |= dict.fromkeys(everything - shape.keys(), service.name)
        given = service.model_dump(mode="json")
        found |= {path: service.name for path in SERVICE if _is_null(given, path.split(".")[1:])}
    return found


def _is_null(value: JsonValue, names: Sequence[str]) -> bool:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value is None
