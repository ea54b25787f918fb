"""When something of a run is due by itself, and what is too late. Pure: every moment is told by facts, or is `now`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.model.plan import PlannedStep
from bot.model.run import Run
from bot.model.step_run import Phase, StepRun

SAY_WITHIN = timedelta(seconds=15)
"""A step that is on its way is never silent for longer."""
LOOKED_LATELY = timedelta(minutes=1)
"""A step is given up on the word of a look that is no older; several times the longest pause between two looks."""


def next_due(run: Run, now: datetime) -> datetime | None:
    """When something will be due by itself; None when only a person can move the run on."""
    if run.is_set_aside:
        return None
    open_ids = run.ready if run.aborting is None else tuple(run.steps)  # an undo moves steps that were over
    dues = [
        moment
        for step_id in open_ids
        for moment in _dues(run, run.plan.by_id[step_id], run.steps[step_id])
        if moment > now
    ]
    return min(dues, default=None)


def is_due(state: StepRun, now: datetime, default: datetime | None = None) -> bool:
    """Whether its moment has come; a step that waits for none, and has no `default`, is due at once."""
    due = state.due or default
    return due is None or now >= due


def doubt_ends(planned: PlannedStep, state: StepRun) -> datetime | None:
    """Until then the dead worker's request may still be on its way, and `not begun` is not believed."""
    if state.intent_at is None:
        return None
    return state.intent_at + planned.call_budget + planned.settle


def timed_out(planned: PlannedStep, state: StepRun, now: datetime) -> bool:
    """Whether this attempt has had all the time that its runbook gives it."""
    if state.intent_at is None:
        return False
    return now >= state.intent_at + planned.timeout


def has_looked(state: StepRun, now: datetime) -> bool:
    """Whether somebody looked lately. After an outage of ours the wanted state may have come while nobody did."""
    return state.looked_at is not None and now - state.looked_at <= LOOKED_LATELY


def may_arrive(planned: PlannedStep, state: StepRun, now: datetime) -> bool:
    """Whether the request that nobody knows of may still be on its way."""
    ends = doubt_ends(planned, state)
    return ends is not None and now < ends


def _dues(run: Run, planned: PlannedStep, state: StepRun) -> Iterator[datetime]:
    if state.due is not None:
        yield state.due
    if state.phase in (Phase.STARTED, Phase.EXECUTED, Phase.UNKNOWN) and state.intent_at is not None:
        if planned.wait_for is None and state.said_at is not None:
            yield state.said_at + SAY_WITHIN
        yield state.intent_at + (planned.wait_for or planned.timeout)
    if planned.changes and state.phase in (Phase.STARTED, Phase.UNDOING) and state.epoch < run.epoch:
        doubt = doubt_ends(planned, state)
        if doubt is not None:
            yield doubt
