"""Two shapes that restores and automation have: a thing that is made, and a job that is followed.

An action of one of these shapes says what it is made of, how to look and which call starts it; look, remember and
confirm follow from here. Refuses to know any one service. (What is set, and set back, has the shape in setting.py.)
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar, TypeVar
from uuid import NAMESPACE_OID, uuid5

from pydantic import JsonValue

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Rehearsal
from bot.language import told
from bot.model.action import Before, Look, NotStarted, Observation, Pending, Settled
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.model.text import Text
from bot.ports.aws import Reads

P = TypeVar("P", bound=Params)

LISTED = timedelta(seconds=30)
"""How long a job may be missing from its list after it was started: AWS promises lists to be true in the end only."""


class Thing(Frozen):
    """What one look found of something that comes into being."""

    state: str
    id: str = ""
    note: Text = ""
    """The service's own words: a reason, a percentage."""
    results: dict[str, JsonValue] = {}

    def __str__(self) -> str:
        return told("{state} ({note})", state=self.state, note=self.note) if self.note else self.state


class Coming(Action[P]):
    """What things and jobs share: words for arrived and for broken. Statuses in neither are on their way."""

    ready: ClassVar[frozenset[str]] = frozenset({"available"})
    dead: ClassVar[frozenset[str]] = frozenset({"failed"})
    every: ClassVar[timedelta] = timedelta(seconds=10)
    mend: ClassVar[str] = told("open it in the console")
    """What a person does when it is broken."""

    @abstractmethod
    def called(self, params: P) -> str:
        """The thing as people name it."""

    @abstractmethod
    def source(self, aws: Reads, params: P) -> Look:
        """Whether it can be started now: what it is made of, what changes, what is touched. May raise StepBroke."""

    def judged(self, params: P, thing: Thing) -> Observation:
        """What the state amounts to. Raises StepBroke when it cannot arrive any more."""
        seen = told("{called} is {thing}", called=self.called(params), thing=thing)
        if thing.state in self.ready:
            return Settled(seen=seen, results=thing.results)
        if thing.state in self.dead:
            raise StepBroke(
                told(
                    "{seen} and will not come by itself; {mend}, then retry or go on without it.",
                    seen=seen,
                    mend=self.mend,
                )
            )
        return Pending(seen=seen, look_again=self.every)


class Made(Coming[P]):
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
        return blocked(told("{seen} already; wait until that is over.", seen=seen.seen), self.called(params))

    def verify(self, aws: Reads, params: P, before: Before) -> Observation:
        there = self.thing(aws, params)
        return (
            NotStarted(seen=told("{called} is not there", called=self.called(params)))
            if there is None
            else self.judged(params, there)
        )


class Job(Coming[P]):
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
            return NotStarted(seen=told("{called} has not been started", called=self.called(params)))
        return self.judged(params, self.detail(aws, params, ours))

    def fresh(self, jobs: Iterable[Thing], token: str) -> str:
        """`token`, or once one of the `jobs`, newest first, has died another one: AWS would answer a retry under the
        old one with the dead job.

        The same for as long as no other job dies, so that a call in doubt is still sent again as it was. A UUID.
        """
        died = next((job.id for job in jobs if job.state in self.dead), None)
        return token if died is None else str(uuid5(NAMESPACE_OID, f"{token}/{died}"))

    def ours(self, aws: Reads, params: P, before: Before) -> Thing | None:
        """The newest job that was not there before. Raises StepBroke when nothing was remembered to compare with."""
        known = before.get("known")
        if not isinstance(known, list):
            raise StepBroke(
                told(
                    "Which run of {called} is ours cannot be told, since nothing was noted before it; look by hand.",
                    called=self.called(params),
                )
            )
        return next((job for job in self.jobs(aws, params) if job.id not in known), None)


def rehearsed(
    params: dict[str, JsonValue],
    *,
    none: tuple[Call, ...],
    source: tuple[Call, ...],
    send: tuple[Call, ...],
    way: tuple[Call, ...],
    undo: tuple[Call, ...] = (),
    also: tuple[Rehearsal, ...] = (),
) -> Rehearsal:
    """The performance of a thing that is made: not there, looked at, sent, then seen on its `way`."""
    return Rehearsal(params=params, calls=(*none, *source, *send, *way), idle=none, undo=undo, also=also)


def followed(
    params: dict[str, JsonValue],
    *,
    source: tuple[Call, ...],
    known: tuple[Call, ...],
    send: tuple[Call, ...],
    way: tuple[Call, ...],
    undo: tuple[Call, ...] = (),
    also: tuple[Rehearsal, ...] = (),
    by_token: bool = True,
) -> Rehearsal:
    """The performance of a job: looked at, the known ones noted, sent, then seen on its `way`.

    `by_token`: the known ones are looked through for dead ones once more, for a fresh token.
    """
    again = known if by_token else ()
    return Rehearsal(params=params, calls=(*source, *known, *again, *send, *way), idle=known, undo=undo, also=also)
