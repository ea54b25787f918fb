"""What acting now would cost: the data lost, and how long until users are served again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from bot.language import told
from bot.model.plan import DataLoss, Forecast, PlannedStep
from bot.model.runbook import Clock
from bot.model.service import Objectives
from bot.model.spans import span_told

PEOPLE_DECIDE = timedelta(minutes=2)
"""Expected wait for a gate; the field's experience, not a promise."""
PEOPLE_WORK = timedelta(minutes=3)
"""Expected time for a manual step."""

LOOKS_LAST = timedelta(minutes=1)
"""A look is taken a little after `now`, by another clock: what it measured may be so much ahead."""


def data_loss(
    steps: Sequence[PlannedStep],
    clock: Clock | None,
    target: timedelta,
    now: datetime,
    inputs: Mapping[str, JsonValue],
) -> DataLoss:
    """From the plan-time look of the step that names the recovery point, or from the moment that was chosen.

    Not looked at means UNKNOWN.
    """
    if clock is None or clock.recovery_point is None:
        return DataLoss(span=None, evidence=told("the runbook names no recovery point"))
    if clock.recovery_point.startswith("inputs."):
        return _chosen(inputs.get(clock.recovery_point.removeprefix("inputs.")), target, now)
    step_id, _, result = clock.recovery_point.removeprefix("steps.").partition(".outputs.")
    step = next((each for each in steps if each.id == step_id), None)
    results: Mapping[str, JsonValue] = step.look.results if step is not None and step.look is not None else {}
    moment = _moment(results.get(result))
    if step is None or moment is None:
        why = (
            step.look.findings[0].text
            if step is not None and step.look and step.look.findings
            else told("not measured")
        )
        return DataLoss(span=None, evidence=why)
    span = max(timedelta(0), now - moment)
    lag = results.get("lag_seconds")
    if isinstance(lag, int | float) and not isinstance(lag, bool) and lag >= 0:  # a negative one says: broken
        span = timedelta(seconds=float(lag))
    elif moment > now + LOOKS_LAST:
        at = f"{moment:%Y-%m-%d %H:%M:%S}"
        return DataLoss(span=None, evidence=told("the recovery point, {moment} UTC, lies ahead", moment=at))
    evidence = told(
        "{action} measured {span}, consistent up to {moment} UTC",
        action=step.action,
        span=span_told(span),
        moment=f"{moment:%H:%M:%S}",
    )
    return DataLoss(span=span, recovery_point=moment, evidence=evidence, within_target=span <= target)


def _chosen(value: JsonValue, target: timedelta, now: datetime) -> DataLoss:
    """People choose to which moment they go back; everything later is given up."""
    moment = _moment(value)
    if moment is None:
        return DataLoss(span=None, evidence=told("no moment to go back to was chosen"))
    span = max(timedelta(0), now - moment)
    evidence = told(
        "everything after the chosen moment, {moment} UTC, is given up", moment=f"{moment:%Y-%m-%d %H:%M:%S}"
    )
    return DataLoss(span=span, recovery_point=moment, evidence=evidence, within_target=span <= target)


def _moment(value: JsonValue) -> datetime | None:
    """An aware moment; anything else is no evidence."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def forecast(
    steps: Sequence[PlannedStep], clock: Clock | None, objectives: Objectives, impact: datetime | None, now: datetime
) -> Forecast:
    """The longest chain of expected durations up to the step where the clock stops."""
    ends: dict[str, timedelta] = {}
    before: dict[str, str] = {}
    for step in steps:  # planned in topological order
        slowest = max(step.needs, key=lambda need: ends.get(need, timedelta(0)), default="")
        ends[step.id] = ends.get(slowest, timedelta(0)) + _expected(step)
        before[step.id] = slowest
    stop = clock.stops.removeprefix("steps.") if clock is not None else ""
    last = stop if stop in ends else max(ends, key=lambda step_id: ends[step_id])
    elapsed = max(timedelta(0), now - impact) if impact is not None else timedelta(0)
    remaining = ends[last]
    return Forecast(
        elapsed=elapsed,
        remaining=remaining,
        target=objectives.rto,
        within_target=elapsed + remaining <= objectives.rto,
        critical_path=_chain(last, before),
    )


def _expected(step: PlannedStep) -> timedelta:
    """What a look says, else habit; nothing where all is as it is wanted already. People take their time anyway."""
    people = PEOPLE_DECIDE if step.gate is not None else timedelta(0)
    if step.kind == "manual":
        return people + PEOPLE_WORK
    if step.look is not None and step.look.state == "already_done":
        return people
    seen = step.look.expected if step.look is not None else None
    return people + (step.expected if seen is None else seen)


def _chain(last: str, before: Mapping[str, str]) -> tuple[str, ...]:
    chain = [last]
    while before.get(chain[-1]):
        chain.append(before[chain[-1]])
    return tuple(reversed(chain))
