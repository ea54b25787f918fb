"""The contract of an action: look, remember, act, confirm, undo.

The engine owns time and persistence. An action never sleeps, loops, retries or stores; it answers one
question per call and returns. That is what makes a run resumable.

To add one: subclass `Action` (or `Check` for something that only looks) in bot/actions/<service>/<verb>.py and
decorate it with `@action`. Nothing is registered by hand; the catalogue collects.
"""

from __future__ import annotations

import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import UnionType
from typing import Any, ClassVar, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo

from bot.actions.answers import blocked
from bot.model.action import (
    ActionSpec,
    Before,
    ControlPlane,
    Field,
    Idempotency,
    Look,
    Observation,
    Risk,
    ValueType,
)
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads


class Params(Frozen, defer_build=True):
    """Base of every action's parameters; its JSON schema is the schema of `with:`. `region` comes from the step.

    Validators are built when they are first used: a run needs a dozen of the catalogue's.
    """

    region: str


class Results(Frozen, defer_build=True):
    """Base of every action's declared results, as later steps read them under `steps.<id>.outputs`."""


P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class Call:
    """One line of a rehearsal: the call we expect to make and the reply AWS would give.

    `operation` is the boto3 method (`describe_db_clusters`) and `service` the boto3 client name; `http_get`
    of service `http` is a probe.
    """

    service: str
    operation: str
    reply: dict[str, Any]


@dataclass(frozen=True)
class Rehearsal:
    """A scripted performance of the action: preflight, remember, execute, verify until settled, then undo.

    `idle` answers a verify in a cloud where nothing of ours has happened. `also` holds further performances
    with other parameters, for actions that use different calls then.
    """

    params: dict[str, JsonValue]
    calls: tuple[Call, ...]
    undo: tuple[Call, ...] = ()
    idle: tuple[Call, ...] = ()
    also: tuple[Rehearsal, ...] = ()


class Described:
    """An action's spec as an attribute of its class, made when it is first read."""

    def __init__(self, make: Callable[[], ActionSpec]) -> None:
        self._make = make
        self._made: ActionSpec | None = None

    def __get__(self, instance: AnyAction | None, owner: type[AnyAction]) -> ActionSpec:
        if self._made is None:
            self._made = self._make()
        return self._made


class Action(ABC, Generic[P]):
    """Subclass once per file; decorate with `@action`."""

    name: ClassVar[str]
    spec: ClassVar[Described]
    rehearsal: ClassVar[Rehearsal]
    Params: ClassVar[type[Params]]
    Results: ClassVar[type[Results]] = Results

    @abstractmethod
    def preflight(self, aws: Reads, params: P) -> Look:
        """Look without touching: state, from what to what, targets, findings."""

    def remember(self, aws: Reads, params: P) -> Before:
        """Look again just before acting. Journalled before the call, so that undo survives a crash."""
        return {}

    @abstractmethod
    def execute(self, aws: Aws, params: P, token: str) -> None:
        """Start the change: one attempt. `token` is the same on every attempt of this step of this run."""

    @abstractmethod
    def verify(self, aws: Reads, params: P, before: Before) -> Observation:
        """Observe once: the wanted state, not the answer to our request. Raise StepBroke when it can no longer come."""

    def rollback(self, aws: Aws, params: P, before: Before, token: str) -> None:
        """Start undoing, relying on nothing but `before`. Declare `irreversible` instead when there is no way back."""
        raise NotImplementedError

    def undone(self, aws: Reads, params: P, before: Before) -> Observation:
        """Observe once whether the undo has arrived. Actions with a rollback provide it."""
        raise NotImplementedError

    def streak(self, params: P) -> int:
        """How many settled observations in a row are wanted."""
        return 1


class Check(Action[P]):
    """An action that only looks. `verify` settles with results, waits, or raises."""

    def preflight(self, aws: Reads, params: P) -> Look:
        try:
            seen = self.verify(aws, params, {})
        except StepBroke as broke:
            return blocked(broke)
        return Look(state="ready", change=seen.seen, results=getattr(seen, "results", {}))

    def execute(self, aws: Aws, params: P, token: str) -> None:
        """Nothing to do: a check changes nothing."""


AnyAction = Action[Any]
A = TypeVar("A", bound=AnyAction)


def action(
    name: str,
    *,
    risk: Risk,
    permissions: tuple[str, ...],
    rehearsal: Rehearsal,
    implied: tuple[str, ...] = (),
    idempotency: Idempotency = Idempotency.NATURAL,
    control_plane: ControlPlane = ControlPlane.STEP,
    irreversible: str | None = None,
    measures: str | None = None,
    typical: timedelta = timedelta(seconds=5),
    call_budget: timedelta = timedelta(seconds=30),
    settle: timedelta = timedelta(seconds=5),
    fences: dict[str, JsonValue] | None = None,
    by_hand: str = "",
    owes: bool = True,
    passes: bool = False,
    costs: str = "",
    taken_back: str = "",
) -> Callable[[type[A]], type[A]]:
    """Describe an action; the docs are the module's docstring."""

    def describe(cls: type[A]) -> type[A]:
        def spec() -> ActionSpec:
            docs = inspect.cleandoc(sys.modules[cls.__module__].__doc__ or "")
            return ActionSpec(
                name=name,
                summary=docs.partition("\n\n")[0].replace("\n", " "),
                docs=docs,
                risk=risk,
                idempotency=idempotency,
                control_plane=control_plane,
                permissions=permissions,
                implied=implied,
                parameters=tuple(_fields(cls.Params, leave_out="region")),
                results=tuple(_fields(cls.Results)),
                measures=measures,
                irreversible=irreversible,
                typical=typical,
                call_budget=call_budget,
                settle=settle,
                fences=fences,
                by_hand=by_hand,
                owes=owes,
                passes=passes,
                costs=costs,
                taken_back=taken_back,
                draw_schema=lambda: _schema(cls.Params),
            )

        cls.name, cls.rehearsal, cls.spec = name, rehearsal, Described(spec)
        return cls

    return describe


def _fields(model: type[BaseModel], leave_out: str = "") -> list[Field]:
    return [
        Field(
            name=name,
            type=value_type(info.annotation),
            description=info.description or "",
            required=info.is_required(),
            default=None if info.is_required() else _plain_default(info),
        )
        for name, info in model.model_fields.items()
        if name != leave_out
    ]


def _plain_default(info: FieldInfo) -> JsonValue:
    default = info.get_default(call_default_factory=True)
    if isinstance(default, timedelta):
        return f"{default.total_seconds():g}s"
    return list(default) if isinstance(default, tuple) else default


def _schema(model: type[BaseModel]) -> dict[str, JsonValue]:
    schema = model.model_json_schema()
    schema.get("properties", {}).pop("region", None)
    schema["required"] = [name for name in schema.get("required", []) if name != "region"]
    return schema


_PLAIN: dict[Any, ValueType] = {
    str: "string", int: "int", float: "double", bool: "bool", datetime: "timestamp", timedelta: "duration",
}  # fmt: skip


def value_type(annotation: Any) -> ValueType:
    """The CEL type of a Python annotation; `X | None` counts as `X`, what is not known as `dyn`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        kinds = {value_type(each) for each in arguments if each is not type(None)}
        return kinds.pop() if len(kinds) == 1 else "dyn"
    if origin in (tuple, list):
        return "list(string)" if arguments and arguments[0] is str else "list(dyn)"
    if origin is dict:
        return "map(string, dyn)"
    if str(origin) == "typing.Literal":
        return "string"
    if str(origin) == "typing.Annotated":
        return value_type(arguments[0])
    return _PLAIN.get(annotation, "string" if isinstance(annotation, type) and issubclass(annotation, str) else "dyn")
