"""The state of a run, rebuilt from its records. Pure: no clock, no Redis, no AWS.

`Run.after(record)` is the only way state changes. What may happen next is decided in bot/engine/machine.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.model.base import replace
from bot.model.errors import BrokenInvariant
from bot.model.events import (
    AbortAsked,
    Fact,
    GlassBroken,
    GlassReviewed,
    RunCreated,
    RunFinished,
    RunPaused,
    RunResumed,
    RunReviewed,
    RunTaken,
    StepStarted,
)
from bot.model.incident import Incident
from bot.model.incident_events import OfIncident
from bot.model.people import Actor
from bot.model.plan import GatePlan, Plan
from bot.model.records import Record
from bot.model.step_run import Phase, StepRun, step_after


class Status(StrEnum):
    """Where a run stands, in a person's words."""

    RUNNING = "running"
    WAITING = "waiting"
    """For a person: a gate, a manual step, a decision."""
    PAUSED = "paused"
    ABORTING = "aborting"
    ROLLING_BACK = "rolling_back"
    COMPLETED = "completed"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (Status.COMPLETED, Status.ABORTED, Status.ROLLED_BACK, Status.FAILED)


MOST_TAKEOVERS = 3
CALM = timedelta(minutes=10)
"""A worker that held a run for so long did not die of it at once."""


@dataclass(frozen=True, slots=True)
class Glass:
    """A quorum lifted by one person, and whether somebody else has looked at it since."""

    person: str
    name: str
    step: str
    reason: str
    at: datetime
    until: datetime
    groups: tuple[str, ...]
    channel: str = ""
    reviewed_by: str = ""
    """The name of who closed it; empty while it is open, and red."""
    reviewed_at: datetime | None = None
    remark: str = ""

    def holds(self, person: str, now: datetime) -> bool:
        """Whether this person's word alone is enough now."""
        return person == self.person and now < self.until

    def after(self, review: GlassReviewed, at: datetime) -> Glass:
        """Closed by a review of anybody but the one who broke it."""
        if self.reviewed_by or review.person == self.person:
            return self
        return dataclass_replace(self, reviewed_by=review.name, reviewed_at=at, remark=review.comment)

    @property
    def is_open(self) -> bool:
        return not self.reviewed_by


@dataclass(frozen=True)
class Run:
    """A plan and everything that has happened to it."""

    plan: Plan
    steps: dict[str, StepRun]
    seq: int
    head: str
    epoch: int
    created_at: datetime
    owner: str = ""
    paused: bool = False
    pause_why: str = ""
    aborting: AbortAsked | None = None
    outcome: str = ""
    outcome_why: str = ""
    ended_at: datetime | None = None
    ready: tuple[str, ...] = ()
    """Steps that are not over and whose needs are met: all that can move, so that a decision costs what is open."""
    left: int = 0
    """How many steps are not over."""
    takeovers: int = 0
    """From dead or frozen workers, in a row: without a step that came to its end, a calm while, or a person between."""
    taken_at: datetime | None = None
    undo_of: tuple[str, ...] = ()
    """Steps with an effect, oldest first; an abort with rollback walks it backwards."""
    incident: Incident = field(default_factory=Incident)
    """Who holds which role, and what others were told."""
    glasses: tuple[Glass, ...] = ()
    """Every time that somebody lifted a quorum alone."""
    reviewed_at: datetime | None = None
    """When somebody last wrote down what the review of this run found."""

    @property
    def id(self) -> str:
        return self.plan.run

    @classmethod
    def of(cls, records: Iterable[Record]) -> Run:
        """Rebuild a run. The first record must be its creation."""
        stream = iter(records)
        first = next(stream, None)
        if first is None or not isinstance(first.fact, RunCreated):
            raise BrokenInvariant("a journal begins with run_created")
        plan = first.fact.plan
        ready = tuple(step.id for step in plan.steps if not step.needs)
        states = dict.fromkeys((step.id for step in plan.steps), StepRun())
        run = cls(plan, states, first.seq, first.hash, first.epoch, first.at, ready=ready, left=len(states))
        for record in stream:
            run = run.after(record)
        return run

    def after(self, record: Record) -> Run:
        """The run as it is once `record` is known."""
        return self.foreseen(record.fact, record.at, record.epoch, record.actor, seq=record.seq, head=record.hash)

    def foreseen(self, fact: Fact, at: datetime, epoch: int, actor: Actor, *, seq: int, head: str = "") -> Run:
        """The run as it will be once `fact` is record number `seq`; its hash may not be known yet."""
        new: dict[str, Any] = {"seq": seq, "head": head, "epoch": max(self.epoch, epoch)}
        step_id = getattr(fact, "step", "")
        if step_id and step_id in self.steps:
            was = self.steps[step_id]
            now = step_after(was, fact, at, epoch, actor)
            if now is not was:
                new["steps"] = steps = {**self.steps, step_id: now}
                if was.phase.lets_others_pass != now.phase.lets_others_pass:
                    new |= {"takeovers": 0, **self._opened(step_id, steps)}
        return replace(self, **new, **_changed_by(self, fact, at))

    def _opened(self, step_id: str, steps: dict[str, StepRun]) -> dict[str, Any]:
        """What can move now that one step is over, or is open again."""
        if not steps[step_id].phase.lets_others_pass:
            return {"ready": (*self.ready, step_id), "left": self.left + 1}
        after = (self.plan.by_id[name] for name in self.plan.dependents.get(step_id, ()))
        opened = [each.id for each in after if all(steps[need].phase.lets_others_pass for need in each.needs)]
        return {"ready": (*(name for name in self.ready if name != step_id), *opened), "left": self.left - 1}

    @property
    def status(self) -> Status:
        if self.outcome:
            return Status(self.outcome)
        if self.is_set_aside:
            return Status.PAUSED
        if self.aborting is not None:
            return Status.ROLLING_BACK if self.aborting.rollback else Status.ABORTING
        if self.paused:
            return Status.PAUSED
        phases = [self.steps[step].phase for step in self.ready]  # what moves, or waits, is nowhere else
        in_flight = any(phase.is_in_flight for phase in phases)
        asks = any(phase in (Phase.GATE, Phase.MANUAL, Phase.ASKING) for phase in phases)
        return Status.WAITING if asks and not in_flight else Status.RUNNING

    def gate(self, step_id: str) -> GatePlan | None:
        """Who is asked before this step goes on: its own gate, or the one that a later change put there.

        With those who came in since nobody decided in time.
        """
        state = self.steps.get(step_id)
        gate = self.plan.step(step_id).gate or (state.gate if state is not None else None)
        return gate.at(state.level) if gate is not None and state is not None and state.level else gate

    @property
    def is_poison(self) -> bool:
        """Its last workers all died driving it; the next one would too."""
        return self.takeovers >= MOST_TAKEOVERS

    @property
    def is_set_aside(self) -> bool:
        """Nothing is done for it, not even looking, until a person resumes it."""
        return self.paused and self.is_poison

    @property
    def passed_no_return(self) -> bool:
        """Whether a point of no return may have been crossed."""
        return any(planned.point_of_no_return and self.steps[planned.id].attempt > 0 for planned in self.plan.steps)

    @property
    def measured_loss(self) -> tuple[timedelta, str] | None:
        """The newest measurement of the data that acting would lose, and what was seen; None before there is one."""
        named = (self.plan.clock.recovery_point if self.plan.clock else None) or ""
        state = self.steps.get(named.removeprefix("steps.").partition(".")[0])
        lag = state.results.get("lag_seconds") if state is not None else None
        if (
            state is None
            or state.phase is not Phase.SETTLED
            or isinstance(lag, bool)
            or not isinstance(lag, int | float)
        ):
            return None
        return timedelta(seconds=lag), state.seen


def _changed_by(run: Run, fact: Fact, at: datetime) -> dict[str, Any]:
    """Fields of the run itself, beside its steps, that a fact changes."""
    match fact:
        case RunTaken(owner=owner, takeover=takeover):
            return {"owner": owner, "taken_at": at, "takeovers": _takeovers(run, takeover, at)}
        case RunPaused(why=why):
            return {"paused": True, "pause_why": why}
        case RunResumed():
            return {"paused": False, "pause_why": "", "takeovers": 0}
        case AbortAsked():
            return {"aborting": fact, "paused": False, "takeovers": 0}
        case RunFinished(outcome=outcome, why=why):
            return {"outcome": outcome, "outcome_why": why, "ended_at": at}
        case StepStarted(step=step_id) if step_id not in run.undo_of and run.plan.step(step_id).changes:
            return {"undo_of": (*run.undo_of, step_id)}
        case GlassBroken():
            broken = Glass(
                fact.person, fact.name, fact.step, fact.reason, at, fact.until, fact.groups, channel=fact.channel
            )
            return {"glasses": (*run.glasses, broken)}
        case RunReviewed():
            return {"reviewed_at": at}
        case GlassReviewed():
            return {"glasses": tuple(glass.after(fact, at) for glass in run.glasses)}
        case _ if isinstance(fact, OfIncident):
            return {"incident": run.incident.after(fact, at)}
        case _:
            return {}


def _takeovers(run: Run, takeover: bool, at: datetime) -> int:
    if run.is_set_aside:  # somebody came to see whether a person has resumed it
        return run.takeovers
    if not takeover:
        return 0
    in_a_row = run.taken_at is not None and at - run.taken_at < CALM
    return run.takeovers + 1 if in_a_row else 1
