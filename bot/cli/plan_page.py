"""A plan as an operator reads it in a terminal: the same facts that approvers see in Slack.

Promises: consequences stand before the question; what could not be looked at says UNKNOWN. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from bot.approval.policy import asked_of, path_words
from bot.approval.roles import role_words
from bot.cli.kit import Fitting, clock, facts, grid, heading, near, span, text
from bot.language import _, again, later, together
from bot.model.action import HARMS
from bot.model.plan import GatePlan, Mode, Plan, PlannedStep
from bot.model.service import way
from bot.timeline.debts import sentence_of
from bot.timeline.terms import LOOKS, strategy_words


def plan_page(plan: Plan) -> Iterator[RenderableType]:
    """From the headline to the reasons why it cannot be started, if there are any."""
    mode = _("DRY RUN: reads run, writes are simulated") if plan.mode is Mode.DRY_RUN else _("live")
    yield heading(f"{plan.title} ({mode})")
    yield facts(_headline(plan))
    yield from (text(_("At once: {deed}", deed=item), "bold") for item in plan.memory_items)
    yield _steps(plan)
    yield from _warnings(plan)
    yield from _pays(plan)
    if plan.blocking:
        yield text(_("BLOCKED: this plan cannot be started."), "bold red")
        yield from (text(f"  {why}", "red") for why in plan.blocking)


def _steps(plan: Plan) -> Fitting:
    """One row each; on a narrow terminal all of a step stands in one column, so that no name of a call is torn."""
    wraps = (_("what"), _("change"), _("seen now"), _("asks"))
    name, rows = _("step"), [(step.id, _what(step), *_row(step)) for step in plan.steps]
    narrow = [(step.id, _in_lines(step)) for step in plan.steps]
    return Fitting(grid((name, *wraps), rows, wraps=wraps), grid((name, wraps[0]), narrow, wraps=wraps))


def _headline(plan: Plan) -> Iterator[tuple[str, Text | str]]:
    service = plan.service
    there = " → ".join(way(plan.kind, service.primary_region, service.recovery_region))
    yield _("service"), f"{service.name} ({strategy_words(service.strategy)}), {there}"
    yield _("runbook"), f"{plan.runbook.name}@{plan.runbook.version} ({plan.runbook.digest[:12]})"
    yield _("plan"), _("{hash}, valid until {at}", hash=plan.hash[:16], at=clock(plan.expires_at))
    if plan.impact_started_at is not None:
        since = near(plan.impact_started_at, plan.expires_at)
        yield _("impact"), _("since {at}, {evidence}", at=since, evidence=plan.impact_evidence)
    yield _("data lost now"), _data_loss(plan)
    yield _("predicted RTO"), _forecast(plan)


_LOSSES = {
    True: later("{loss}, within the target of {target}: {evidence}"),
    False: later("{loss}, OVER the target of {target}: {evidence}"),
    None: later("{loss}, against the target of {target}: {evidence}"),
}


def _data_loss(plan: Plan) -> Text:
    loss = plan.data_loss
    style = "bold red" if loss.within_target is False else ""
    words = _(_LOSSES[loss.within_target], loss=span(loss.span), target=span(plan.service.rpo), evidence=loss.evidence)
    return text(words, style)


def _forecast(plan: Plan) -> Text:
    cast = plan.forecast
    words = (
        later("{total} ({gone} gone, {left} to go), within the target of {target}")
        if cast.within_target
        else later("{total} ({gone} gone, {left} to go), OVER the target of {target}")
    )
    spans = {
        "total": cast.elapsed + cast.remaining,
        "gone": cast.elapsed,
        "left": cast.remaining,
        "target": cast.target,
    }
    said = _(words, **{name: span(length) for name, length in spans.items()})
    return text(said, "" if cast.within_target else "bold red")


def _row(step: PlannedStep) -> tuple[str, Text, str]:
    look = step.look
    seen = together(finding.text for finding in look.findings) if look else ""
    state = _(LOOKS[look.state]) if look else ""
    change = look.change if look else ""
    style = {"unknown": "bold magenta", "blocked": "bold red", "already_done": "green"}.get(
        look.state if look else "", ""
    )
    asks = _asks(step.gate) if step.gate else (role_words(step.manual.assignee) if step.manual else "")
    return (
        change,
        text(f"{state}: {again(seen)}" if seen and state else state or seen, style),
        asks,
    )


def _asks(gate: GatePlan) -> str:
    """Who is asked, and who next when nobody decides."""
    following = path_words(gate)
    return _("{asked}; then {others}", asked=asked_of(gate), others=following) if following else asked_of(gate)


def _what(step: PlannedStep) -> str:
    """`Stop writes in the old primary [ecs.set_desired_count, disruptive]`."""
    call = _call(step)
    return f"{step.title or step.id} [{call}]" if call else step.title or step.id


def _in_lines(step: PlannedStep) -> Text:
    change, seen, asks = _row(step)
    found = Text(" · ").join(part for part in (text(change), seen) if part.plain)
    lines = [text(step.title), text(_call(step), "dim"), found]
    if asks:
        lines.append(text(_("asks: {who}", who=asks)))
    return Text("\n").join(line for line in lines if line.plain)


def _call(step: PlannedStep) -> str:
    return f"{step.action}, {_(HARMS[step.risk])}" if step.action and step.changes else ""


def _warnings(plan: Plan) -> Iterator[Text]:
    for step in plan.steps:
        if step.point_of_no_return:
            said = _("Point of no return: “{step}”.", step=step.title or step.id)
            yield text(f"{said} {again(step.no_way_back or '')}".strip(), "yellow")
        elif step.no_way_back:
            said = _("Cannot be undone: “{step}”. {why}", step=step.title or step.id, why=step.no_way_back)
            yield text(said, "yellow")
    for finding in plan.findings:
        if not finding.blocking:
            yield text(finding.text, "yellow")


def _pays(plan: Plan) -> Iterator[Text]:
    """What earlier runs left standing: paid by a step of this plan, or open even after it."""
    for each in plan.pays:
        if each.step:
            yield text(_("Pays {step} of {run}, with {by}.", step=each.debt.title, run=each.debt.run, by=each.step))
    for each in plan.pays:
        if not each.step:
            yield text(_("Stays open of {run}: {debt}", run=each.debt.run, debt=sentence_of(each.debt)), "yellow")
