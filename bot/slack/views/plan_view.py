"""What would happen, step by step, before anyone agrees to it: in the modal, and the same in the run's thread.

Promises: what stops the plan comes first, then what it costs, then the steps; an unknown is said, never shown as ok.
"""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.approval.policy import asked_of
from bot.model.plan import Mode, Plan, PlannedStep
from bot.slack.kit import (
    Message,
    Ref,
    button,
    buttons,
    clip,
    code,
    divider,
    escape,
    header,
    message,
    modal,
    note,
    paragraphs,
    text,
    when,
)
from bot.slack.views.words import KINDS, RISKS, data_loss, headline, mode_text, recovery, span

START = "plan.start"
REHEARSE = "plan.rehearse"


def plan_modal(plan: Plan, about: str, notice: str = "") -> View:
    """Step two of the start form. A blocked plan offers no start, only a dry run."""
    live = plan.mode is Mode.LIVE
    can_start = not plan.blocking or not live
    blocks: list[Block] = [text(notice)] if notice else []
    blocks += [text(f"*{escape(headline(plan))}*\n{escape(plan.title)}"), *plan_blocks(plan)]
    blocks.append(_fingerprint(plan))
    if live:
        ref = Ref(plan.run, plan=plan.hash[:16])
        blocks.append(buttons(button("Start as dry run", does=REHEARSE, about=ref)))
    submit = ("Start" if live else "Start dry run") if can_start else None
    return modal("What would happen", blocks, does=START, submit=submit, close="Cancel", about=about)


def plan_message(plan: Plan) -> Message:
    """The plan as it was agreed to, for the run's thread."""
    body = [header(f"The plan: {headline(plan)}"), *plan_blocks(plan)]
    return message(body, plan_text(plan), tail=[_fingerprint(plan)])


def plan_text(plan: Plan) -> str:
    """The plan in a few plain sentences."""
    blocked = f" Blocked: {'; '.join(plan.blocking)}." if plan.blocking else ""
    loss = span(plan.data_loss.span)
    rto = span(plan.forecast.elapsed + plan.forecast.remaining)
    return escape(
        f"{headline(plan)}: {len(plan.steps)} steps.{blocked} Data loss now: {loss} (target {span(plan.service.rpo)})."
        f" Predicted RTO: {rto} (target {span(plan.service.rto)})."
    )


def plan_blocks(plan: Plan) -> list[Block]:
    """Everything an approver should know, most important first."""
    steps = [line for number, step in enumerate(plan.steps, start=1) for line in step_lines(number, step, plan)]
    return [
        *_blocked(plan),
        text("\n".join(_cost(plan))),
        *paragraphs(_warnings(plan)),
        divider(),
        *paragraphs(steps),
    ]


def _blocked(plan: Plan) -> Iterator[Block]:
    if not plan.blocking:
        return
    reasons = "\n".join(f"• {escape(clip(reason, 300))}" for reason in plan.blocking[:10])
    then = "It cannot be started." if plan.mode is Mode.LIVE else "A live run could not be started; the dry run can."
    yield text(f"*BLOCKED.* {then}\n{reasons}")


def _cost(plan: Plan) -> Iterator[str]:
    impact = plan.impact_started_at
    yield f"*Data lost if it happened now:* {data_loss(plan.data_loss, plan.service.rpo)}"
    yield f"*Predicted time to be back:* {recovery(plan.forecast)}"
    if impact is not None:
        yield f"*Customers feel it since* {when(impact)} ({escape(clip(plan.impact_evidence, 200)) or 'no evidence'})"
    yield f"*Mode:* {mode_text(plan.mode)}"
    if plan.reason:
        yield f"*Reason:* {escape(clip(plan.reason, 300))}"


def _warnings(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if step.point_of_no_return:
            yield f"⚑ *Point of no return:* “{escape(step.title)}”. From there the way is forward."
    for step in plan.steps:
        if step.irreversible and step.changes:
            yield f"• Cannot be undone: “{escape(step.title)}”. {escape(clip(step.irreversible, 250))}"
    dying = [f"“{escape(step.title)}” ({escape(step.control_plane)})" for step in plan.steps if step.needs_dying_region]
    if dying:
        yield f"• Needs a region that may be failing: {', '.join(dying)}"
    unknown = [f"“{escape(step.title)}”" for step in plan.steps if step.look is not None and not step.is_known]
    if unknown:
        yield f"• *UNKNOWN*, could not be looked at: {', '.join(unknown)}"
    for finding in plan.findings:
        if not finding.blocking:
            yield f"• {escape(clip(finding.text, 300))}"


def step_lines(number: int, step: PlannedStep, plan: Plan) -> Iterator[str]:
    """A step: what it is, what would change, what was seen."""
    where = f" · {escape(step.region)}" if step.region and step.kind == "uses" else ""
    nail = " ⚑" if step.point_of_no_return else ""
    yield f"*{number}. {escape(clip(step.title, 100))}*{nail} – {_kind(step)}{where}"
    if seen := _seen(step):
        yield f"      {seen}"
    if step.gate is not None:
        yield f"      waits for {escape(asked_of(step.gate))}{_implied(step)}"
    if step.if_:
        yield f"      only if {code(clip(step.if_, 120))}"


def _kind(step: PlannedStep) -> str:
    match step.kind:
        case "uses":
            return f"{RISKS[step.risk]} · {code(step.action or '')}"
        case "manual":
            return f"done by hand: {escape(step.manual.assignee) if step.manual else 'a person'}"
        case "approve":
            return "approval"
        case "wait":
            return f"waits, up to {span(step.timeout)}"


def _seen(step: PlannedStep) -> str:
    look = step.look
    if look is None:
        return ""
    found = "; ".join(escape(clip(finding.text, 160)) for finding in look.findings[:3])
    change = escape(clip(look.change, 160))
    match look.state:
        case "ready":
            return "; ".join(part for part in (f"would change: {change}" if change else "", found) if part)
        case "already_done":
            return f"already so, nothing to do{': ' + found if found else ''}"
        case "blocked":
            return f"*BLOCKED:* {found or change or 'see above'}"
        case "unknown":
            return f"*UNKNOWN:* {found or 'it could not be looked at'}"


def _implied(step: PlannedStep) -> str:
    return " (the runbook asks nobody, so the bot does)" if step.gate is not None and step.gate.implied else ""


def _fingerprint(plan: Plan) -> Block:
    book = plan.runbook
    commit = f", commit {code(book.commit[:10])}" if book.commit else ""
    return note(
        f"{KINDS[plan.kind]} by {escape(plan.requester.name)} · {escape(book.name)}@{escape(book.version)} "
        f"{code(book.digest[:12])}{commit} · plan {code(plan.hash[:12])}, valid until {when(plan.expires_at)}"
    )
