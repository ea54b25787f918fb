"""Actions of one shape: something has a state, we want another one, and looking tells which it is in.

An `Arriving` action says how to look, what is wanted and how to ask for it; the five questions of the contract follow
from these three. A `Setting` can also be set back, so undo comes with it.

Refuses to know any service. `wanted` is a pure function, and wanting again what is there must change nothing: that is
how a repeat does no harm and how `verify` needs no memory.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar, cast

from pydantic import JsonValue

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, P, Rehearsal
from bot.language import told
from bot.model.action import Before, Finding, Look, NotStarted, Observation, Pending, Settled
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

S = TypeVar("S", bound=Frozen)
"""The state: frozen, comparable, and with a `__str__` for people."""


@dataclass(frozen=True)
class Seen(Generic[S]):
    """One look at the thing."""

    name: str
    state: S
    target: str = ""
    """ARN; the name when AWS gives none."""
    moving: str = ""
    """AWS's word for a change under way; empty when the thing is at rest."""
    broken: str = ""
    """Why `state`, which was asked for, will not come; what to do about it included. Asking again is worth a try."""
    results: dict[str, JsonValue] = field(default_factory=dict)
    whole: Any = None
    """AWS's own description, for updates that replace the whole object."""


class Arriving(Action[P], Generic[P, S]):
    """Brings one thing into the wanted state. There is no way back: declare `irreversible`."""

    State: ClassVar[type[Frozen]]

    @abstractmethod
    def look(self, aws: Reads, params: P) -> Seen[S]:
        """Look once. Raises StepBroke when there is no such thing, or when it is dead."""

    @abstractmethod
    def wanted(self, params: P, now: S) -> S:
        """The state to reach from `now`; `now` itself when nothing is left to do."""

    @abstractmethod
    def put(self, aws: Aws, params: P, seen: Seen[S], state: S, token: str) -> None:
        """Ask AWS for `state`, once."""

    def findings(self, aws: Reads, params: P, seen: Seen[S]) -> Sequence[Finding]:
        """What an approver should know beside the change itself."""
        return ()

    def preflight(self, aws: Reads, params: P) -> Look:
        try:
            seen = self.look(aws, params)
        except StepBroke as missing:
            return blocked(missing)
        target, wanted = seen.target or seen.name, self.wanted(params, seen.state)
        if seen.moving:
            return blocked(
                told("{name} is {moving}; try again when that is over.", name=seen.name, moving=seen.moving), target
            )
        if _rests(seen, wanted):
            return Look(
                state="already_done",
                change=told("{name}: {wanted} already", name=seen.name, wanted=wanted),
                targets=(target,),
            )
        findings = tuple(self.findings(aws, params, seen))
        return Look(
            state="blocked" if any(finding.blocking for finding in findings) else "ready",
            findings=findings,
            change=told("{name}: {state} → {wanted}", name=seen.name, state=seen.state, wanted=wanted),
            targets=(target,),
        )

    def remember(self, aws: Reads, params: P) -> Before:
        return self.look(aws, params).state.model_dump(mode="json")

    def execute(self, aws: Aws, params: P, token: str) -> None:
        seen = self.look(aws, params)
        wanted = self.wanted(params, seen.state)
        if not _rests(seen, wanted):
            self.put(aws, params, seen, wanted, token)

    def verify(self, aws: Reads, params: P, before: Before) -> Observation:
        seen = self.look(aws, params)
        return _arrived(seen, self.wanted(params, seen.state))


class Setting(Arriving[P, S]):
    """Sets something that can be set back to what it was."""

    def rollback(self, aws: Aws, params: P, before: Before, token: str) -> None:
        former, seen = cast("S", self.State.model_validate(before)), self.look(aws, params)
        if not _rests(seen, former):
            self.put(aws, params, seen, former, token)

    def undone(self, aws: Reads, params: P, before: Before) -> Observation:
        return _arrived(self.look(aws, params), cast("S", self.State.model_validate(before)))


def rehearsed(
    params: dict[str, JsonValue],
    *,
    was: Call | tuple[Call, ...],
    put: Call | tuple[Call, ...],
    now: Call | tuple[Call, ...],
    asked: Call | tuple[Call, ...] = (),
    moving: Call | tuple[Call, ...] = (),
    back: Call | tuple[Call, ...] = (),
    also: tuple[Rehearsal, ...] = (),
) -> Rehearsal:
    """The performance that follows from the shape; with `back`, the undo as well. `asked`: the findings' calls."""
    former, present = _calls(was), _calls(now)
    undo = (*present, *_calls(back), *former) if back else ()
    calls = (*former, *_calls(asked), *former, *former, *_calls(put), *_calls(moving), *present)
    return Rehearsal(params=params, calls=calls, undo=undo, idle=former, also=also)


def _calls(said: Call | tuple[Call, ...]) -> tuple[Call, ...]:
    return (said,) if isinstance(said, Call) else said


def _rests(seen: Seen[S], wanted: S) -> bool:
    """Whether nothing has to be asked for."""
    return seen.state == wanted and not seen.broken


def _arrived(seen: Seen[S], wanted: S) -> Observation:
    if seen.moving:
        return Pending(seen=told("{name} is {moving} ({state})", name=seen.name, moving=seen.moving, state=seen.state))
    if seen.state != wanted:
        return NotStarted(seen=told("{name}: {state}, not {wanted}", name=seen.name, state=seen.state, wanted=wanted))
    if seen.broken:
        raise StepBroke(seen.broken)
    return Settled(seen=told("{name}: {state}", name=seen.name, state=seen.state), results=seen.results)
