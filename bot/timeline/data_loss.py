"""How much data was lost, in time.

Promises: a span only where something measured it, else None with the reason; never zero because nothing is known.
Refuses to know how long the recovery took.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from bot.language import _, again, later
from bot.model.events import StepFailed, StepSettled, StepSkipped, StepStarted
from bot.model.plan import Mode, Plan, PlannedStep
from bot.model.records import Record
from bot.model.spans import span_told
from bot.model.timeline import Rpo
from bot.timeline.facts import clock_text, instant, is_over, plan_of
from bot.timeline.fences import open_fences

_POINT = re.compile(r"^steps\.([a-z][a-z0-9_]*)\.outputs\.([A-Za-z_][A-Za-z0-9_]*)$")


def rpo(records: Sequence[Record], as_of: datetime) -> Rpo:
    """Data lost, in time: between the newest surviving write and the last one the primary accepted.

    A switchover that AWS ran without data loss is zero. Else the lag that the step of `clock.recovery_point` measured
    counts; without one, the span from the recovery point to the start of the point of no return (or to customer impact,
    where a runbook has none) is the upper bound.
    """
    del as_of  # the figure does not depend on it; the signature matches rto's
    plan = plan_of(records)
    if plan.mode is Mode.DRY_RUN:
        return _no_rpo(plan, _("dry run: no data was touched, so no loss counts."))
    begun = _no_return(plan, records)
    lacking = _("UNKNOWN") if is_over(records) else _("Not yet")
    if begun is None and any(step.point_of_no_return for step in plan.steps):
        return _no_rpo(plan, _("No data was given up: the point of no return has not begun."))
    if begun is not None and begun.settled is None:
        at = clock_text(begun.at)
        unsettled = _(
            "{lacking}: {step} began at {at} and has not settled.", lacking=lacking, step=begun.step.id, at=at
        )
        return _no_rpo(plan, unsettled)
    if begun is not None and begun.was_already:
        already = _("UNKNOWN: {step} was already done before this run, and nobody measured then.", step=begun.step.id)
        return _no_rpo(plan, already)
    if begun is not None and not begun.loses_data:
        return _switched_over(plan, begun)
    measured = _measure(plan, records, begun)
    if isinstance(measured, str):
        may_come = begun is None and plan.clock is not None and plan.clock.recovery_point
        return _no_rpo(plan, f"{lacking if may_come else _('UNKNOWN')}: {measured}")
    if measured.lag is not None:
        lost = _by_lag(plan, records, measured, measured.lag, begun)
    else:
        lost = _by_point(plan, measured, begun)
    return _reserved(lost, open_fences(plan, records))


@dataclass(frozen=True, slots=True)
class _NoReturn:
    """The point of no return, as it was begun."""

    step: PlannedStep
    at: datetime
    loses_data: bool
    seq: int
    settled: Record | None
    was_already: bool


@dataclass(frozen=True, slots=True)
class _Measured:
    """What the step of `clock.recovery_point` said, or the input that it names."""

    step: str
    field: str
    at: datetime
    point: datetime | None
    lag: timedelta | None


def _no_return(plan: Plan, records: Sequence[Record]) -> _NoReturn | None:
    """The first step of no return that was begun, or found done."""
    for record in records:
        fact = record.fact
        if not isinstance(fact, StepStarted | StepSettled) or fact.step not in plan.by_id:
            continue
        step = plan.step(fact.step)
        if step.point_of_no_return:
            params = fact.params if isinstance(fact, StepStarted) else {}
            loses = params.get("allow_data_loss", step.params.get("allow_data_loss")) is not False
            settled = next((r for r in records if isinstance(r.fact, StepSettled) and r.fact.step == step.id), None)
            already = settled is not None and isinstance(settled.fact, StepSettled) and settled.fact.how == "already"
            return _NoReturn(step, record.at, loses, record.seq, settled, already)
    return None


def _measure(plan: Plan, records: Sequence[Record], begun: _NoReturn | None) -> _Measured | str:
    """The last measurement before the point of no return, or why there is none."""
    named = plan.clock.recovery_point if plan.clock else None
    if not named:
        return _("the runbook names no clock.recovery_point.")
    if named.startswith("inputs."):
        return _chosen(plan, named.removeprefix("inputs."))
    parts = _POINT.match(named)
    if parts is None:
        return _("clock.recovery_point is {named}, which is not steps.<id>.outputs.<field>.", named=named)
    step_id, field = parts[1], parts[2]
    found = [
        record
        for record in records
        if isinstance(record.fact, StepSettled)
        and record.fact.step == step_id
        and (begun is None or record.seq < begun.seq)
    ]
    if not found or not isinstance(found[-1].fact, StepSettled):
        why = _why_not(records, step_id)
        if why:
            return _("{step} measured nothing: {why}.", step=step_id, why=why)
        return _("{step} measured nothing.", step=step_id)
    results = found[-1].fact.results
    point, lag = instant(results.get(field)), _lag(results.get("lag_seconds"))
    if point is None and lag is None:
        return _("{step} settled without a usable {field} or lag_seconds.", step=step_id, field=field)
    return _Measured(step_id, field, found[-1].at, point, lag)


def _chosen(plan: Plan, name: str) -> _Measured | str:
    """The moment to which people went back."""
    point = instant(plan.inputs.get(name))
    if point is None:
        return _("the input {name} holds no moment.", name=name)
    return _Measured("inputs", name, plan.created_at, point, None)


def _why_not(records: Sequence[Record], step_id: str) -> str:
    for record in reversed(records):
        if isinstance(record.fact, StepFailed | StepSkipped) and record.fact.step == step_id:
            return again(record.fact.why).rstrip(".")
    return ""


def _switched_over(plan: Plan, begun: _NoReturn) -> Rpo:
    text = _(
        "{step} began at {at} with allow_data_loss: false ({action}) and settled; "
        "such a switchover hands over only after the last write has arrived.",
        step=begun.step.id, at=clock_text(begun.at), action=begun.step.action,
    )  # fmt: skip
    return _known(plan, timedelta(0), None, text)


_TOO_LATE = {
    True: later("UNKNOWN: the recovery point lies after the moment {step} began."),
    False: later("UNKNOWN: the recovery point lies after the moment customers first felt it."),
}
_AT_MOST = {
    True: later("At most, from {field} = {point} until {step} began at {until} (bot clock); no lag was measured."),
    False: later(
        "At most, from {field} = {point} until customers first felt it at {until} (bot clock); no lag was measured."
    ),
}


def _by_point(plan: Plan, measured: _Measured, begun: _NoReturn | None) -> Rpo:
    point = measured.point
    until = begun.at if begun else (plan.impact_started_at or plan.created_at)
    step = begun.step.id if begun else ""
    if point is None or until < point:
        return _no_rpo(plan, _(_TOO_LATE[begun is not None], step=step), point)
    text = _(
        _AT_MOST[begun is not None],
        step=step, field=f"{measured.step}.{measured.field}", point=clock_text(point), until=clock_text(until),
    )  # fmt: skip
    return _known(plan, until - point, point, text)


_UNFENCED = later(
    "If the old primary went on accepting writes until {step} began at {at}, up to {bound} can be missing "
    "({field} = {point})."
)
_FENCED = later("Writes were stopped by {step} at {at}: up to {bound} can be missing ({field} = {point}).")


@dataclass(frozen=True)
class _Fence:
    step: str
    at: datetime


def _last_fence(plan: Plan, records: Sequence[Record], begun: _NoReturn) -> _Fence | None:
    """The one that held last before data was given up; None unless every fence of the plan held by then."""
    wanted = {step.id for step in plan.steps if step.fences}
    held = {
        record.fact.step: _Fence(record.fact.step, record.at)
        for record in records
        if isinstance(record.fact, StepSettled) and record.fact.step in wanted and record.seq < begun.seq
    }
    return max(held.values(), key=lambda fence: fence.at) if held and held.keys() == wanted else None


def _by_lag(plan: Plan, records: Sequence[Record], measured: _Measured, lag: timedelta, begun: _NoReturn | None) -> Rpo:
    text = _(
        "{step}.lag_seconds, measured at {at} (bot clock): the standby was {lag} behind.",
        step=measured.step, at=clock_text(measured.at), lag=span_told(lag),
    )  # fmt: skip
    if measured.point is not None and begun is not None and begun.at > measured.point:
        fence = _last_fence(plan, records, begun)
        words = _FENCED if fence else _UNFENCED
        step, at = (fence.step, fence.at) if fence else (begun.step.id, begun.at)
        more = _(
            words,
            step=step, at=clock_text(at), bound=span_told(max(at - measured.point, lag)),
            field=f"{measured.step}.{measured.field}", point=clock_text(measured.point),
        )  # fmt: skip
        text = f"{text} {more}"
    return _known(plan, lag, measured.point, text)


def _reserved(lost: Rpo, unfenced: Sequence[str]) -> Rpo:
    """A loss that was within the target is not called met while the old side may go on taking writes."""
    if not unfenced or not lost.met:
        return lost
    more = _("UNFENCED: {step} left the old side able to take writes, and those are not counted; so nobody can say "
             "that the target was met.", step=unfenced[0])  # fmt: skip
    return lost.model_copy(update={"met": None, "evidence": f"{lost.evidence} {more}"})


def _known(plan: Plan, lost: timedelta, point: datetime | None, evidence: str) -> Rpo:
    target = plan.service.rpo
    return Rpo(achieved=lost, target=target, met=lost <= target, recovery_point=point, evidence=evidence)


def _no_rpo(plan: Plan, evidence: str, point: datetime | None = None) -> Rpo:
    return Rpo(achieved=None, target=plan.service.rpo, met=None, recovery_point=point, evidence=evidence)


def _lag(value: JsonValue) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return timedelta(seconds=value)
