"""What would happen, step by step, before anyone agrees to it: in the modal, and the same in the run's thread.

Promises: what stops the plan comes first, then what it costs, then the steps; an unknown is said, never shown as ok.
"""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.approval.policy import asked_of, path_words
from bot.approval.roles import role_words
from bot.language import _, _n, together
from bot.model.action import HARMS
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
from bot.slack.views.debts import pays_lines
from bot.slack.views.words import KINDS, data_loss, headline, mode_text, recovery, span

START = "plan.start"
REHEARSE = "plan.rehearse"
_TARGETS = 2
"""Of a step, named in its line."""


def plan_modal(plan: Plan, about: str, notice: str = "") -> View:
    """Step two of the start form. A blocked plan offers no start, only a dry run."""
    live = plan.mode is Mode.LIVE
    can_start = not plan.blocking or not live
    blocks: list[Block] = [text(notice)] if notice else []
    blocks += [text(f"*{escape(headline(plan))}*\n{escape(plan.title)}"), *plan_blocks(plan)]
    blocks.append(_fingerprint(plan))
    if live:
        ref = Ref(plan.run, plan=plan.hash[:16])
        blocks.append(buttons(button(_("Start as dry run"), does=REHEARSE, about=ref)))
    submit = (_("Start") if live else _("Start dry run")) if can_start else None
    return modal(_("What would happen"), blocks, does=START, submit=submit, close=_("Cancel"), about=about)


def plan_message(plan: Plan) -> Message:
    """The plan as it was agreed to, for the run's thread."""
    body = [header(_("The plan: {what}", what=headline(plan))), *plan_blocks(plan)]
    return message(body, plan_text(plan), tail=[_fingerprint(plan)])


def plan_text(plan: Plan) -> str:
    """The plan in a few plain sentences."""
    rto = plan.forecast.elapsed + plan.forecast.remaining
    said = [_n("{what}: {count} step.", "{what}: {count} steps.", len(plan.steps), what=headline(plan))]
    if plan.blocking:
        said.append(_("Blocked: {reasons}.", reasons=together(plan.blocking)))
    said.append(
        _("Data loss now: {loss} (target {target}).", loss=span(plan.data_loss.span), target=span(plan.service.rpo))
    )
    said.append(_("Predicted RTO: {rto} (target {target}).", rto=span(rto), target=span(plan.service.rto)))
    return escape(" ".join(said))  # fmt: skip


def plan_blocks(plan: Plan) -> list[Block]:
    """Everything an approver should know, most important first."""
    steps = [line for number, step in enumerate(plan.steps, start=1) for line in step_lines(number, step, plan)]
    return [
        *_blocked(plan),
        text("\n".join(_cost(plan))),
        *paragraphs(_warnings(plan)),
        *paragraphs(pays_lines(plan.pays)),
        divider(),
        *paragraphs(steps),
    ]


def _blocked(plan: Plan) -> Iterator[Block]:
    if not plan.blocking:
        return
    reasons = "\n".join(f"• {escape(clip(reason, 300))}" for reason in plan.blocking[:10])
    if plan.mode is Mode.LIVE:
        yield text(_("*BLOCKED.* It cannot be started.\n{reasons}", reasons=reasons))
    else:
        yield text(_("*BLOCKED.* A live run could not be started; the dry run can.\n{reasons}", reasons=reasons))


def _cost(plan: Plan) -> Iterator[str]:
    impact = plan.impact_started_at
    yield _("*Data lost if it happened now:* {loss}", loss=data_loss(plan.data_loss, plan.service.rpo))
    yield _("*Predicted time to be back:* {recovery}", recovery=recovery(plan.forecast))
    if impact is not None:
        evidence = escape(clip(plan.impact_evidence, 200)) or _("no evidence")
        yield _("*Customers have felt it since* {when} ({evidence})", when=when(impact), evidence=evidence)
    yield _("*Mode:* {mode}", mode=mode_text(plan.mode))
    if plan.reason:
        yield _("*Reason:* {reason}", reason=escape(clip(plan.reason, 300)))


def _warnings(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if step.point_of_no_return:
            nail = _("⚑ *Point of no return:* “{step}”. From there the way is forward.", step=escape(step.title))
            yield f"{nail} {escape(clip(step.no_way_back or '', 250))}".strip()
    for step in plan.steps:
        if step.no_way_back and not step.point_of_no_return:
            why = escape(clip(step.no_way_back, 250))
            yield _("• Cannot be undone: “{step}”. {why}", step=escape(step.title), why=why)
    dying = [f"“{escape(step.title)}” ({escape(step.control_plane)})" for step in plan.steps if step.needs_dying_region]
    if dying:
        yield _("• Needs a region that may be failing: {steps}", steps=", ".join(dying))
    unknown = [f"“{escape(step.title)}”" for step in plan.steps if step.look is not None and not step.is_known]
    if unknown:
        yield _("• *UNKNOWN*, could not be looked at: {steps}", steps=", ".join(unknown))
    for finding in plan.findings:
        if not finding.blocking:
            yield f"• {escape(clip(finding.text, 300))}"


def step_lines(number: int, step: PlannedStep, plan: Plan) -> Iterator[str]:
    """A step: what it is, what would change, what was seen; below that, what AWS is told."""
    nail = " ⚑" if step.point_of_no_return else ""
    yield f"*{number}. {escape(clip(step.title, 100))}*{nail} – {_kind(step)}"
    if seen := _seen(step):
        yield f"      {seen}"
    if step.gate is not None:
        who = escape(asked_of(step.gate))
        asked = _("waits for {who} (the runbook asks nobody, so the bot does)", who=who)
        yield f"      {asked if step.gate.implied else _('waits for {who}', who=who)}"
        if following := path_words(step.gate):
            yield f"      {_('when nobody decides in time, then {others}', others=escape(following))}"
    if step.if_:
        yield f"      {_('only if {condition}', condition=code(clip(step.if_, 120)))}"
    if step.kind == "uses":
        where = f" · {escape(step.region)}" if step.region else ""
        yield f"      {code(step.action or '')}{where}{_targets(step)}"


def _kind(step: PlannedStep) -> str:
    match step.kind:
        case "uses":
            return _(HARMS[step.risk])
        case "manual":
            who = escape(role_words(step.manual.assignee)) if step.manual else _("a person")
            return _("done by hand: {who}", who=who)
        case "approve":
            return _("approval")
        case "wait":
            return _("waits, up to {span}", span=span(step.timeout))


def _targets(step: PlannedStep) -> str:
    """What would be touched, as AWS calls it; the rest counted."""
    targets = step.look.targets if step.look is not None else ()
    shown = "".join(f" · {code(clip(target, 120))}" for target in targets[:_TARGETS])
    hidden = len(targets) - _TARGETS
    return f"{shown} {_n('and {count} more', 'and {count} more', hidden)}" if hidden > 0 else shown


def _seen(step: PlannedStep) -> str:
    look = step.look
    if look is None:
        return ""
    found = "; ".join(escape(clip(finding.text, 160)) for finding in look.findings[:3])
    change = escape(clip(look.change, 160))
    match look.state:
        case "ready":
            would = _("would change: {change}", change=change) if change else ""
            return "; ".join(part for part in (would, found) if part)
        case "already_done":
            return _("already so, nothing to do: {found}", found=found) if found else _("already so, nothing to do")
        case "blocked":
            return _("*BLOCKED:* {why}", why=found or change or _("see above"))
        case "unknown":
            return _("*UNKNOWN:* {why}", why=found or _("it could not be looked at"))


def _fingerprint(plan: Plan) -> Block:
    book = plan.runbook
    text_of_book = f"{escape(book.name)}@{escape(book.version)} {code(book.digest[:12])}"
    parts = [
        _("{kind} by {who}", kind=_(KINDS[plan.kind]), who=escape(plan.requester.name)),
        _("{book}, commit {commit}", book=text_of_book, commit=code(book.commit[:10])) if book.commit else text_of_book,
        _("plan {hash}, valid until {when}", hash=code(plan.hash[:12]), when=when(plan.expires_at)),
    ]
    return note(" · ".join(parts))
