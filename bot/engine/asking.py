"""What follows from a failure: try again, go on without, ask a person, roll back, or end the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from bot.engine.scope import rendered
from bot.language import Told, together, told
from bot.model.events import AbortAsked, Choice, Fact, StepFailed, StepNeedsPerson
from bot.model.plan import PlannedStep
from bot.model.run import Run

MOST_BACKOFF = timedelta(minutes=2)
_DOUBLINGS = 20
"""After so many the longest backoff is reached from a millisecond; a span cannot be doubled for ever."""


def after_failure(
    run: Run, planned: PlannedStep, attempt: int, why: str, *, still_moving: bool = False
) -> Iterator[Fact]:
    """The facts that a failure without automatic retries leads to, as the step's `on_failure` says."""
    if run.aborting is not None:
        yield StepFailed(step=planned.id, attempt=attempt, why=why)
        return
    match rendered(run, planned, planned.on_failure):
        case "continue":
            yield StepFailed(step=planned.id, attempt=attempt, why=why)
        case "abort":
            yield StepFailed(step=planned.id, attempt=attempt, why=why)
            yield AbortAsked(why=together((planned.id, why), ": "))
        case "rollback" if not run.passed_no_return:
            yield StepFailed(step=planned.id, attempt=attempt, why=why)
            yield AbortAsked(why=together((planned.id, why), ": "), rollback=True)
        case _:
            asked = with_check(run, planned, why)
            yield StepNeedsPerson(step=planned.id, why=asked, choices=choices(run, still_moving=still_moving))


def after_attempt(run: Run, planned: PlannedStep, attempt: int, why: str, at: datetime) -> Iterator[Fact]:
    """The facts after an attempt that certainly changed nothing: again at `at`, or as after a failure."""
    if attempt < planned.retry.max_attempts:
        yield StepFailed(step=planned.id, attempt=attempt, why=why, retry_at=at)
    else:
        tried = told("gave up after {attempt} attempts: {why}", attempt=attempt, why=why) if attempt > 1 else why
        yield from after_failure(run, planned, attempt, tried)


def backoff(planned: PlannedStep, attempt: int, at_least: timedelta) -> timedelta:
    """How long to wait before the next attempt: the author's backoff doubled each time, within two minutes."""
    return max(at_least, min(planned.retry.backoff * (1 << min(attempt - 1, _DOUBLINGS)), MOST_BACKOFF))


def choices(run: Run, *, still_moving: bool) -> tuple[Choice, ...]:
    """What a person may answer; a rollback is offered only while there is a way back."""
    first: tuple[Choice, ...] = ("wait_on", "retry") if still_moving else ("retry",)
    back: tuple[Choice, ...] = () if run.passed_no_return else ("rollback",)
    return (*first, "skip", *back, "abort")


def with_check(run: Run, planned: PlannedStep, why: str) -> str:
    """The sentence, and how a person can look for themselves."""
    if not planned.by_hand or "Check by hand:" in why:
        return why
    command = _filled(planned.by_hand, lambda words: rendered(run, planned, words))
    if why.endswith("."):
        return told("{why} Check by hand: {command}", why=why, command=command)
    return told("{why}. Check by hand: {command}", why=why, command=command)


def _filled(text: str, fill: Callable[[str], str]) -> str:
    """The same text with every expression in it replaced; what can be said again still can."""
    return text.with_values(fill) if isinstance(text, Told) else fill(text)
