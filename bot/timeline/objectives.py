"""How long customers were without the service, and how much data they lost: the figures a recovery is judged by.

Promises: a figure is either measured, with the facts and time sources behind it named, or absent; UNKNOWN is never
zero, and a rehearsal never counts. The RTO is taken here, the RPO in `data_loss`. Refuses to know any clock but the
records' own and the `as_of` it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal

from pydantic import JsonValue

from bot.language import _, later
from bot.model.events import (
    EvidenceSeen,
    GateGranted,
    GateOpened,
    ManualOpened,
    RunFinished,
    StepFailed,
    StepObserved,
    StepSettled,
    StepSkipped,
    StepStarted,
    UndoStarted,
)
from bot.model.plan import Mode, Plan, PlannedStep
from bot.model.records import Record
from bot.model.timeline import Phase, Rto
from bot.timeline.data_loss import rpo
from bot.timeline.facts import clock_text, instant, is_over, plan_of

__all__ = ["rpo", "rto"]


def rto(records: Sequence[Record], as_of: datetime) -> Rto:
    """Time from customer impact to the record in which the step named by `clock.stops` settled."""
    plan = plan_of(records)
    target = plan.service.rto
    impact, impact_evidence = _impact(plan, records)
    stop, stop_evidence = _stop(plan, records)
    over = is_over(records)
    deadline = impact + target if impact else None
    if plan.mode is Mode.DRY_RUN:
        return Rto(
            achieved=None, target=target, met=None, started_at=impact, ended_at=None, deadline=deadline,
            evidence=_("dry run: writes were simulated, so nothing was recovered and no time counts."),
        )  # fmt: skip
    end = stop.at if stop else None
    achieved = end - impact if end and impact and end >= impact else None
    late = None if stop or over or deadline is None or as_of <= deadline else False
    phases: tuple[Phase, ...] = ()
    if impact and (achieved is not None or (end is None and not over)):
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


# The two ends of the RTO


def _impact(plan: Plan, records: Sequence[Record]) -> tuple[datetime | None, str]:
    if plan.impact_started_at is not None:
        return (
            plan.impact_started_at,
            plan.impact_evidence or _("stated by {who} when the run was planned", who=plan.requester.name),
        )
    if plan.clock is not None and plan.clock.starting_step is not None:
        return _broken(plan.clock.starting_step, records)
    seen = [record for record in records if isinstance(record.fact, EvidenceSeen) and record.fact.tells_impact]
    if not seen:
        return None, ""
    first = min(seen, key=_happened_at).fact
    assert isinstance(first, EvidenceSeen)
    return first.happened_at, f"{first.what} ({first.source})"


def _broken(step: str, records: Sequence[Record]) -> tuple[datetime | None, str]:
    """A drill breaks something by itself: its clock starts with that step's intent."""
    for record in records:
        if isinstance(record.fact, StepStarted) and record.fact.step == step:
            return record.at, _("record {seq}, {step} began, bot clock", seq=record.seq, step=step)
    return None, ""


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
        return None, _("clock.stops names {stops}, which is not a step of this plan", stops=plan.clock.stops)
    for record in records:
        match record.fact:
            case StepSettled(step=step.id) as fact:
                since = fact.results.get("since")
                text = later("record {seq}, {step} settled ({seen}), bot clock")
                if since:
                    text = later(
                        "record {seq}, {step} settled ({seen}), bot clock; "
                        "the check itself says since {since}, which is not used"
                    )
                if _was_taken_back(records, record.seq):
                    return None, _(
                        "changes were taken back after {step} had settled, so the service is not proven to be back",
                        step=step.id,
                    )
                return record, _(text, seq=record.seq, step=step.id, seen=fact.seen or _("seen"), since=_since(since))
            case StepSkipped(step=step.id):
                return None, _("{step} was skipped, so nobody proved that the service is back", step=step.id)
            case StepFailed(step=step.id, retry_at=None):
                return None, _("{step} failed, so the service was never proven to be back", step=step.id)
    return None, _("{step} has not settled", step=step.id)


def _was_taken_back(records: Sequence[Record], proof: int) -> bool:
    """Whether a rollback began behind the proof: what it saw stands no more."""
    return any(isinstance(record.fact, UndoStarted) and record.seq > proof for record in records)


def _since(said: JsonValue) -> str:
    """A check's own word for its moment, as evidence names moments where it is one."""
    at = instant(said)
    return str(said) if at is None else clock_text(at)


def _stop_by_finish(records: Sequence[Record]) -> tuple[Record | None, str]:
    for record in records:
        if isinstance(record.fact, RunFinished) and record.fact.outcome == "completed":
            words = _(
                "record {seq}, the run's completion, bot clock, since the runbook names no clock.stops", seq=record.seq
            )
            return record, words
    return None, _("the runbook names no clock.stops and the run is not complete")


def _rto_evidence(
    impact: datetime | None, impact_evidence: str, end: datetime | None, stop_evidence: str, over: bool
) -> str:
    if impact is None:
        return _(
            "UNKNOWN: nobody said when customers first felt it, and no alarm told. End: {evidence}.",
            evidence=stop_evidence,
        )
    start = _("Start {at}: {evidence}.", at=clock_text(impact), evidence=impact_evidence)
    if end is None:
        lacking = _("UNKNOWN") if over else _("Not yet")
        return f"{lacking}: {stop_evidence}. {start}"
    ended = _("End {at}: {evidence}.", at=clock_text(end), evidence=stop_evidence)
    if end < impact:
        wrong = _("UNKNOWN: the impact is said to have begun after the end.")
        return f"{wrong} {start} {ended}"
    return f"{start} {ended}"


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
        (
            record.at
            for record in records
            if isinstance(record.fact, StepStarted | ManualOpened) and _changes(plan, record.fact.step)
        ),
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
