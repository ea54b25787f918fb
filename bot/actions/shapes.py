"""Three shapes that most recovery actions have: a thing that is made, a job that is followed, a setting that is changed.

An action of one of these shapes answers a few questions of its own (what is there, what is wanted, which call makes
it so) and gets look, remember, confirm and undo from here. Refuses to know any one service.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from pydantic import JsonValue

from bot.actions.answers import blocked
from bot.actions.base import Action, Params
from bot.model.action import Before, Finding, Look, NotStarted, Observation, Pending, Settled
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

P = TypeVar("P", bound=Params)
State = dict[str, Any]
"""What can be set of a thing, as plain JSON; two are compared whole."""


class Thing(Frozen):
    """What one look found of something that comes into being."""

    state: str
    id: str = ""
    note: str = ""
    """The service's own words: a reason, a percentage."""
    results: dict[str, JsonValue] = {}

    def __str__(self) -> str:
        return f"{self.state} ({self.note})" if self.note else self.state


class Arriving(Action[P]):
    """What things and jobs share: words for arrived and for broken. Statuses in neither are on their way."""

    ready: ClassVar[frozenset[str]] = frozenset({"available"})
    dead: ClassVar[frozenset[str]] = frozenset({"failed"})
    every: ClassVar[timedelta] = timedelta(seconds=10)
    mend: ClassVar[str] = "open it in the console"
    """What a person does when it is broken."""

    @abstractmethod
    def called(self, params: P) -> str:
        """The thing as people name it."""

    @abstractmethod
    def source(self, aws: Reads, params: P) -> Look:
        """Whether it can be started now: what it is made of, what would change, what is touched. May raise StepBroke."""

    def judged(self, params: P, thing: Thing) -> Observation:
        """What the state amounts to. Raises StepBroke when it cannot arrive any more."""
        seen = f"{self.called(params)} is {thing}"
        if thing.state in self.ready:
            return Settled(seen=seen, results=thing.results)
        if thing.state in self.dead:
            raise StepBroke(f"{seen} and will not come by itself; {self.mend}, then retry or go on without it.")
        return Pending(seen=seen, look_again=self.every)


class Made(Arriving[P]):
    """A thing under a name that we choose: it is not there, then it is on its way, then it is ready.

    The name is the identity, so a look tells whether an earlier call arrived.
    """

    @abstractmethod
    def thing(self, aws: Reads, params: P) -> Thing | None:
        """The thing under its name; None while there is none."""

    def preflight(self, aws: Reads, params: P) -> Look:
        try:
            there = self.thing(aws, params)
            if there is None:
                return self.source(aws, params)
            seen = self.judged(params, there)
        except StepBroke as wrong:
            return blocked(wrong, self.called(params))
        if isinstance(seen, Settled):
            return Look(state="already_done", change=seen.seen, targets=(self.called(params),))
        return blocked(f"{seen.seen} already; wait until that is over.", self.called(params))

    def verify(self, aws: Reads, params: P, before: Before) -> Observation:
        there = self.thing(aws, params)
        return NotStarted(seen=f"{self.called(params)} is not there") if there is None else self.judged(params, there)


class Job(Arriving[P]):
    """Something that is started and followed, and whose id AWS chooses.

    The ids seen right before the start are remembered; ours is the newest that was not among them. Two runs never
    start on the same target at once, so nobody else's is mistaken for ours.
    """

    ready: ClassVar[frozenset[str]] = frozenset({"COMPLETED"})
    dead: ClassVar[frozenset[str]] = frozenset({"FAILED", "ABORTED"})

    @abstractmethod
    def jobs(self, aws: Reads, params: P) -> list[Thing]:
        """The jobs on this target, newest first."""

    def detail(self, aws: Reads, params: P, job: Thing) -> Thing:
        """The job with what the list does not tell; asked for ours only."""
        return job

    def preflight(self, aws: Reads, params: P) -> Look:
        try:
            return self.source(aws, params)
        except StepBroke as wrong:
            return blocked(wrong, self.called(params))

    def remember(self, aws: Reads, params: P) -> Before:
        return {"known": [job.id for job in self.jobs(aws, params)]}

    def verify(self, aws: Reads, params: P, before: Before) -> Observation:
        ours = self.ours(aws, params, before)
        if ours is None:
            return NotStarted(seen=f"{self.called(params)} has not been started")
        return self.judged(params, self.detail(aws, params, ours))

    def ours(self, aws: Reads, params: P, before: Before) -> Thing | None:
        """The newest job that was not there before. Raises StepBroke when nothing was remembered to compare with."""
        known = before.get("known")
        if not isinstance(known, list):
            raise StepBroke(
                f"Which run of {self.called(params)} is ours cannot be told, since nothing was noted before it; "
                "look by hand."
            )
        return next((job for job in self.jobs(aws, params) if job.id not in known), None)


class Setting(Action[P]):
    """Something that has a state, is given another, and can be given the former one back."""

    every: ClassVar[timedelta] = timedelta(seconds=3)

    @abstractmethod
    def read(self, aws: Reads, params: P) -> State:
        """The present state. Raises StepBroke when there is no such thing."""

    @abstractmethod
    def wanted(self, params: P, now: State) -> State:
        """The state that is asked for, starting from `now`; asked of itself, it is itself."""

    @abstractmethod
    def write(self, aws: Aws, params: P, state: State, now: State, token: str) -> None:
        """Set `state`, given what is there `now`."""

    @abstractmethod
    def target(self, params: P) -> str:
        """What is touched, as people name it."""

    @abstractmethod
    def told(self, params: P, state: State) -> str:
        """The state in a few words."""

    def findings(self, aws: Reads, params: P, now: State) -> list[Finding]:
        """What an approver should know."""
        return []

    def outcome(self, params: P, now: State) -> dict[str, JsonValue]:
        """The results once the state is there."""
        return {}

    def settling(self, aws: Reads, params: P, now: State) -> str:
        """Why a state that is set is not in force yet; empty when it is."""
        return ""

    def preflight(self, aws: Reads, params: P) -> Look:
        try:
            now = self.read(aws, params)
            wanted = self.wanted(params, now)
            findings = self.findings(aws, params, now)
        except StepBroke as wrong:
            return blocked(wrong, self.target(params))
        done, stuck = now == wanted, any(finding.blocking for finding in findings)
        return Look(
            state="already_done" if done else "blocked" if stuck else "ready",
            findings=tuple(findings),
            change=f"{self.told(params, now)} → {self.told(params, wanted)}",
            targets=(self.target(params),),
        )

    def remember(self, aws: Reads, params: P) -> Before:
        return {"was": self.read(aws, params)}

    def execute(self, aws: Aws, params: P, token: str) -> None:
        now = self.read(aws, params)
        wanted = self.wanted(params, now)
        if now != wanted:  # a repeat finds nothing to do and sends nothing
            self.write(aws, params, wanted, now, token)

    def verify(self, aws: Reads, params: P, before: Before) -> Observation:
        now = self.read(aws, params)
        return self._compared(aws, params, now, self.wanted(params, now))

    def rollback(self, aws: Aws, params: P, before: Before, token: str) -> None:
        now, was = self.read(aws, params), _was(before)
        if now != was:
            self.write(aws, params, was, now, token)

    def undone(self, aws: Reads, params: P, before: Before) -> Observation:
        return self._compared(aws, params, self.read(aws, params), _was(before))

    def _compared(self, aws: Reads, params: P, now: State, wanted: State) -> Observation:
        seen = f"{self.target(params)}: {self.told(params, now)}"
        if now != wanted:
            return NotStarted(seen=seen)
        if waiting := self.settling(aws, params, now):
            return Pending(seen=f"{seen}; {waiting}", look_again=self.every)
        return Settled(seen=seen, results=self.outcome(params, now))


def _was(before: Before) -> State:
    was = before.get("was")
    if not isinstance(was, dict):
        raise StepBroke("Nothing was remembered to go back to; set it by hand.")
    return was
