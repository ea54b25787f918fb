"""The brief of a handover: where a run is, in at most ten lines that somebody who was just woken can act on.

Promises: pure; the same lines at every door; names instead of mentions, absolute times in UTC.
Refuses to know who reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.approval.policy import asked_of, responders
from bot.approval.roles import role_words
from bot.language import _
from bot.model.plan import PlannedStep
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.step_run import Phase
from bot.model.timeline import Timeline
from bot.timeline.terms import kind_words, listed, sentence, span_text, status_words

MOST = 10
_ACTIVE = (Phase.STARTED, Phase.EXECUTED, Phase.UNKNOWN, Phase.RETRYING, Phase.UNDOING, Phase.CLEARED)
_ASKS = (Phase.GATE, Phase.MANUAL, Phase.ASKING)


def brief(run: Run, timeline: Timeline, catalog: Catalog) -> tuple[str, ...]:
    """Where we are, what is open, the deadlines, who waits, the next decision."""
    return tuple(_lines(run, timeline, catalog))[:MOST]


def _lines(run: Run, timeline: Timeline, catalog: Catalog) -> Iterator[str]:
    yield standing(run)
    yield deadline(timeline)
    yield _loss(run, timeline)
    yield here(run)
    yield _last_done(run)
    yield _("Waits for: {what}.", what="; ".join(open_asks(run, catalog)) or _("nobody"))
    yield _("Next decision: {what}.", what=_next_decision(run))
    yield _no_return(run)
    yield _("Roles: {roles}.", roles=", ".join(roles_held(run, catalog)))
    yield _told(run)


def standing(run: Run) -> str:
    """`Failover of orders-api – Running; 5 of 14 steps are done.`"""
    done = sum(step.phase.lets_others_pass for step in run.steps.values())
    return _(
        "{what} of {service} – {status}; {done} of {all} steps are done.",
        what=kind_words(run.plan.kind).capitalize(), service=run.plan.service.name,
        status=status_words(run.status.value), done=done, all=len(run.steps),
    )  # fmt: skip


def deadline(timeline: Timeline) -> str:
    """When the service must be back."""
    rto = timeline.rto
    if rto.deadline is None:
        return _("The clock has not started; the target is {target}.", target=span_text(rto.target))
    at = _clock(rto.deadline)
    if timeline.as_of > rto.deadline:
        return _("The RTO was over at {at}; it is {late} late.", at=at, late=span_text(timeline.as_of - rto.deadline))
    left = span_text(rto.deadline - timeline.as_of)
    return _("Back by {at}, or the RTO is missed; {left} are left.", at=at, left=left)


def here(run: Run) -> str:
    """What is under way."""
    active = [_name(run, step) for step in run.plan.steps if run.steps[step.id].phase in _ACTIVE]
    more = len(active) - 3
    if more > 0:
        return _("Under way: {steps} and {count} more.", steps=", ".join(active[:3]), count=more)
    return _("Under way: {steps}.", steps=listed(active) or _("nothing"))


def open_asks(run: Run, catalog: Catalog) -> list[str]:
    """Whom the run waits for and why, one phrase each, in plain names."""
    return [_ask(run, step, catalog) for step in run.plan.steps if run.steps[step.id].phase in _ASKS]


def roles_held(run: Run, catalog: Catalog) -> list[str]:
    """`incident commander Alice Kim`, for every role of the catalogue."""
    return [
        _("{role} {who}", role=role_words(role), who=_holder(run, role))
        for role in dict.fromkeys([*catalog.roles, *run.incident.roles])
    ]


def _holder(run: Run, role: str) -> str:
    held = run.incident.roles.get(role)
    if held is None:
        return _("nobody")
    if held.offered_to:
        return _("{who} (offered to {other})", who=held.name, other=held.offered_name)
    return held.name


def _loss(run: Run, timeline: Timeline) -> str:
    measured = run.measured_loss
    loss = measured[0] if measured is not None else run.plan.data_loss.span
    return _("Data at risk: {loss}; the target is {target}.", loss=span_text(loss),
             target=span_text(timeline.rpo.target))  # fmt: skip


def _last_done(run: Run) -> str:
    ended = [(at, step) for step in run.plan.steps if (at := run.steps[step.id].ended_at) is not None]
    if not ended:
        return _("Last done: nothing yet.")
    at, step = max(ended, key=lambda pair: pair[0])
    return _("Last done: {step} at {at}.", step=_name(run, step), at=_clock(at))


def _ask(run: Run, step: PlannedStep, catalog: Catalog) -> str:
    state, name = run.steps[step.id], _name(run, step)
    if state.phase is Phase.GATE and (gate := run.gate(step.id)) is not None:
        if state.due is None:
            return _("{step} needs {asked}", step=name, asked=asked_of(gate))
        return _("{step} needs {asked} by {at}", step=name, asked=asked_of(gate), at=_clock(state.due))
    if state.phase is Phase.MANUAL and step.manual is not None:
        return _("{step} is with {who}", step=name, who=role_words(step.manual.assignee))
    groups = listed(responders(run.plan.service, catalog))
    return _("{step} needs a decision of {groups}", step=name, groups=groups)


def _next_decision(run: Run) -> str:
    for step in run.plan.steps:
        phase = run.steps[step.id].phase
        if phase in _ASKS:
            return _name(run, step)
        if phase is Phase.WAITING and (step.gate is not None or step.kind == "manual"):
            return _("{step}, not open yet", step=_name(run, step))
    return _("none is left")


def _no_return(run: Run) -> str:
    if run.passed_no_return:
        return _("The point of no return is passed: the way is forward.")
    last = next((step for step in run.plan.steps if step.point_of_no_return), None)
    if last is None:
        return _("There is no point of no return; everything can be taken back.")
    return _("Everything can be taken back until {step}.", step=_name(run, last))


def _told(run: Run) -> str:
    told = run.incident.told
    if told is None:
        return _("Others were told nothing yet.")
    if told.fact.next_at is None:
        return _("Others were told at {at}.", at=_clock(told.at))
    return _("Others were told at {at}; the next word is due at {next}.", at=_clock(told.at),
             next=_clock(told.fact.next_at))  # fmt: skip


def _name(run: Run, step: PlannedStep) -> str:
    return _("“{title}”", title=sentence(run.steps[step.id].title or step.title or step.id)[:90].rstrip("."))


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M} UTC"
