"""What was tried for a service so far: every run that is over, with the figures it was judged by.

Promises: pure; a run counts for what its journal shows. A rehearsal (dry run) shows that the way is clear; only a drill
or a real run shows that it leads anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from bot.model.plan import Mode, PlannedStep
from bot.model.records import Record
from bot.model.run import Run, Status
from bot.model.service import RunKind
from bot.model.step_run import StepRun
from bot.model.timeline import Rpo, Rto
from bot.timeline.objectives import rpo, rto

_MEASURE: tuple[RunKind, ...] = ("failover", "drill")
"""Kinds of runs whose figures say how a recovery goes."""


@dataclass(frozen=True)
class Tried:
    """One run that is over."""

    run: Run
    records: Sequence[Record]

    @property
    def at(self) -> datetime:
        return self.run.ended_at or self.run.created_at

    @property
    def is_live(self) -> bool:
        return self.run.plan.mode is Mode.LIVE

    @property
    def is_completed(self) -> bool:
        return self.run.status is Status.COMPLETED

    @property
    def has_acted(self) -> bool:
        """Whether it changed anything; a run that people called off before that says nothing of the recovery."""
        return any(step.changes and self.run.steps[step.id].attempt > 0 for step in self.run.plan.steps)

    @cached_property
    def rto(self) -> Rto:
        return rto(self.records, self.at)

    @cached_property
    def rpo(self) -> Rpo:
        return rpo(self.records, self.at)

    @property
    def is_unfenced(self) -> bool:
        """Whether a loss was measured that nobody can judge, since the old side may have gone on taking writes."""
        return self.rpo.achieved is not None and self.rpo.met is None


@dataclass(frozen=True)
class Seen:
    """One step of a run, and how it ended."""

    tried: Tried
    step: PlannedStep
    state: StepRun

    @property
    def title(self) -> str:
        """As people know it."""
        return self.state.title or self.step.title or self.step.id

    @property
    def at(self) -> datetime:
        return self.state.ended_at or self.tried.at


@dataclass(frozen=True)
class History:
    """A service's runs that are over, newest first."""

    service: str
    tries: tuple[Tried, ...] = ()

    def newest(
        self, *, live: bool | None = None, completed: bool | None = None, kinds: Iterable[RunKind] = ()
    ) -> Tried | None:
        """The newest that is so; what is left out does not matter."""
        wanted = frozenset(kinds)
        return next(
            (
                each
                for each in self.tries
                if (live is None or each.is_live is live)
                and (completed is None or each.is_completed is completed)
                and (not wanted or each.run.plan.kind in wanted)
            ),
            None,
        )

    def measured(self) -> tuple[Tried | None, Tried | None]:
        """The newest recoveries that told an RTO and an RPO: a drill of the tasks alone tells no loss of data."""
        tried = [each for each in self.tries if each.is_live and each.is_completed and each.run.plan.kind in _MEASURE]
        fast = next((each for each in tried if each.rto.achieved is not None), None)
        return fast, next((each for each in tried if each.rpo.achieved is not None), None)

    def lags(self) -> Mapping[tuple[str, str], Sequence[timedelta]]:
        """How far each copy was behind, newest look first, by the check and its region; a rehearsal looks, too.

        A restore looks at the backup that somebody chose, and its age says nothing of how often a copy is made.
        """
        found: dict[tuple[str, str], list[timedelta]] = {}
        for seen in self.steps():
            if seen.tried.run.plan.kind == "restore":
                continue
            lag = seen.state.results.get("lag_seconds")
            if seen.step.action and isinstance(lag, int | float) and not isinstance(lag, bool):
                found.setdefault((seen.step.action, seen.step.region), []).append(timedelta(seconds=lag))
        return found

    def steps(self) -> Iterator[Seen]:
        """Every step of every run, the newest run first, within it the last step first."""
        for each in self.tries:
            for step in reversed(each.run.plan.steps):
                yield Seen(each, step, each.run.steps[step.id])


def history_of(service: str, journals: Iterable[Sequence[Record]]) -> History:
    """Of the journals at hand those of the service, without the runs that are still open."""
    tries = [Tried(Run.of(records), records) for records in journals if records]
    own = [each for each in tries if each.run.plan.service.name == service and each.run.ended_at is not None]
    return History(service, tuple(sorted(own, key=lambda each: each.at, reverse=True)))
