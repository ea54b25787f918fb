"""A plan as an operator reads it in a terminal: the same facts that approvers see in Slack.

Promises: consequences stand before the question; what could not be looked at says UNKNOWN. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from bot.approval.policy import asked_of
from bot.cli.kit import facts, grid, heading, span, text
from bot.model.plan import Mode, Plan, PlannedStep

WRAPS = frozenset({"what", "change", "seen now", "asks"})


def plan_page(plan: Plan) -> Iterator[RenderableType]:
    """From the headline to the reasons why it cannot be started, if there are any."""
    mode = "DRY RUN: reads run, writes are simulated" if plan.mode is Mode.DRY_RUN else "live"
    yield heading(f"{plan.title} ({mode})")
    yield facts(_headline(plan))
    yield grid(("step", "what", "change", "seen now", "asks"), (_row(step) for step in plan.steps), wraps=WRAPS)
    yield from _warnings(plan)
    if plan.blocking:
        yield text("BLOCKED: this plan cannot be started.", "bold red")
        yield from (text(f"  {why}", "red") for why in plan.blocking)


def _headline(plan: Plan) -> Iterator[tuple[str, Text | str]]:
    service = plan.service
    yield "service", f"{service.name} ({service.strategy}), {service.primary_region} → {service.recovery_region}"
    yield "runbook", f"{plan.runbook.name}@{plan.runbook.version} ({plan.runbook.digest[:12]})"
    yield "plan", f"{plan.hash[:16]}, valid until {plan.expires_at.astimezone():%H:%M:%S}"
    if plan.impact_started_at is not None:
        yield "impact", f"since {plan.impact_started_at.astimezone():%H:%M:%S}, {plan.impact_evidence}"
    yield "data lost now", _data_loss(plan)
    yield "predicted RTO", _forecast(plan)


def _data_loss(plan: Plan) -> Text:
    loss = plan.data_loss
    fits = {True: "within", False: "OVER", None: "against"}[loss.within_target]
    style = "bold red" if loss.within_target is False else ""
    return text(f"{span(loss.span)}, {fits} the target of {span(plan.service.rpo)}. {loss.evidence}", style)


def _forecast(plan: Plan) -> Text:
    cast = plan.forecast
    total = cast.elapsed + cast.remaining
    fits = "within" if cast.within_target else "OVER"
    words = f"{span(total)} ({span(cast.elapsed)} gone, {span(cast.remaining)} to go), {fits} the target of "
    return text(words + span(cast.target), "" if cast.within_target else "bold red")


def _row(step: PlannedStep) -> tuple[Text | str, ...]:
    look = step.look
    seen = "; ".join(finding.text for finding in look.findings) if look else ""
    state = look.state.replace("_", " ") if look else ""
    change = look.change if look else ""
    style = {"unknown": "bold magenta", "blocked": "bold red", "already_done": "green"}.get(
        look.state if look else "", ""
    )
    words = "UNKNOWN" if state == "unknown" else state
    asks = asked_of(step.gate) if step.gate else (step.manual.assignee if step.manual else "")
    return (step.id, _what(step), change, text(f"{words}: {seen}" if seen and words else words or seen, style), asks)


def _what(step: PlannedStep) -> str:
    by = f" [{step.action}, {step.risk}]" if step.action and step.changes else ""
    return f"{step.title or step.id}{by}"


def _warnings(plan: Plan) -> Iterator[Text]:
    for step in plan.steps:
        if step.point_of_no_return:
            why = f" {step.irreversible}" if step.irreversible else ""
            yield text(f"Point of no return: {step.title or step.id}.{why}", "yellow")
        elif step.changes and step.irreversible:
            yield text(f"Cannot be undone: {step.title or step.id}. {step.irreversible}", "yellow")
    for finding in plan.findings:
        if not finding.blocking:
            yield text(finding.text, "yellow")
