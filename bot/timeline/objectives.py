"""The two figures a recovery is judged by: how long customers were without the service, and how much data was lost.

Promises: a figure is either measured, with the facts and time sources behind it named, or absent; UNKNOWN is never zero,
and a rehearsal never counts. Refuses to know any clock but the records' own and the `as_of` it is given.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from bot.model.base import format_duration
from bot.model.errors import BrokenInvariant
from bot.model.events import (
    EvidenceSeen,
    GateGranted,
    GateOpened,
    Record,
    RunCreated,
    RunFinished,
    StepFailed,
    StepObserved,
    StepSettled,
    StepSkipped,
    StepStarted,
)
from bot.model.plan import Mode, Plan, PlannedStep
from bot.model.timeline import Phase, Rpo, Rto

_ZERO = timedelta(0)
_INSTANT = TypeAdapter(datetime)
_POINT = re.compile(r"^steps\.([a-z][a-z0-9_]*)\.outputs\.([A-Za-z_][A-Za-z0-9_]*)$")


def plan_of(records: Sequence[Record]) -> Plan:
    """The plan a journal begins with; raises BrokenInvariant when it does not begin with one."""
    if not records or not isinstance(records[0].fact, RunCreated):
        raise BrokenInvariant("a journal begins with run_created")
    return records[0].fact.plan


def rto(records: Sequence[Record], as_of: datetime) -> Rto:
    """Time from customer impact to the record in which the step named by `clock.stops` settled."""
    plan = plan_of(records)
    target = plan.service.rto
    impact, impact_evidence = _impact(plan, records)
    stop, stop_evidence = _stop(plan, records)
    over = any(isinstance(record.fact, RunFinished) for record in records)
    deadline = impact + target if impact else None
    if plan.mode is Mode.DRY_RUN:
        return Rto(
            achieved=None, target=target, met=None, started_at=impact, ended_at=None, deadline=deadline,
            evidence="dry run: writes were simulated, so nothing was recovered and no time counts.",
        )  # fmt: skip
    end = stop.at if stop else None
    achieved = end - impact if end and impact and end >= impact else None
    late = None if stop or over or deadline is None or as_of <= deadline else False
    phases: tuple[Phase, ...] = ()
    if impact and (achieved is not None or not over):
        phases = _phases(plan, records, impact, end or max(as_of, impact))
    return Rto(
        achieved=achieved,
        target=target,
        met=late if achieved is None else achieved <= target,
        started_at=impact,
        ended_at=end,
        deadline=deadline,
        phases=phases,
        evidence=_rto_evidence(impact, impact_evidence, end, stop_evidence, over),
    )


def rpo(records: Sequence[Record], as_of: datetime) -> Rpo:
    """Data lost, in time: between the newest surviving write and the last one the primary accepted.

    A switchover that AWS ran without data loss is zero. Else the lag that the step of `clock.recovery_point` measured
    counts; without one, the span from the recovery point to the start of the point of no return (or to customer impact,
    where a runbook has none) is the upper bound.
    """
    del as_of  # the figure does not depend on it; the signature matches rto's
    plan = plan_of(records)
    if plan.mode is Mode.DRY_RUN:
        return _no_rpo(plan, "dry run: no data was touched, so no loss counts.")
    begun = _no_return(plan, records)
    if begun is not None and not begun.loses_data and begun.settled is not None:
        text = (
            f"{begun.step.id} settled at {_clock(begun.settled.at)} with allow_data_loss: false ({begun.step.action}); "
            "such a switchover hands over only after the last write has arrived."
        )
        return Rpo(achieved=_ZERO, target=plan.service.rpo, met=True, recovery_point=None, evidence=text)
    measured = _measure(plan, records, begun)
    if isinstance(measured, str):
        return _no_rpo(plan, f"UNKNOWN: {measured}")
    return _judge(plan, records, measured, begun)


# The two ends of the RTO


def _impact(plan: Plan, records: Sequence[Record]) -> tuple[datetime | None, str]:
    if plan.impact_started_at is not None:
        return (
            plan.impact_started_at,
            plan.impact_evidence or f"stated by {plan.requester.name} when the run was planned",
        )
    seen = [record for record in records if isinstance(record.fact, EvidenceSeen)]
    if not seen:
        return None, ""
    first = min(seen, key=_happened_at).fact
    assert isinstance(first, EvidenceSeen)
    return first.happened_at, f"{first.what} ({first.source})"


def _happened_at(record: Record) -> datetime:
    return record.fact.happened_at if isinstance(record.fact, EvidenceSeen) else record.at


def _stop_step(plan: Plan) -> PlannedStep | None:
    if plan.clock is None:
        return None
    parts = plan.clock.stops.split(".")
    step_id = parts[1] if len(parts) > 1 and parts[0] == "steps" else parts[0]
    return plan.by_id.get(step_id)


def _stop(plan: Plan, records: Sequence[Record]) -> tuple[Record | None, str]:
    """The record that stops the clock, and the words for it (or for why there is none)."""
    if plan.clock is None:
        return _stop_by_finish(records)
    step = _stop_step(plan)
    if step is None:
        return None, f"clock.stops names {plan.clock.stops}, which is not a step of this plan"
    for record in records:
        match record.fact:
            case StepSettled(step=step.id) as fact:
                since = fact.results.get("since")
                also = f"; the check itself says since {since}, which is not used" if since else ""
                return record, f"record {record.seq}, {step.id} settled ({fact.seen or 'seen'}), bot clock{also}"
            case StepSkipped(step=step.id):
                return None, f"{step.id} was skipped, so nobody proved that the service is back"
            case StepFailed(step=step.id, retry_at=None):
                return None, f"{step.id} failed, so the service was never proven to be back"
    return None, f"{step.id} has not settled"


def _stop_by_finish(records: Sequence[Record]) -> tuple[Record | None, str]:
    for record in records:
        if isinstance(record.fact, RunFinished) and record.fact.outcome == "completed":
            words = f"record {record.seq}, the run's completion, bot clock, since the runbook names no clock.stops"
            return record, words
    return None, "the runbook names no clock.stops and the run is not complete"


def _rto_evidence(
    impact: datetime | None, impact_evidence: str, end: datetime | None, stop_evidence: str, over: bool
) -> str:
    if impact is None:
        return f"UNKNOWN: nobody said when customers first felt it, and no alarm told. End: {stop_evidence}."
    start = f"Start {_clock(impact)}: {impact_evidence}."
    if end is None:
        return f"{'UNKNOWN' if over else 'Not yet'}: {stop_evidence}. {start}"
    if end < impact:
        return f"UNKNOWN: the impact is said to have begun after the end. {start} End {_clock(end)}: {stop_evidence}."
    return f"{start} End {_clock(end)}: {stop_evidence}."


# The phases between them


def _phases(plan: Plan, records: Sequence[Record], impact: datetime, end: datetime) -> tuple[Phase, ...]:
    marks = [impact]
    for mark in (
        _detected(records, impact),
        _asked(plan, records),
        _granted(plan, records),
        _last_change(plan, records, end),
        end,
    ):
        marks.append(min(max(mark if mark is not None else end, marks[-1]), end))
    names: tuple[Literal["detect", "decide", "approve", "execute", "verify"], ...]
    names = ("detect", "decide", "approve", "execute", "verify")
    return tuple(Phase(name=name, span=to - since) for name, (since, to) in zip(names, pairwise(marks), strict=True))


def _detected(records: Sequence[Record], impact: datetime) -> datetime:
    """When an alarm told, if that was after the impact and before the run; else when the run was created."""
    created = records[0].at
    told = [record.fact.happened_at for record in records if isinstance(record.fact, EvidenceSeen)]
    return min([created, *(at for at in told if impact < at < created)])


def _asked(plan: Plan, records: Sequence[Record]) -> datetime | None:
    """When the first approval was asked for; in a plan that asks nobody, when the first change began."""
    return _first(records, GateOpened) or _first_change(plan, records)


def _granted(plan: Plan, records: Sequence[Record]) -> datetime | None:
    return _first(records, GateGranted) or (None if _first(records, GateOpened) else _first_change(plan, records))


def _first(records: Sequence[Record], kind: type[GateOpened] | type[GateGranted]) -> datetime | None:
    return next((record.at for record in records if isinstance(record.fact, kind)), None)


def _first_change(plan: Plan, records: Sequence[Record]) -> datetime | None:
    return next(
        (record.at for record in records if isinstance(record.fact, StepStarted) and _changes(plan, record.fact.step)),
        None,
    )


def _last_change(plan: Plan, records: Sequence[Record], end: datetime) -> datetime | None:
    """The newest change, by the bot or by hand, that was in place when the proof began; None while changes go on."""
    stop = _stop_step(plan)
    proving = end
    if stop is not None:
        began = [r.at for r in records if isinstance(r.fact, StepStarted | StepObserved) and r.fact.step == stop.id]
        settled = [r.at for r in records if isinstance(r.fact, StepSettled) and r.fact.step == stop.id]
        if not began and not settled:
            return None
        proving = min([*began, *settled])
    done = [
        record.at
        for record in records
        if isinstance(record.fact, StepSettled) and _changes(plan, record.fact.step) and record.at <= proving
    ]
    return max(done, default=proving)


def _changes(plan: Plan, step_id: str) -> bool:
    step = plan.by_id.get(step_id)
    return step is not None and (step.changes or step.kind == "manual")


# What was lost


@dataclass(frozen=True, slots=True)
class _NoReturn:
    """The point of no return, as it was begun."""

    step: PlannedStep
    at: datetime
    loses_data: bool
    settled: Record | None


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the step of `clock.recovery_point` said."""

    step: str
    field: str
    at: datetime
    point: datetime | None
    lag: timedelta | None


def _no_return(plan: Plan, records: Sequence[Record]) -> _NoReturn | None:
    for record in records:
        fact = record.fact
        if isinstance(fact, StepStarted) and fact.step in plan.by_id and plan.step(fact.step).point_of_no_return:
            step = plan.step(fact.step)
            allowed = fact.params.get("allow_data_loss", step.params.get("allow_data_loss"))
            settled = [r for r in records if isinstance(r.fact, StepSettled) and r.fact.step == step.id]
            return _NoReturn(step, record.at, allowed is not False, settled[-1] if settled else None)
    return None


def _measure(plan: Plan, records: Sequence[Record], begun: _NoReturn | None) -> _Measured | str:
    """The last measurement before the point of no return, or why there is none."""
    named = plan.clock.recovery_point if plan.clock else None
    if not named:
        return "the runbook names no clock.recovery_point."
    parts = _POINT.match(named)
    if parts is None:
        return f"clock.recovery_point is {named}, which is not steps.<id>.outputs.<field>."
    step_id, field = parts[1], parts[2]
    found = [
        record
        for record in records
        if isinstance(record.fact, StepSettled)
        and record.fact.step == step_id
        and (begun is None or record.at <= begun.at)
    ]
    if not found or not isinstance(found[-1].fact, StepSettled):
        return f"{step_id} measured nothing{_why_not(records, step_id)}."
    results = found[-1].fact.results
    point, lag = _instant(results.get(field)), _lag(results.get("lag_seconds"))
    if point is None and lag is None:
        return f"{step_id} settled without a usable {field} or lag_seconds."
    return _Measured(step_id, field, found[-1].at, point, lag)


def _why_not(records: Sequence[Record], step_id: str) -> str:
    for record in reversed(records):
        if isinstance(record.fact, StepFailed | StepSkipped) and record.fact.step == step_id:
            return f": {record.fact.why.rstrip('.')}" if record.fact.why else ""
    return ""


def _judge(plan: Plan, records: Sequence[Record], measured: _Measured, begun: _NoReturn | None) -> Rpo:
    point = measured.point
    if begun is None and any(step.point_of_no_return for step in plan.steps):
        over = any(isinstance(record.fact, RunFinished) for record in records)
        text = "Nothing was given up: the run ended before its point of no return." if over else (
            "Not yet: the point of no return has not begun."
        )  # fmt: skip
        return _no_rpo(plan, text, point)
    if begun is not None and begun.settled is None:
        return _no_rpo(plan, f"UNKNOWN: {begun.step.id} began at {_clock(begun.at)} and has not settled.", point)
    if measured.lag is not None:
        return _by_lag(plan, measured, measured.lag, begun)
    assert point is not None
    until = begun.at if begun else (plan.impact_started_at or plan.created_at)
    since = f"{begun.step.id} began" if begun else "customers first felt it"
    if until < point:
        return _no_rpo(plan, f"UNKNOWN: the recovery point lies after the moment {since}.", point)
    text = (
        f"At most, from {measured.step}.{measured.field} = {_clock(point)} until {since} at {_clock(until)} "
        f"(bot clock); no lag was measured."
    )
    return _known(plan, until - point, point, text)


def _by_lag(plan: Plan, measured: _Measured, lag: timedelta, begun: _NoReturn | None) -> Rpo:
    text = (
        f"{measured.step}.lag_seconds, measured at {_clock(measured.at)} (bot clock): the standby was "
        f"{format_duration(lag)} behind."
    )
    if measured.point is not None and begun is not None and begun.at > measured.point:
        bound = format_duration(begun.at - measured.point)
        text += (
            f" If the old primary went on accepting writes until {begun.step.id} began at {_clock(begun.at)}, "
            f"up to {bound} can be missing ({measured.step}.{measured.field} = {_clock(measured.point)})."
        )
    return _known(plan, lag, measured.point, text)


def _known(plan: Plan, lost: timedelta, point: datetime | None, evidence: str) -> Rpo:
    target = plan.service.rpo
    return Rpo(achieved=lost, target=target, met=lost <= target, recovery_point=point, evidence=evidence)


def _no_rpo(plan: Plan, evidence: str, point: datetime | None = None) -> Rpo:
    return Rpo(achieved=None, target=plan.service.rpo, met=None, recovery_point=point, evidence=evidence)


def _instant(value: JsonValue) -> datetime | None:
    """An aware moment; anything else is not evidence."""
    if not isinstance(value, str):
        return None
    try:
        at = _INSTANT.validate_python(value)
    except ValidationError:
        return None
    return at if at.tzinfo is not None else None


def _lag(value: JsonValue) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return timedelta(seconds=value)


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S %Z}".strip()
