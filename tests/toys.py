"""A toy cloud and toy actions under the real contract: engine tests need no AWS, only its ways of failing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field

from bot.actions.base import Action, Check, Params, Rehearsal, Results, action
from bot.actions.catalogue import Catalogue
from bot.model.action import Before, Idempotency, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.errors import OutcomeUnknown, Retryable, StepBroke, StepError
from bot.ports.aws import Aws, Errand, HttpAnswer, Reads

NOTHING = Rehearsal(params={}, calls=())


@dataclass
class ToyCloud:
    """Named numbers. `trouble` is asked before a write is applied, `lost` after: both may raise."""

    values: dict[str, int] = field(default_factory=dict)
    writes: list[tuple[str, int, str]] = field(default_factory=list)
    trouble: Callable[[str], None] = lambda _: None
    lost: Callable[[str], None] = lambda _: None
    lag: int = 0
    """How many looks still see the old value after a write."""
    deaf: bool = False
    """Writes are accepted and change nothing."""
    blind: bool = False
    """After the first write no look is answered."""
    shared: str = ""
    """The one resource that every value belongs to; without it each is a resource of its own."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _old: dict[str, int] = field(default_factory=dict)
    _looks: int = 0
    looks: int = 0
    """How many looks there were in all."""

    def write(self, name: str, value: int, token: str) -> None:
        self.trouble(name)
        with self._lock:
            self._old = dict(self.values)
            self._looks = 0
            if not self.deaf:
                self.values[name] = value
            self.writes.append((name, value, token))
        self.lost(name)

    def read(self, name: str) -> int | None:
        self._looks += 1
        self.looks += 1
        if self.blind and self.writes:
            raise Retryable("no answer")
        return self._old.get(name) if self._looks <= self.lag else self.values.get(name)

    def sent(self, name: str) -> int:
        """How many writes of `name` took effect."""
        return sum(each == name for each, _, _ in self.writes)


class ToyAws:
    """Implements `Aws` and `Clouds` over a toy cloud."""

    def __init__(self, cloud: ToyCloud) -> None:
        self.cloud = cloud

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return self.cloud

    def writer(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return self.cloud

    def home(self, service: str, region: str) -> str:
        return region

    def http_get(self, url: str, *, timeout: float = 5.0) -> HttpAnswer:
        return HttpAnswer(status=200, milliseconds=1)

    def now(self) -> datetime:
        return datetime(2026, 3, 14, 3, 7, tzinfo=UTC)

    def for_service(self, role: str | None, *, person: str = "", external_id: str | None = None) -> Aws:
        return self

    def for_step(self, role: str | None, *, person: str, errand: Errand, external_id: str | None = None) -> Aws:
        return self

    def verdict(self, error: Exception, *, mutating: bool) -> StepError:
        if isinstance(error, StepError):
            return error
        return OutcomeUnknown(str(error)) if mutating else StepBroke(str(error))


class SetParams(Params):
    """What to set."""

    name: str = Field(description="Which value.")
    value: int = Field(default=1, description="What it becomes.")


class SetResults(Results):
    """What was seen."""

    value: int = Field(description="The value now.")


class _Set(Action[SetParams]):
    Params = SetParams
    Results = SetResults

    def preflight(self, aws: Reads, params: SetParams) -> Look:
        cloud = aws.reader("toy", params.region)
        now = cloud.read(params.name)
        state = "already_done" if now == params.value else "ready"
        target = cloud.shared or f"toy:{params.name}"
        return Look(state=state, change=f"{params.name} {now} → {params.value}", targets=(target,))

    def remember(self, aws: Reads, params: SetParams) -> Before:
        return {"value": aws.reader("toy", params.region).read(params.name)}

    def execute(self, aws: Aws, params: SetParams, token: str) -> None:
        aws.writer("toy", params.region).write(params.name, params.value, token)

    def verify(self, aws: Reads, params: SetParams, before: Before) -> Observation:
        now = aws.reader("toy", params.region).read(params.name)
        if now == params.value:
            return Settled(seen=f"{params.name} is {now}", results={"value": now})
        return NotStarted(seen=f"{params.name} is {now}")

    def rollback(self, aws: Aws, params: SetParams, before: Before, token: str) -> None:
        aws.writer("toy", params.region).write(params.name, before.get("value") or 0, token)

    def undone(self, aws: Reads, params: SetParams, before: Before) -> Observation:
        now = aws.reader("toy", params.region).read(params.name)
        wanted = before.get("value") or 0
        return Settled(seen=f"{params.name} is {now}") if now == wanted else NotStarted(seen=f"{params.name} is {now}")


@action("toy.set", risk=Risk.REVERSIBLE, permissions=(), rehearsal=NOTHING, settle=timedelta(seconds=2))
class SetValue(_Set):
    """A natural write."""


@action(
    "toy.promote",
    risk=Risk.DATA_LOSS,
    idempotency=Idempotency.READ_BACK,
    irreversible="A promotion stays; run the failback.",
    permissions=(),
    rehearsal=NOTHING,
    settle=timedelta(seconds=2),
)
class Promote(_Set):
    """A write without a way back."""


@action(
    "toy.publish",
    risk=Risk.REVERSIBLE,
    idempotency=Idempotency.OPAQUE,
    irreversible="A message cannot be recalled.",
    permissions=(),
    rehearsal=NOTHING,
)
class Publish(_Set):
    """A write that looking cannot confirm."""

    def verify(self, aws: Reads, params: SetParams, before: Before) -> Observation:
        return Settled(seen="accepted")


@action("toy.run", risk=Risk.REVERSIBLE, permissions=(), rehearsal=NOTHING, settle=timedelta(seconds=2))
class RunJob(_Set):
    """A write that is told from older ones by what was noted before it, as jobs are."""

    def verify(self, aws: Reads, params: SetParams, before: Before) -> Observation:
        if "value" not in before:
            raise StepBroke("nothing was noted before it")
        now = aws.reader("toy", params.region).read(params.name)
        return NotStarted(seen="not begun") if now == before["value"] else Settled(seen="done")


class WatchParams(Params):
    """What to watch."""

    name: str = Field(description="Which value.")
    at_least: int = Field(default=0, description="When it is enough.")
    in_a_row: int = Field(default=1, description="How often.")


@action("toy.watch", risk=Risk.READ, permissions=(), rehearsal=NOTHING, measures="value")
class Watch(Check[WatchParams]):
    """A value, observed."""

    Params = WatchParams
    Results = SetResults

    def verify(self, aws: Reads, params: WatchParams, before: Before) -> Observation:
        now = aws.reader("toy", params.region).read(params.name)
        if now is None:
            raise StepBroke(f"nothing is called {params.name}")
        seen = f"{params.name} is {now}"
        if now >= params.at_least:
            return Settled(seen=seen, results={"value": now})
        return Pending(seen=seen, look_again=timedelta(seconds=5), results={"value": now})

    def streak(self, params: WatchParams) -> int:
        return params.in_a_row


TOYS = Catalogue(SetValue(), Promote(), Publish(), RunJob(), Watch())


@dataclass
class WoundClock:
    """Time that moves only when a test winds it; ids count up."""

    at: datetime = datetime(2026, 3, 14, 3, 7, tzinfo=UTC)
    ids: int = 0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:06d}"

    def wind(self, **span: float) -> None:
        self.at += timedelta(**span)
