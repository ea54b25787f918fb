"""Time and measuring: whether people can act in it, AWS can finish in it, and somebody can tell how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.model.base import format_duration
from bot.model.runbook import Step
from bot.runbook.rules.book import Book, Found

PEOPLE_NEED = timedelta(minutes=2)
"""To see a request, read it and decide; woken people need longer."""


def gates_leave_time(book: Book) -> Iterator[Found]:
    for step_id, step in book.steps.items():
        for name, gate in (("approve", step.approve), ("confirm", step.confirm)):
            if gate is not None and timedelta(0) < gate.expires < PEOPLE_NEED:
                text = told(
                    "Nobody decides within {given}: people need to be found and to read. Leave {least} or more.",
                    given=format_duration(gate.expires),
                    least=format_duration(PEOPLE_NEED),
                )
                yield Found(("steps", step_id, name, "expires"), text, "gate-too-short", "warning")


def waits_end(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        if step.wait is not None and step.wait.until and step.wait.timeout is None and step.timeout is None:
            default = format_duration(book.runbook.defaults.timeout)
            text = told(
                "This wait does not say when it is in vain; {default} is the runbook's default. Add `timeout`.",
                default=default,
            )
            yield Found(("steps", step_id, "wait"), text, "wait-without-timeout", "warning", key=True)


def steps_have_time(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        given = step.timeout or book.runbook.defaults.timeout
        if spec is not None and timedelta(0) < given < spec.typical:
            path = ("steps", step_id, "timeout" if step.timeout else "uses")
            text = told(
                "{name} typically takes {typical} and is given {given}. Give it a longer `timeout`.",
                name=spec.name,
                typical=format_duration(spec.typical),
                given=format_duration(given),
            )
            yield Found(path, text, "too-little-time", "warning")


def opaque_calls_are_not_retried(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec and spec.idempotency is Idempotency.OPAQUE and step.retry and step.retry.max_attempts > 1:
            text = told("A second {name} would do it twice, and nobody could tell. Remove `retry`.", name=spec.name)
            yield Found(("steps", step_id, "retry"), text, "retry-opaque", "warning", key=True)


def timeouts_do_not_wave_through(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        if step.wait is None or step.wait.on_timeout != "continue":
            continue
        risky = next((below for below in book.steps if step_id in book.above[below] and _is_risky(book, below)), None)
        if risky is not None:
            text = told(
                "When time is up `{risky}` goes ahead without what is waited for. Use `on_timeout: ask`.", risky=risky
            )
            yield Found(("steps", step_id, "wait", "on_timeout"), text, "waved-through", "warning")


def the_clock_stops_at_a_proof(book: Book) -> Iterator[Found]:
    clock = book.runbook.clock
    step = book.whole_steps.get(clock.stops.removeprefix("steps.")) if clock else None
    if step is None:
        return
    if step.kind in ("approve", "manual"):
        text = told("The RTO would end with somebody's word. Let it stop at a check of what users get.")
        yield Found(("clock", "stops"), text, "clock-without-proof", "warning")
    elif step.on_failure == "continue":
        text = told(
            "`{step}` ends the RTO, and with `on_failure: continue` it would end failed. Let it pause.", step=step.id
        )
        yield Found(("steps", step.id, "on_failure"), text, "clock-without-proof", "warning")


def the_loss_is_measured(book: Book) -> Iterator[Found]:
    clock = book.runbook.clock
    if book.runbook.kind != "failover" or clock is None or clock.recovery_point is not None:
        return
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec is not None and spec.risk is Risk.DATA_LOSS:
            text = told(
                "{name} can lose data and nothing measures how much, so approvers read UNKNOWN. "
                "Measure the lag above, and name it under `clock: recovery_point`.",
                name=spec.name,
            )
            yield Found(("steps", step_id, "uses"), text, "loss-unmeasured", "warning")
            return


def failovers_have_a_clock(book: Book) -> Iterator[Found]:
    if book.runbook.kind == "failover" and book.runbook.clock is None and not book.damaged:
        text = told(
            "Without `clock` nobody can tell how long users were down. Add it: `stops` names the "
            "step that proves them served."
        )
        yield Found(("runbook",), text, "no-clock", "warning")


def messages_do_not_hold_up(book: Book) -> Iterator[Found]:
    for step_id, step in book.whole_steps.items():
        spec = book.spec(step)
        if spec is None or not _is_message(spec.name) or "continue" in (step.on_failure or ""):
            continue
        held = next((below for below, each in book.steps.items() if step_id in each.needs), None)
        if held is not None:
            text = told("A message that cannot be sent would hold up `{held}`. Add `on_failure: continue`.", held=held)
            yield Found(("steps", step_id, "uses"), text, "message-holds-up", "warning")


def _is_message(name: str) -> bool:
    return name in ("sns.publish", "events.put_event", "cloudwatch.put_metric")


def _is_risky(book: Book, step_id: str) -> bool:
    step: Step = book.steps[step_id]
    spec = book.spec(step)
    return spec is not None and spec.risk.rank >= Risk.DISRUPTIVE.rank
