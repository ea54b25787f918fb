"""Asking people to agree: the message in the channel, and the form behind its buttons.

Promises: the consequence stands before the button; what is not known is called UNKNOWN; a closed gate has no buttons.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import JsonValue
from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.approval.votes import tally
from bot.model.plan import GatePlan, Plan, PlannedStep
from bot.model.run import Phase, Run, StepRun, Vote
from bot.model.service import Catalog
from bot.slack.kit import (
    Message,
    button,
    buttons,
    clip,
    code,
    escape,
    header,
    mentions,
    message,
    modal,
    note,
    plain,
    text,
    utc,
    when,
)
from bot.slack.views.words import (
    RISKS,
    asked_people,
    asked_text,
    data_loss,
    gate_ref,
    headline,
    names_of,
    recovery,
    title_of,
)
from bot.usecases.look import RunView

Closing = Literal["open", "granted", "denied", "expired", "replaced", "over"]
SUBMIT = "gate.submit"
_ENDINGS: dict[Closing, str] = {
    "granted": "*APPROVED.* The run goes on.",
    "denied": "*DENIED.* The step does not begin.",
    "expired": "*EXPIRED.* Not enough people agreed in time; nothing approves itself.",
    "replaced": "*EXPIRED.* A newer request has taken its place.",
    "over": "*CLOSED.* The run is over or being aborted; nothing is left to approve.",
}


def approval(view: RunView, step_id: str, round: int, catalog: Catalog) -> Message:
    """The channel message of one round of a gate."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    gate = step.gate
    if gate is None:
        return message([note("This step has no gate.")], "This step has no gate.")
    closing = how_closed(view, step_id, round)
    name = title_of(run, step)
    what = "Confirmation" if gate.kind == "confirm" else "Approval"
    title = f"{what} needed: {name}" if closing == "open" else f"{what}: {name}"
    body = [header(title), *_why(run, step, state), *_facts(run, gate)]
    votes = state.votes if round == state.round else ()
    if closing == "open":
        body += [*_asked(run, gate, state, catalog), *_tally(gate, votes, catalog)]
        return message(body, _text(view, step, catalog), tail=[_buttons(run, step_id, gate)])
    body += [*_tally(gate, votes, catalog), text(_ENDINGS[closing])]
    return message(body, f"{escape(title)} – {_ENDINGS[closing].replace('*', '')}")


def how_closed(view: RunView, step_id: str, round: int) -> Closing:
    """Whether this round still takes votes, and if not, why."""
    run = view.run
    state = run.steps[step_id]
    gate = run.plan.step(step_id).gate
    if round < state.round:
        return "replaced"
    counted = tally(gate, state.votes) if gate else None
    if counted and counted.denied_by:
        return "denied"
    if counted and counted.granted:
        return "granted"
    if run.status.is_over or run.aborting is not None:
        return "over"
    return "open" if state.phase is Phase.GATE and not _has_expired(view, step_id) else "expired"


def _has_expired(view: RunView, step_id: str) -> bool:
    """Whether nobody agreed in time since people were last asked."""
    kinds = [entry.kind for entry in view.timeline.entries if entry.step == step_id]
    told = [kind for kind in kinds if kind in ("gate_opened", "gate_expired")]
    return bool(told) and told[-1] == "gate_expired"


def _why(run: Run, step: PlannedStep, state: StepRun) -> Iterator[Block]:
    words = [f"*{escape(clip(state.gate_text, 1500))}*"] if state.gate_text else []
    if step.kind == "uses":
        words.append(f"Then {code(step.action or '')} runs in {escape(step.region)}: {RISKS[step.risk]}.")
    if step.look is not None and step.look.change:
        words.append(f"It would change: {escape(clip(step.look.change, 300))}")
    if step.point_of_no_return:
        words.append("⚑ *This is the point of no return.* From here the way is forward.")
    if step.irreversible and step.changes:
        words.append(f"Cannot be undone: {escape(clip(step.irreversible, 400))}")
    yield text("\n".join(words) or f"*{escape(headline(run.plan))}*")


def _facts(run: Run, gate: GatePlan) -> Iterator[Block]:
    facts = [fact for shown in gate.show for fact in _fact(run, shown)]
    if facts:
        yield text("\n".join(f"• {clip(fact, 400)}" for fact in facts[:12]))


def _fact(run: Run, shown: str) -> Iterator[str]:
    plan = run.plan
    if shown == "plan":
        if run.measured_loss is None:  # else a shown step tells it, and two figures would only raise doubt
            yield f"Data lost if it happened now: {data_loss(plan.data_loss, plan.service.rpo)}"
        yield f"Predicted time to be back: {recovery(plan.forecast)}"
        yield f"{len(plan.steps)} steps, {_gravest(plan)}; the whole plan is in the thread of the run card."
        return
    step_id = shown.removeprefix("steps.").split(".")[0]
    if step_id not in run.steps:
        return
    state = run.steps[step_id]
    name = escape(clip(title_of(run, plan.step(step_id)), 100))
    if state.phase is Phase.SETTLED and (state.seen or state.results):
        yield f"{name} {escape(clip(state.seen, 200)) or _values(state.results)}"
    else:
        yield f"{name} *UNKNOWN*{': ' + escape(clip(state.why, 200)) if state.why else ''}"


def _gravest(plan: Plan) -> str:
    return RISKS[max((step.risk for step in plan.steps), key=lambda risk: risk.rank)]


def _values(results: dict[str, JsonValue]) -> str:
    return ", ".join(f"{escape(key)} {escape(clip(str(value), 80))}" for key, value in list(results.items())[:6])


def _asked(run: Run, gate: GatePlan, state: StepRun, catalog: Catalog) -> Iterator[Block]:
    people = mentions(asked_people(gate, catalog, run, state)) or "*nobody on the roster can; see catalog.yaml*"
    words = [f"*Asked:* {asked_text(gate)} – {people}"]
    if gate.kind == "approve":
        words.append(f"{escape(run.plan.requester.name)} asked for this run and cannot approve it.")
    else:
        words.append("Each role is filled by a different person.")
    if state.gate_typed:
        words.append(f"To approve, type {code(state.gate_typed)}")
    if state.due is not None:
        words.append(f"Open until *{when(state.due)}*; it never approves itself.")
    yield text("\n".join(words))


def _tally(gate: GatePlan, votes: tuple[Vote, ...], catalog: Catalog) -> Iterator[Block]:
    if not votes:
        return
    approvals = [vote for vote in votes if vote.decision == "approve"]
    yield text("\n".join([f"*{len(approvals)} of {gate.count}*", *(_vote(vote, catalog) for vote in votes)]))


def _vote(vote: Vote, catalog: Catalog) -> str:
    verb = "approved" if vote.decision == "approve" else "DENIED"
    role = f" as {escape(vote.role)}" if vote.role else ""
    said = f": {escape(clip(vote.comment, 300))}" if vote.comment else ""
    return f"• {names_of([vote.person], catalog)} {verb}{role} {when(vote.at)}{said}"


def _buttons(run: Run, step_id: str, gate: GatePlan) -> Block:
    about = gate_ref(run, step_id)
    label = "Confirm…" if gate.kind == "confirm" else "Approve…"
    return buttons(
        button(label, does="gate.approve", about=about, style="primary"),
        button("Deny…", does="gate.deny", about=about, style="danger"),
    )


def _text(view: RunView, step: PlannedStep, catalog: Catalog) -> str:
    run = view.run
    state = run.steps[step.id]
    gate = step.gate
    people = mentions(asked_people(gate, catalog, run, state)) if gate else ""
    until = f" Open until {utc(state.due)}." if state.due else ""
    need = f"Needs {asked_text(gate)}: {people}." if gate else ""
    why = escape(clip(state.gate_text, 600))
    return f"{headline(run.plan)}: “{escape(title_of(run, step))}” asks for approval. {why} {need}{until}"


def approval_form(view: RunView, step_id: str, decision: Literal["approve", "deny"], about: str) -> View:
    """The form behind a button: the consequence once more, the phrase to type, a remark."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    approve = decision == "approve"
    blocks: list[Block] = [text(f"*{escape(title_of(run, step))}*"), *_why(run, step, state)]
    if step.gate is not None:
        blocks += _facts(run, step.gate)
    if approve and state.gate_typed:
        label = f"Type exactly: {state.gate_typed}"
        blocks.append(InputBlock(block_id="typed", label=plain(label, 2000), element=_line("value")))
    ask = "A remark for the timeline" if approve else "Why not? This goes on the timeline"
    remark = PlainTextInputElement(action_id="value", multiline=True, max_length=1000)
    blocks.append(InputBlock(block_id="comment", label=plain(ask, 2000), element=remark, optional=approve))
    submit = ("Confirm" if step.gate and step.gate.kind == "confirm" else "Approve") if approve else "Deny"
    return modal(f"{submit}?", blocks, does=SUBMIT, submit=submit, close="Cancel", about=about)


def _line(action_id: str) -> PlainTextInputElement:
    return PlainTextInputElement(action_id=action_id, max_length=500)
