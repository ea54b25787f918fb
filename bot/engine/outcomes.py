"""What came of a call or a look, as facts. The only place where verdicts and observations become facts.

Pure: `now` is an argument. A mutation is never sent twice on a guess: a call whose fate is not known becomes
`StepOutcomeUnknown`, never a failure, and is cleared up by looking. Refuses to call anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue, ValidationError

from bot.engine.asking import after_attempt, after_failure, backoff, with_check
from bot.language import told
from bot.model.action import Idempotency, NotStarted, Observation, Pending, Settled
from bot.model.errors import AlreadyThere, OutcomeUnknown, Retryable, StepBroke, StepError
from bot.model.events import (
    Fact,
    StepNeedsPerson,
    StepObserved,
    StepOutcomeUnknown,
    StepSettled,
    StepUndone,
    UndoFailed,
)
from bot.model.plan import Mode, PlannedStep
from bot.model.run import Run
from bot.model.spans import span_told

LOOK_WITHIN = timedelta(seconds=12)
"""The longest pause between two looks, whatever a runbook says: a step on its way shows progress every 15 s."""
LOOK_AGAIN = timedelta(seconds=5)
"""Between two looks at a doubt; an outcome that is not known is looked at this often until it is."""

# --- a call -----------------------------------------------------------------------------------------------------


def not_begun(run: Run, planned: PlannedStep, attempt: int, verdict: StepError | str, now: datetime) -> Sequence[Fact]:
    """The look before the call failed, so there was no call."""
    if not isinstance(verdict, Retryable):
        return [*after_failure(run, planned, attempt, str(verdict))]
    why = told(
        "nothing was sent, since {region} did not answer the look before it: {why}", region=planned.region, why=verdict
    )
    return [*after_attempt(run, planned, attempt, why, now + backoff(planned, attempt, verdict.after))]


def called(run: Run, planned: PlannedStep, attempt: int, verdict: StepError, now: datetime) -> Sequence[Fact]:
    """The call raised: nothing happened, perhaps something happened, or it never will."""
    match verdict:
        case Retryable():
            at = now + backoff(planned, attempt, verdict.after)
            return [*after_attempt(run, planned, attempt, str(verdict), at)]
        case AlreadyThere():
            return [StepOutcomeUnknown(step=planned.id, attempt=attempt, why=str(verdict), look_at=now, refused=True)]
        case OutcomeUnknown():
            look_at = now + min(planned.settle, LOOK_WITHIN)
            why = with_check(run, planned, str(verdict))
            return [StepOutcomeUnknown(step=planned.id, attempt=attempt, why=why, look_at=look_at)]
        case _:
            return [*after_failure(run, planned, attempt, str(verdict))]


# --- a look -----------------------------------------------------------------------------------------------------


def looked(
    run: Run, planned: PlannedStep, seen: Observation, now: datetime, *, wanted: int, in_doubt: bool
) -> Sequence[Fact]:
    """What a look saw; `wanted` is how many in a row have to see the end before it is believed."""
    match seen:
        case Settled():
            return [_settled(run, planned, seen, now, wanted, in_doubt)]
        case Pending():
            if run.plan.mode is Mode.DRY_RUN:
                return [simulated(planned, seen.seen, seen.results)]
            return [observed(planned, seen.seen, seen.look_again, now, seen.results)]
        case NotStarted():
            return _nothing_there(run, planned, seen, now, in_doubt)


def observed(
    planned: PlannedStep, seen: str, after: timedelta, now: datetime, results: dict[str, JsonValue] | None = None
) -> StepObserved:
    """Not there yet; the next look follows `after` this, or sooner."""
    wait = min(after, planned.every or after, LOOK_WITHIN)
    return StepObserved(step=planned.id, seen=seen, look_at=now + wait, results=results or {})


def simulated(planned: PlannedStep, seen: str, results: dict[str, JsonValue] | None = None) -> StepSettled:
    """A dry run looks once and says what it saw."""
    text = told("dry run: now {seen}", seen=seen)
    return StepSettled(step=planned.id, seen=text, how="simulated", results=results or {})


def could_not_look(
    run: Run, planned: PlannedStep, verdict: StepError | str, now: datetime, *, in_doubt: bool
) -> Sequence[Fact]:
    """The look itself failed; what it was to see stays as unknown as before.

    What it finds broken right after a retry may be the attempt before, since describes lag.
    """
    attempt = run.steps[planned.id].attempt
    if run.plan.mode is Mode.DRY_RUN:
        return [simulated(planned, str(verdict))]
    if isinstance(verdict, Retryable):
        why, after = str(told("cannot look: {why}", why=verdict)), verdict.after
    elif isinstance(verdict, StepBroke) and attempt > 1 and now < _believed_at(run, planned, now, in_doubt):
        why, after = str(verdict), LOOK_AGAIN
    else:
        return [*after_failure(run, planned, attempt, str(verdict))]
    if in_doubt:
        return [_still_in_doubt(run, planned, why, now + after)]
    return [observed(planned, why, after, now)]


def _settled(
    run: Run, planned: PlannedStep, seen: Settled, now: datetime, wanted: int, in_doubt: bool
) -> StepObserved | StepSettled:
    streak = run.steps[planned.id].streak + 1
    if streak < wanted and run.plan.mode is Mode.LIVE:
        look_at = now + min(LOOK_AGAIN, planned.every or timedelta(seconds=1))
        text = told("{seen} ({streak} of {wanted} in a row)", seen=seen.seen, streak=streak, wanted=wanted)
        return StepObserved(step=planned.id, seen=text, look_at=look_at, streak=streak, results=seen.results)
    how = "adopted" if in_doubt else "executed" if planned.changes else "observed"
    return StepSettled(step=planned.id, seen=seen.seen, results=seen.results, how=how)


def _nothing_there(run: Run, planned: PlannedStep, seen: NotStarted, now: datetime, in_doubt: bool) -> Sequence[Fact]:
    """Not begun: describes may lag; after the settle window the call did not arrive, or had no effect.

    A call that AWS refused is not on its way, so nothing is waited for but the author's backoff.
    """
    state = run.steps[planned.id]
    believed_at = _believed_at(run, planned, now, in_doubt)
    if now < believed_at and not state.refused:
        wait = min(LOOK_AGAIN, believed_at - now)
        if in_doubt:
            return [_still_in_doubt(run, planned, seen.seen, now + wait)]
        return [observed(planned, seen.seen, wait, now)]
    if not in_doubt:
        idle = told("AWS accepted the call, but nothing changed: {seen}", seen=seen.seen)
        return [*after_failure(run, planned, state.attempt, idle)]
    if planned.idempotency is Idempotency.OPAQUE:
        doubt = with_check(run, planned, told("Was it sent? {why}", why=seen.seen))
        return [StepNeedsPerson(step=planned.id, why=doubt, choices=("sent", "not_sent", "skip", "abort"))]
    if state.refused:
        at = now + backoff(planned, state.attempt, timedelta(0))
        return [*after_attempt(run, planned, state.attempt, state.why, at)]
    why = told("{why}. It did not arrive: {seen}", why=state.why, seen=seen.seen)
    return [*after_attempt(run, planned, state.attempt, why, now)]


def _believed_at(run: Run, planned: PlannedStep, now: datetime, in_doubt: bool) -> datetime:
    """From when on what a look does not see of this attempt is not there."""
    sent_at = run.steps[planned.id].intent_at or now
    return sent_at + planned.settle + (planned.call_budget if in_doubt else timedelta(0))


def _still_in_doubt(run: Run, planned: PlannedStep, why: str, look_at: datetime) -> StepOutcomeUnknown:
    state = run.steps[planned.id]
    return StepOutcomeUnknown(step=planned.id, attempt=state.attempt, why=why, look_at=look_at, refused=state.refused)


# --- a way back -------------------------------------------------------------------------------------------------


def undo_seen(run: Run, planned: PlannedStep, seen: Observation, now: datetime) -> Fact:
    """Back, on its way back, or given up on."""
    if isinstance(seen, Settled):
        return StepUndone(step=planned.id, seen=seen.seen)
    if now >= (run.steps[planned.id].undo_since or now) + planned.timeout:
        why = told("not back after {span}: {seen}", span=span_told(planned.timeout), seen=seen.seen)
        return UndoFailed(step=planned.id, why=why)
    again = seen.look_again if isinstance(seen, Pending) else timedelta(seconds=1)
    return observed(planned, seen.seen, again, now)


def undo_untold(run: Run, planned: PlannedStep, why: str) -> Fact:
    """An opaque way back whose fate nobody can see: neither believed nor sent again."""
    return UndoFailed(step=planned.id, why=with_check(run, planned, told("Was it sent? {why}", why=why)))


def undo_broke(run: Run, planned: PlannedStep, verdict: StepError, now: datetime, *, opaque: bool) -> Fact:
    """The call that takes the change back raised."""
    if opaque and isinstance(verdict, OutcomeUnknown | AlreadyThere):
        return undo_untold(run, planned, str(verdict))
    if isinstance(verdict, Retryable | OutcomeUnknown | AlreadyThere):
        return undo_seen(run, planned, Pending(seen=str(verdict), look_again=LOOK_AGAIN), now)
    return UndoFailed(step=planned.id, why=str(verdict))


def goes_back_again(run: Run, planned: PlannedStep, now: datetime) -> bool:
    """It is not on its way back. Describes may lag, and what had no effect for so long will have none."""
    state = run.steps[planned.id]
    sent_at = state.intent_at or now
    return sent_at + max(planned.settle, LOOK_AGAIN) <= now < (state.undo_since or sent_at) + planned.timeout


# --- words ------------------------------------------------------------------------------------------------------


def would(planned: PlannedStep) -> StepSettled:
    """What a dry run says instead of sending."""
    change = planned.look.change if planned.look is not None else ""
    text = told("dry run: {what}", what=change or planned.action)
    return StepSettled(step=planned.id, seen=text, how="simulated")


def plain(problem: Exception) -> str:
    """A mistake in what a step was given, in one line."""
    if isinstance(problem, ValidationError):
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problem.errors())
    return str(problem)
