"""Records → Timeline: the story of one run, told from its journal alone.

Promises: pure, complete, and the same for the same records; one entry per fact worth telling, nothing grouped away; a
journal that was touched says where. Refuses to know how it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.approval.glass import glass_words, open_glasses
from bot.language import _, again
from bot.model.debt import Debt
from bot.model.events import PersonChose, StepObserved, StepStarted, UndoFailed
from bot.model.people import Person
from bot.model.plan import Mode, PlannedStep
from bot.model.records import Record
from bot.model.run import Run
from bot.model.step_run import Phase, StepRun
from bot.model.timeline import LeftOver, PersonPart, Span, Timeline
from bot.timeline.debts import debts_of, sentence_of
from bot.timeline.deeds import deed
from bot.timeline.fences import open_fences
from bot.timeline.objectives import rpo, rto
from bot.timeline.reading import Reading
from bot.timeline.terms import sentence
from bot.timeline.unfenced import fence_words
from bot.timeline.visible import visible
from bot.timeline.wording import Cast


def build_timeline(records: Sequence[Record], *, as_of: datetime) -> Timeline:
    """The timeline as it is known at `as_of`; raises BrokenInvariant when the journal does not begin with a run."""
    return timeline_of(Reading.of(records), as_of=as_of)


def timeline_of(reading: Reading, *, as_of: datetime) -> Timeline:
    """The same for a journal that is read on: its sentences are told already."""
    run, records, cast = reading.run, reading.records, reading.cast
    plan = run.plan
    left, debts = tuple(_left_over(run, records, cast)), debts_of(run)
    return Timeline(
        run=plan.run,
        service=plan.service.name,
        service_title=plan.service.title,
        strategy=plan.service.strategy,
        kind=plan.kind,
        mode=plan.mode,
        title=plan.title,
        runbook=plan.runbook,
        plan_hash=plan.hash,
        requester=plan.requester,
        reason=plan.reason,
        inputs=plan.inputs,
        primary_region=plan.service.primary_region,
        recovery_region=plan.service.recovery_region,
        status=run.status.value,
        started_at=run.created_at,
        ended_at=run.ended_at,
        as_of=as_of,
        entries=reading.entries,
        spans=_spans(run, records),
        rto=rto(records, as_of),
        rpo=rpo(records, as_of),
        people=_people(records, cast),
        left_over=(*left, *_to_pay_back(run, debts, left)),
        debts=debts,
        records=len(records),
        head=run.head,
        broken_at=reading.broken_at,
    )


# The steps on the time axis


def _spans(run: Run, records: Sequence[Record]) -> tuple[Span, ...]:
    began: dict[str, datetime] = {}
    for record in records:
        if isinstance(record.fact, StepStarted | StepObserved):
            began.setdefault(record.fact.step, record.at)
    return tuple(_span(run, step, began.get(step.id)) for step in run.plan.steps)


def _span(run: Run, step: PlannedStep, began: datetime | None) -> Span:
    known = run.steps[step.id]
    return Span(
        step=step.id,
        title=known.title or step.title,
        kind=step.kind,
        action=step.action or "",
        state=_STATES[known.phase],
        opened_at=_opened_at(run, step),
        started_at=began if began or step.kind == "uses" else known.began_at,
        ended_at=known.ended_at,
        attempts=known.attempt,
        seen=again(known.seen or known.why),
        how=known.how,
        point_of_no_return=step.point_of_no_return,
    )


_STATES = {
    Phase.WAITING: "waiting",
    Phase.GATE: "asking",
    Phase.CLEARED: "running",
    Phase.MANUAL: "asking",
    Phase.STARTED: "running",
    Phase.EXECUTED: "running",
    Phase.UNKNOWN: "unknown",
    Phase.RETRYING: "running",
    Phase.ASKING: "asking",
    Phase.SETTLED: "done",
    Phase.SKIPPED: "skipped",
    Phase.FAILED: "failed",
    Phase.UNDOING: "running",
    Phase.UNDONE: "undone",
}


def _opened_at(run: Run, step: PlannedStep) -> datetime | None:
    """When everything it needs was over; None while something is not."""
    ends = [run.steps[need].ended_at for need in step.needs]
    known = [end for end in ends if end is not None]
    return max([run.created_at, *known]) if len(known) == len(ends) else None


# Who did what


def _people(records: Sequence[Record], cast: Cast) -> tuple[PersonPart, ...]:
    deeds: dict[str, dict[str, None]] = {}
    for record in records:
        what = deed(record.fact, cast)
        if record.actor.person and what:
            deeds.setdefault(record.actor.person, {})[visible(what)] = None
    return tuple(PersonPart(person=_person(cast, who), did=tuple(did)) for who, did in deeds.items())


def _person(cast: Cast, person_id: str) -> Person:
    requester = cast.plan.requester
    return requester if requester.id == person_id else Person(id=person_id, name=cast.person(person_id))


# What is left to do


def _left_over(run: Run, records: Sequence[Record], cast: Cast) -> Iterator[LeftOver]:
    """Unfenced primaries first, then steps in the plan's order; a rehearsal leaves nothing behind."""
    if run.plan.mode is Mode.DRY_RUN:
        return
    for glass in open_glasses(run)[:1]:
        yield LeftOver(step=glass.step, text=visible(glass_words(run)))
    chosen = {r.fact.step for r in records if isinstance(r.fact, PersonChose) and r.fact.choice == "skip"}
    undo = {r.fact.step: r.fact.why for r in records if isinstance(r.fact, UndoFailed)}
    open_ = open_fences(run.plan, records)
    left = [
        (step, text)
        for step in run.plan.steps
        if (text := _left_of(run, step, cast, step.id in chosen, undo, step.id in open_)) is not None
    ]
    for step, text in sorted(left, key=lambda pair: pair[0].id not in open_):
        yield LeftOver(step=step.id, text=visible(text))


def _left_of(
    run: Run, step: PlannedStep, cast: Cast, was_chosen: bool, undo: dict[str, str], is_unfenced: bool
) -> str | None:
    known, name = run.steps[step.id], cast.step(step.id)
    if step.id in undo and known.phase is not Phase.UNDONE:
        return sentence(_("{step} could not be undone; put it back by hand: {why}", step=name, why=undo[step.id]))
    match known.phase:
        case Phase.FAILED | Phase.SKIPPED | Phase.SETTLED if is_unfenced:
            return fence_words(step, known, name)
        case Phase.FAILED | Phase.SKIPPED if step.changes and known.adrift:
            return _unknown(name, known)
        case Phase.FAILED:
            return sentence(_("{step} failed and the run went on: {why}", step=name, why=known.why))
        case Phase.SKIPPED if was_chosen or step.if_ is None:
            text = _(
                "{step} was skipped; do it by hand or decide that it is not needed: {why}", step=name, why=known.why
            )
            return sentence(text)
        case Phase.UNKNOWN:
            return _unknown(name, known)
        case _:
            return _cut_off(run, known, name)


def _unknown(name: str, known: StepRun) -> str:
    return sentence(_("{step} has an UNKNOWN outcome; look in AWS: {why}", step=name, why=known.why))


def _cut_off(run: Run, known: StepRun, name: str) -> str | None:
    """A change that was under way when the run ended."""
    if (known.phase.is_in_flight or known.phase is Phase.ASKING) and run.status.is_over:
        seen = known.seen or known.why or _("not seen")
        return sentence(_("{step} was under way when the run ended; look in AWS: {seen}", step=name, seen=seen))
    return None


def _to_pay_back(run: Run, debts: Sequence[Debt], left: Sequence[LeftOver]) -> Iterator[LeftOver]:
    """Once the run is over, each change that stands, unless something worse is said of its step already."""
    told = {each.step for each in left}
    for debt in debts if run.status.is_over else ():
        if debt.step not in told:
            yield LeftOver(step=debt.step, text=visible(sentence_of(debt)))
