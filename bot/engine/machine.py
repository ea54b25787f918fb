"""Decides what should happen next in a run. Knows no Redis, no AWS and no clock; `now` is an argument.

`moves` answers with facts that can be written at once (a gate opens, a step is skipped, the run is over) and
with work that the worker must carry out (begin, look, undo). The worker writes what came of it; the machine never
sees how. One `match` per phase: see `bot.model.step_run.Phase`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.approval.votes import Objection
from bot.engine import asking, gates
from bot.engine.dues import SAY_WITHIN, doubt_ends, has_looked, is_due, may_arrive, timed_out
from bot.engine.gates import no_objection
from bot.engine.leaning import lapse
from bot.engine.scope import rendered, rendered_bool
from bot.language import together, told
from bot.model.action import Idempotency
from bot.model.errors import UserError
from bot.model.events import (
    AbortAsked,
    Choice,
    Fact,
    ManualOpened,
    RunFinished,
    RunPaused,
    StepAwaited,
    StepFailed,
    StepNeedsPerson,
    StepOutcomeUnknown,
    StepSettled,
    StepSkipped,
    StepStarted,
    UndoFailed,
)
from bot.model.plan import Mode, PlannedStep
from bot.model.run import MOST_TAKEOVERS, Run
from bot.model.spans import span_told
from bot.model.step_run import Phase, StepRun


@dataclass(frozen=True, slots=True)
class Write:
    """A fact that is true now; append it and decide again."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Begin:
    """Remember, write the intent, call the action."""

    step: PlannedStep
    attempt: int


@dataclass(frozen=True, slots=True)
class Observe:
    """Look once whether the wanted state is there."""

    step: PlannedStep
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """Take one change back, or, `in_doubt`, look first whether it is back already."""

    step: PlannedStep
    in_doubt: bool = False


_POISON = told(
    "{count} workers in a row died while driving this run, so nothing is done for it any more. "
    "Find the cause in the bot's log, look at the targets of the open steps, then resume.",
    count=MOST_TAKEOVERS,
)
_AT_REST = frozenset({Phase.WAITING, Phase.SETTLED, Phase.SKIPPED, Phase.FAILED, Phase.UNDONE})

Move = Write | Begin | Observe | Undo


def moves(run: Run, now: datetime, objection: Objection = no_objection) -> Iterator[Move]:
    """Every move that is possible right now; none means wait, or over.

    An approval is weighed again whenever its gate is: when it is granted, and right before the step behind it begins;
    the approval of a whole plan before each disruptive step that rests on it.
    """
    if run.outcome or run.is_set_aside:
        return
    if run.is_poison:
        yield Write(RunPaused(why=_POISON))
        return
    if run.aborting is not None:
        yield from _aborting(run, run.aborting, now)
        return
    asked: set[str] = set()
    for step_id in run.ready:
        planned, state = run.plan.by_id[step_id], run.steps[step_id]
        void = gates.voided(run, planned, state, now, objection)
        decided = map(Write, void) if void else _step(run, planned, state, now)
        yield from _leaning(run, decided, now, objection, asked)
    if not run.left:
        yield Write(_finish(run))


def _leaning(run: Run, found: Iterable[Move], now: datetime, objection: Objection, asked: set[str]) -> Iterator[Move]:
    """The same moves; a step that leans on an approval which does not stand asks its people, once for all of them."""
    for move in found:
        lapsed = lapse(run, move.step, move.attempt, now, objection) if isinstance(move, Begin) else None
        if lapsed is None:
            yield move
        elif lapsed.gate not in asked:
            asked.add(lapsed.gate)
            yield from map(Write, lapsed.facts)


# --- one step ---------------------------------------------------------------------------------------------------


def _step(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> Iterator[Move]:
    match state.phase:
        case Phase.WAITING:
            if not run.paused:
                yield from _open(run, planned, now)
        case Phase.GATE:
            yield from map(Write, gates.after_votes(run, planned, state, now))
        case Phase.CLEARED:
            if not run.paused:
                yield from _start(run, planned, state, now)
        case Phase.STARTED | Phase.EXECUTED | Phase.UNKNOWN:
            yield from _in_flight(run, planned, state, now)
        case Phase.RETRYING:
            if not run.paused and is_due(state, now):
                yield from _again(run, planned, state)
        case Phase.ASKING:
            if state.chosen is not None:
                yield from _chosen(run, planned, state, now)
        case _:
            return


def _open(run: Run, planned: PlannedStep, now: datetime) -> Iterator[Move]:
    """Needs are met: leave it out, ask people, or start."""
    try:
        wanted = planned.if_ is None or rendered_bool(run, planned, planned.if_)
    except UserError as problem:
        if run.plan.mode is Mode.DRY_RUN:
            yield Write(
                StepSettled(
                    step=planned.id,
                    seen=told("dry run: decided at run time, {problem}", problem=problem),
                    how="simulated",
                )
            )
            return
        first: tuple[Choice, ...] = ("retry",) if planned.kind == "approve" else ()  # which asks the people
        yield Write(StepNeedsPerson(step=planned.id, why=str(problem), choices=(*first, *gates.way_out(planned))))
        return
    if not wanted:
        yield Write(
            StepSkipped(step=planned.id, why=told("its condition is false: {condition}", condition=planned.if_))
        )
    elif run.plan.mode is Mode.DRY_RUN and (planned.gate or planned.manual):
        said = gates.would_ask(planned)
        yield from [Write(said)] if said else _start(run, planned, run.steps[planned.id], now)
    elif planned.gate is not None:
        yield Write(gates.ask(run, planned, round_=1, now=now))
    else:
        yield from _start(run, planned, run.steps[planned.id], now)


def _start(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> Iterator[Move]:
    match planned.kind:
        case "approve":
            yield Write(StepSettled(step=planned.id, seen=gates.granted_by(state), how="granted"))
        case "manual" if planned.manual is not None:
            do = tuple(rendered(run, planned, line) for line in planned.manual.do)
            yield Write(ManualOpened(step=planned.id, assignee=planned.manual.assignee, do=do))
        case "uses" if planned.changes:
            yield Begin(planned, state.attempt + 1)
        case _:
            # Looking changes nothing, so its intent may travel in the same append as what came before it.
            title = rendered(run, planned, planned.title)
            yield Write(StepStarted(step=planned.id, attempt=state.attempt + 1, title=title))


def _in_flight(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> Iterator[Move]:
    """AWS may be acting for us, or we are looking: watch, give up on time, or clear up a doubt."""
    in_doubt = planned.changes and (
        state.phase is Phase.UNKNOWN or (state.phase is Phase.STARTED and state.epoch < run.epoch)
    )
    if planned.wait_for is None and state.said_at is not None and now >= state.said_at + SAY_WITHIN:
        yield Write(StepAwaited(step=planned.id, seen=_nothing_new(planned, state, now)))
    if planned.changes and state.phase is Phase.STARTED and not in_doubt:
        return  # this worker's own call is out; its outcome is on the way
    if planned.wait_for is not None and state.intent_at is not None:
        if run.plan.mode is Mode.DRY_RUN:
            seen = told("dry run: would wait {span}", span=span_told(planned.wait_for))
            yield Write(StepSettled(step=planned.id, seen=seen, how="simulated"))
            return
        if not state.seen:
            until = state.intent_at + planned.wait_for
            yield Write(StepAwaited(step=planned.id, seen=told("waiting until {until} UTC", until=f"{until:%H:%M:%S}")))
        if now >= state.intent_at + planned.wait_for:
            yield Write(
                StepSettled(
                    step=planned.id, seen=told("waited {span}", span=span_told(planned.wait_for)), how="observed"
                )
            )
        return
    if in_doubt and planned.idempotency is Idempotency.OPAQUE:
        doubt = told("Was it sent? {why}", why=state.why or told("the worker died after the intent was written"))
        why = asking.with_check(run, planned, doubt)
        yield Write(StepNeedsPerson(step=planned.id, why=why, choices=("sent", "not_sent", "skip", "abort")))
    elif in_doubt and state.phase is Phase.STARTED:
        yield Write(_fell_silent(run, planned, state, now))
    elif (
        timed_out(planned, state, now) and has_looked(state, now) and not (in_doubt and may_arrive(planned, state, now))
    ):
        yield from _too_late(run, planned, state, now)
    elif is_due(state, now):
        yield Observe(planned, in_doubt)


def _nothing_new(planned: PlannedStep, state: StepRun, now: datetime) -> str:
    """What is said when fifteen seconds brought no news."""
    if not (planned.changes and state.phase is Phase.STARTED):
        return told("the look has no answer yet")
    span = now - (state.intent_at or now)
    gone = span_told(timedelta(seconds=round(span.total_seconds())))
    return told("sent {span} ago, no answer from AWS yet", span=gone)


def _fell_silent(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> StepOutcomeUnknown:
    """A takeover finds an intent without outcome: said at once, looked at when the dead worker's call must be over."""
    why = asking.with_check(run, planned, told("the worker that was sending it fell silent"))
    look_at = min(doubt_ends(planned, state) or now, now + SAY_WITHIN)
    return StepOutcomeUnknown(step=planned.id, attempt=state.attempt, why=why, look_at=max(now, look_at))


def _too_late(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> Iterator[Move]:
    why = told(
        "not there after {span}: {seen}",
        span=span_told(planned.timeout),
        seen=state.seen or state.why or told("nothing seen yet"),
    )
    if planned.kind == "wait":
        match planned.on_timeout:
            case "continue":
                yield Write(StepFailed(step=planned.id, attempt=state.attempt, why=why))
            case "abort":
                yield Write(AbortAsked(why=together((planned.id, why), ": ")))
            case _:
                yield Write(StepNeedsPerson(step=planned.id, why=why, choices=("wait_on", "go_on", "abort")))
    else:
        for fact in asking.after_failure(run, planned, state.attempt, why, still_moving=True):
            yield Write(fact)


def _again(run: Run, planned: PlannedStep, state: StepRun) -> Iterator[Move]:
    if planned.changes:
        yield Begin(planned, state.attempt + 1)
    else:
        title = rendered(run, planned, planned.title)
        yield Write(StepStarted(step=planned.id, attempt=state.attempt + 1, title=title))


def _chosen(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> Iterator[Move]:
    """A person answered; `wait_on` is folded into the state and never arrives here."""
    match state.chosen:
        case "retry" | "not_sent" if gates.is_asking(run, planned, state):
            yield Write(gates.ask(run, planned, round_=state.round + 1, now=now))
        case "retry" | "not_sent" if run.paused:
            return  # chosen, and begun when the run is resumed
        case "retry" | "not_sent":
            yield from _again(run, planned, state)
        case "sent":
            yield Write(StepSettled(step=planned.id, seen=told("sent, as a person saw"), how="adopted"))
        case "go_on":
            yield Write(StepSettled(step=planned.id, seen=state.seen, results=state.results, how="answered"))
        case "skip":
            yield Write(StepSkipped(step=planned.id, why=_given_up(state, told("skipped by a person"))))
        case "rollback":
            yield Write(AbortAsked(why=together((planned.id, state.why), ": "), rollback=True))
        case "abort":
            yield Write(AbortAsked(why=together((planned.id, state.why), ": ")))
        case _:
            return


# --- the end ----------------------------------------------------------------------------------------------------


def _aborting(run: Run, asked: AbortAsked, now: datetime) -> Iterator[Move]:
    """Nothing begins any more; what is in flight is watched to its end; then changes are undone or the run is over."""
    busy = False
    for planned in run.plan.steps:
        state = run.steps[planned.id]
        if state.phase.is_in_flight and planned.changes:
            busy = True
            yield from _ending(run, planned, state, now)
        elif state.phase not in _AT_REST:
            yield Write(StepSkipped(step=planned.id, why=_given_up(state, told("the run was aborted"))))
    if busy:
        return
    left = next((step for step in reversed(run.undo_of) if _to_undo(run.steps[step])), None)
    if asked.rollback and left is not None:
        if is_due(run.steps[left], now):
            yield from _undo(run.plan.step(left))
    else:
        outcome: Literal["aborted", "rolled_back"] = "rolled_back" if asked.rollback else "aborted"
        yield Write(RunFinished(outcome=outcome, why=asked.why))


def _given_up(state: StepRun, why: str) -> str:
    """With what nobody knows of it, where AWS may have made the change all the same."""
    return together((why, state.why), ": ") if state.adrift else why


def _ending(run: Run, planned: PlannedStep, state: StepRun, now: datetime) -> Iterator[Move]:
    if state.phase is Phase.UNDOING:
        in_doubt = state.epoch < run.epoch
        if (state.due is not None or in_doubt) and is_due(state, now, default=doubt_ends(planned, state)):
            yield Undo(planned, in_doubt=True)
    elif timed_out(planned, state, now) and has_looked(state, now):
        why = told("still moving after {span} when the run was aborted", span=span_told(planned.timeout))
        yield Write(StepFailed(step=planned.id, attempt=state.attempt, why=why))
    else:
        yield from _in_flight(run, planned, state, now)


def _undo(planned: PlannedStep) -> Iterator[Move]:
    if planned.no_way_back is not None:
        yield Write(UndoFailed(step=planned.id, why=planned.no_way_back))
    else:
        yield Undo(planned)


def _to_undo(state: StepRun) -> bool:
    return state.phase is not Phase.UNDONE and state.how not in ("undo_failed", "simulated", "already")


def _finish(run: Run) -> RunFinished:
    failed = [f"“{step.title}”" for step in run.plan.steps if run.steps[step.id].phase is Phase.FAILED]
    why = told("it went on without {failed}", failed=failed) if failed else ""
    return RunFinished(outcome="completed", why=why)
