"""Asking people to agree: the message in the channel, and the form behind its buttons.

Promises: the consequence stands before the button; what is not known is called UNKNOWN; a closed gate has no buttons.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Literal

from pydantic import JsonValue
from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.approval.policy import any_of, lent_words, next_words, since_words
from bot.approval.roles import role_words
from bot.approval.votes import tally
from bot.language import _, _n, later
from bot.model.action import HARMS, Risk
from bot.model.plan import GatePlan, Plan, PlannedStep
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.step_run import Phase, StepRun, Vote
from bot.slack.kit import (
    Message,
    button,
    buttons,
    clip,
    code,
    escape,
    header,
    message,
    modal,
    note,
    plain,
    text,
    utc,
    when,
    when_over,
)
from bot.slack.views.words import (
    asked_mentions,
    asked_text,
    data_loss,
    gate_ref,
    headline,
    names_of,
    recovery,
    title_of,
    told_mentions,
)
from bot.timeline.terms import sentence
from bot.usecases.look import RunView

Closing = Literal["open", "granted", "void", "denied", "expired", "replaced", "over"]
SUBMIT = "gate.submit"
_ENDINGS: dict[Closing, str] = {
    "granted": later("*APPROVED.* The run goes on."),
    "void": later("*VOID.* It was approved, and has no quorum any more; what rests on it is asked about anew."),
    "denied": later("*DENIED.* The step does not begin."),
    "expired": later("*EXPIRED.* Not enough people agreed in time; nothing approves itself."),
    "replaced": later("*EXPIRED.* A newer request has taken its place."),
    "over": later("*CLOSED.* The run is over or being aborted; nothing is left to approve."),
}
_OF_GATES = frozenset({"gate_opened", "gate_expired", "gate_granted", "vote_voided"})
_ASKING = {
    "approve": later("Approval needed: {step}"),
    "confirm": later("Confirmation needed: {step}"),
}
_ASKS = {
    "approve": later("{run}: “{step}” asks for approval."),
    "confirm": later("{run}: “{step}” asks for confirmation."),
}
_CLOSED = {
    "approve": later("Approval: {step}"),
    "confirm": later("Confirmation: {step}"),
}


def approval(view: RunView, step_id: str, round: int, catalog: Catalog) -> Message:
    """The channel message of one round of a gate."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    gate = run.gate(step_id)
    if gate is None:
        nothing = _("This step has no gate.")
        return message([note(nothing)], nothing)
    closing = how_closed(view, step_id, round)
    name = title_of(run, step)
    title = _((_ASKING if closing == "open" else _CLOSED)[gate.kind], step=name)
    body = [header(title), *_why(run, step, state), *_facts(run, gate)]
    votes = state.votes if round == state.round else ()
    if closing == "open":
        body += [*_asked(view, gate, state, catalog), *_tally(gate, votes, catalog)]
        return message(body, _text(view, step, catalog), tail=[gate_buttons(run, step, gate)])
    ending = _(_ENDINGS[closing])
    body += [*_tally(gate, votes, catalog), text(ending)]
    told = "; ".join(_vote_lines(gate, votes, catalog))
    return message(body, f"{escape(title)} – {ending.replace('*', '')} {told}".strip())


def how_closed(view: RunView, step_id: str, round: int) -> Closing:
    """Whether this round still takes votes, and if not, why."""
    run = view.run
    state = run.steps[step_id]
    gate = run.gate(step_id)
    if round < state.round:
        return "replaced"
    counted = tally(gate, state.votes) if gate else None
    if counted and counted.denied_by:
        return "denied"
    if counted and counted.granted:
        return "granted"
    if run.status.is_over or run.aborting is not None:
        return "over"
    told = _told(view, step_id)
    if told[-2:] == ["gate_granted", "vote_voided"]:
        return "void"
    asked = [kind for kind in told if kind != "vote_voided"]
    return "open" if state.phase is Phase.GATE and asked[-1:] != ["gate_expired"] else "expired"


def _told(view: RunView, step_id: str) -> list[str]:
    """What the journal says of a step's gate apart from votes, each kind once in a row."""
    kinds = [entry.kind for entry in view.timeline.entries if entry.step == step_id and entry.kind in _OF_GATES]
    return [kind for kind, _again in groupby(kinds)]


def _why(run: Run, step: PlannedStep, state: StepRun) -> Iterator[Block]:
    words = [f"*{escape(clip(state.gate_text, 1500))}*"] if state.gate_text else []
    if step.kind == "uses":
        action, risk = code(step.action or ""), _(HARMS[step.risk])
        words.append(_("Then {action} runs in {region}: {risk}.", action=action, region=escape(step.region), risk=risk))
    if step.look is not None and step.look.change:
        words.append(_("It would change: {change}", change=escape(clip(step.look.change, 300))))
    if step.point_of_no_return:
        words.append(_("⚑ *This is the point of no return.* From here the way is forward."))
    if step.no_way_back:
        words.append(_("Cannot be undone: {why}", why=escape(clip(step.no_way_back, 400))))
    yield text("\n".join(words) or f"*{escape(headline(run.plan))}*")


def _facts(run: Run, gate: GatePlan) -> Iterator[Block]:
    facts = [fact for shown in gate.show for fact in _fact(run, shown)]
    if facts:
        yield text("\n".join(f"• {clip(fact, 400)}" for fact in facts[:12]))


def _fact(run: Run, shown: str) -> Iterator[str]:
    plan = run.plan
    if shown == "plan":
        if run.measured_loss is None:  # else a shown step tells it, and two figures would only raise doubt
            yield _("Data lost if it happened now: {loss}", loss=data_loss(plan.data_loss, plan.service.rpo))
        yield _("Predicted time to be back: {time}", time=recovery(plan.forecast))
        yield _n(
            "{count} step, {risk}; the whole plan is in the thread of the run card.",
            "{count} steps, {risk}; the whole plan is in the thread of the run card.",
            len(plan.steps),
            risk=_gravest(plan),
        )
        return
    step_id = shown.removeprefix("steps.").split(".")[0]
    if step_id not in run.steps:
        return
    state = run.steps[step_id]
    name = escape(clip(title_of(run, plan.step(step_id)), 100))
    if state.phase is Phase.SETTLED and (state.seen or state.results):
        yield f"{name} {escape(clip(state.seen, 200)) or _values(state.results)}"
    else:
        unknown = later("{step} *UNKNOWN*: {why}") if state.why else later("{step} *UNKNOWN*")
        yield _(unknown, step=name, why=escape(clip(state.why, 200)))


def _gravest(plan: Plan) -> str:
    """The worst of what the bot does, and how much people do: what that harms, only they know."""
    risk = max((step.risk for step in plan.steps), key=lambda risk: risk.rank)
    by_hand = sum(step.kind == "manual" for step in plan.steps)
    if not by_hand:
        return _(HARMS[risk])
    if risk is Risk.READ:
        return _("{count} of them by hand", count=by_hand)
    return _("{risk}, {count} of them by hand", count=by_hand, risk=_(HARMS[risk]))


def _values(results: dict[str, JsonValue]) -> str:
    return ", ".join(f"{escape(key)} {escape(clip(str(value), 80))}" for key, value in list(results.items())[:6])


def _asked(view: RunView, gate: GatePlan, state: StepRun, catalog: Catalog) -> Iterator[Block]:
    run = view.run
    people = asked_mentions(gate, catalog, run, state) or _("*nobody on the roster can; see catalog.yaml*")
    words = [_("*Asked:* {asked} – {people}", asked=asked_text(gate), people=people)]
    words += map(escape, lent_words(gate, catalog, view.timeline.as_of))
    words += map(escape, since_words(gate))
    if heard := told_mentions(gate, catalog):
        words.append(_("*Told:* {people}", people=heard))
    if gate.kind == "approve":
        requester = escape(run.plan.requester.name)
        words.append(_("{who} asked for this run and cannot approve it.", who=requester))
    else:
        words.append(_("Each role is filled by a different person."))
    if state.gate_typed:
        words.append(_("To approve, type {phrase}", phrase=code(state.gate_typed)))
    if state.due is not None:
        until = when_over(state.due, gate.expires)
        words.append(_("Open until *{when}*; it never approves itself.", when=until))
        words += filter(None, [next_words(gate, until, escape)])
    yield text("\n".join(words))


def _tally(gate: GatePlan, votes: tuple[Vote, ...], catalog: Catalog) -> Iterator[Block]:
    if lines := _vote_lines(gate, votes, catalog):
        yield text("\n".join([f"*{lines[0]}*", *(f"• {line}" for line in lines[1:])]))


def _vote_lines(gate: GatePlan, votes: tuple[Vote, ...], catalog: Catalog) -> list[str]:
    """`1 of 2`, then who said what; empty before the first vote."""
    approvals = sum(vote.decision == "approve" for vote in votes)
    given = _("{given} of {count}", given=approvals, count=gate.count)
    return [given, *(_vote(vote, catalog) for vote in votes)] if votes else []


_VOTES = {
    ("approve", False): later("{who} approved at {when}"),
    ("approve", True): later("{who} approved as {role} at {when}"),
    ("deny", False): later("{who} DENIED at {when}"),
    ("deny", True): later("{who} DENIED as {role} at {when}"),
}


def _vote(vote: Vote, catalog: Catalog) -> str:
    said = f": {escape(clip(vote.comment, 300))}" if vote.comment else ""
    cast = _(
        _VOTES[vote.decision, bool(vote.role)],
        who=_voter(vote, catalog), role=escape(role_words(vote.role)), when=when(vote.at),
    )  # fmt: skip
    return f"{cast}{said}"


def _voter(vote: Vote, catalog: Catalog) -> str:
    """A name, and what it rests on when that is Slack's word."""
    name = names_of([vote.person], catalog) if vote.person in catalog.people else escape(vote.name)
    if vote.lent is None:
        return name
    groups = escape(any_of(vote.lent.groups))
    return _("{who} ({groups}, as Slack said at {at})", who=name, groups=groups, at=when(vote.lent.at))


def gate_buttons(run: Run, step: PlannedStep, gate: GatePlan) -> Block:
    """The button that cannot be taken back is the red one; elsewhere it is the one that stops the step."""
    about = gate_ref(run, step.id)
    label = _("Confirm…") if gate.kind == "confirm" else _("Approve…")
    is_final = step.point_of_no_return or bool(step.no_way_back)
    return buttons(
        button(label, does="gate.approve", about=about, style="danger" if is_final else "primary"),
        button(_("Deny…"), does="gate.deny", about=about, style=None if is_final else "danger"),
    )


def _text(view: RunView, step: PlannedStep, catalog: Catalog) -> str:
    run = view.run
    state = run.steps[step.id]
    gate = run.gate(step.id)
    people = asked_mentions(gate, catalog, run, state) if gate else ""
    asks = _(_ASKS[gate.kind if gate else "approve"], run=headline(run.plan), step=escape(title_of(run, step)))
    parts = [asks, escape(clip(state.gate_text, 600))]
    if gate:
        parts.append(_("Needs {asked}: {people}.", asked=asked_text(gate), people=people))
        parts += map(escape, lent_words(gate, catalog, view.timeline.as_of))
        parts += [sentence("; ".join(lines))] if (lines := _vote_lines(gate, state.votes, catalog)) else []
        parts += map(escape, since_words(gate))
    if state.due:
        parts.append(_("Open until {at}.", at=utc(state.due)))
        parts.append(next_words(gate, utc(state.due), escape) if gate else "")
    return " ".join(part for part in parts if part)


def approval_form(view: RunView, step_id: str, decision: Literal["approve", "deny"], about: str) -> View:
    """The form behind a button: the consequence once more, the phrase to type, a remark."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    approve = decision == "approve"
    blocks: list[Block] = [text(f"*{escape(title_of(run, step))}*"), *_why(run, step, state)]
    gate = run.gate(step_id)
    if gate is not None:
        blocks += _facts(run, gate)
    if approve and state.gate_typed:
        label = _("Type exactly: {phrase}", phrase=state.gate_typed)
        blocks.append(InputBlock(block_id="typed", label=plain(label, 2000), element=_line("value")))
    ask = _("A remark for the timeline") if approve else _("Why not? This goes on the timeline")
    remark = PlainTextInputElement(action_id="value", multiline=True, max_length=1000)
    blocks.append(InputBlock(block_id="comment", label=plain(ask, 2000), element=remark, optional=approve))
    submit = _("Confirm") if gate is not None and gate.kind == "confirm" else _("Approve")
    submit = submit if approve else _("Deny")
    return modal(f"{submit}?", blocks, does=SUBMIT, submit=submit, close=_("Cancel"), about=about)


def _line(action_id: str) -> PlainTextInputElement:
    return PlainTextInputElement(action_id=action_id, max_length=500)
