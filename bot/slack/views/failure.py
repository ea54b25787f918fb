"""A step that needs a person: what happened, what the state is, and what each choice would do.

Promises: only choices that would be accepted have a button, and each says its consequence first.
"""

from __future__ import annotations

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.approval.policy import responders
from bot.language import _, _n, later
from bot.model.events import Choice
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.step_run import Phase
from bot.slack.kit import (
    Element,
    Message,
    Ref,
    Style,
    button,
    buttons,
    clip,
    code,
    escape,
    header,
    mentions,
    message,
    modal,
    plain,
    text,
    when,
)
from bot.slack.views.words import headline, span, title_of
from bot.timeline.terms import CHOICES
from bot.usecases.look import RunView
from bot.usecases.steer_run import after_abort

SUBMIT = "ask.submit"
LABELS: dict[Choice, str] = {
    "retry": later("Try again"),
    "skip": later("Skip…"),
    "rollback": later("Roll back"),
    "abort": later("Abort"),
    "wait_on": later("Wait on"),
    "go_on": later("Go on with what is there"),
    "sent": later("It arrived"),
    "not_sent": later("It did not arrive"),
}
_STYLES: dict[Choice, Style] = {"rollback": "danger", "abort": "danger"}


def failure(view: RunView, step_id: str, seq: int, catalog: Catalog) -> Message:
    """The channel message that asks what to do; `seq` is the record that asked."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    name = title_of(run, step)
    entry = next((entry for entry in view.timeline.entries if entry.seq == seq), None)
    why = state.why if is_open(view, step_id, seq) else (entry.text if entry else "")
    body: list[Block] = [
        header(_("A decision is needed: {step}", step=name)),
        text(_("*What happened:* {why}", why=escape(clip(why, 1200)))),
    ]
    if not is_open(view, step_id, seq):
        closing = _closing(view, step_id, seq)
        return message([*body, text(closing)], f"{escape(name)} – {closing.replace('*', '')}")
    body.append(text(_("*State:* {state}", state=_state(run, step_id))))
    choices = choice_lines(run, step_id)
    body.append(text("\n".join(choices)))
    people = mentions(catalog.members(responders(run.plan.service, catalog))) or _("nobody on the roster")
    body.append(text(_("*Asked:* {people}", people=people)))
    words = _(
        "{run}: “{step}” needs a decision of {people}. {why}",
        run=headline(run.plan),
        step=escape(name),
        people=people,
        why=escape(clip(why, 800)),
    )
    words = "\n".join([words, *choices])  # fmt: skip
    return message(body, words, tail=[choice_buttons(view, step_id)])


def choice_lines(run: Run, step_id: str) -> list[str]:
    """Each way on and what it would do."""
    return [f"• *{_(LABELS[choice])}:* {consequence(run, step_id, choice)}" for choice in run.steps[step_id].choices]


def choice_buttons(view: RunView, step_id: str) -> Block:
    """One button for each way on, about the question that was asked last."""
    run = view.run
    about = Ref(run.id, step_id, newest_ask(view, step_id), run.plan.hash[:16])
    return buttons(*(_button(run, step_id, choice, about) for choice in run.steps[step_id].choices))


def is_open(view: RunView, step_id: str, seq: int) -> bool:
    """Whether this very question still waits for its answer."""
    run = view.run
    state = run.steps[step_id]
    asking = state.phase is Phase.ASKING and state.chosen is None and not run.status.is_over
    return asking and run.aborting is None and seq == newest_ask(view, step_id)


def newest_ask(view: RunView, step_id: str) -> int:
    """The record that last asked about this step; 0 when none did."""
    return max((e.seq for e in view.timeline.entries if e.step == step_id and e.kind == "step_needs_person"), default=0)


def consequence(run: Run, step_id: str, choice: Choice) -> str:
    """What a choice would do, in one sentence."""
    match choice:
        case "retry":
            return _("The step is sent once more; what is already done is kept.")
        case "skip":
            return _("The run goes on without it; it stays on the list of what is left to do.")
        case "rollback" | "abort":
            after = escape(after_abort(run))
            if choice == "rollback":
                return _("Completed changes are undone and the run ends. {after}", after=after)
            return _("The run ends. {after}", after=after)
        case "wait_on":
            return _wait_on(run, step_id)
        case "go_on":
            return _go_on(run, step_id)
        case "sent":
            return _("You looked and the change is there; the bot goes on and watches it.")
        case "not_sent":
            return _("You looked and the change is not there; the bot sends it again.")


def _wait_on(run: Run, step_id: str) -> str:
    step = run.plan.step(step_id)
    return _("It is watched for another {span}; nothing is sent.", span=span(step.timeout))


def _go_on(run: Run, step_id: str) -> str:
    """Less than the runbook asks for: how much less is said."""
    seen = escape(clip(run.steps[step_id].seen, 200))
    if not seen:
        return _("The run continues although nothing was seen; it may be less than the runbook asks for.")
    return _("The run continues with less than the runbook asks for: {seen}", seen=seen)


def skip_form(view: RunView, step_id: str, about: str) -> View:
    """Why a step is skipped."""
    run = view.run
    reason = PlainTextInputElement(action_id="value", multiline=True, max_length=1000)
    name = escape(title_of(run, run.plan.step(step_id)))
    blocks: list[Block] = [
        text(f"*{_('Skip “{step}”?', step=name)}*\n{consequence(run, step_id, 'skip')}"),
        InputBlock(block_id="reason", label=plain(_("Why is that all right?"), 2000), element=reason),
    ]
    return modal(_("Skip this step?"), blocks, does=SUBMIT, submit=_("Skip"), close=_("Cancel"), about=about)


def _state(run: Run, step_id: str) -> str:
    state = run.steps[step_id]
    step = run.plan.step(step_id)
    parts = [_n("{count} attempt", "{count} attempts", state.attempt)] if state.attempt else []
    if step.action:
        parts.append(_("{action} in {region}", action=code(step.action), region=escape(step.region)))
    seen = escape(clip(state.seen, 300))
    parts.append(_("last seen: {seen}", seen=seen) if seen else _("nothing was seen"))
    facts = ", ".join(parts)
    if run.passed_no_return:
        return _("{facts}; the point of no return is passed.", facts=facts)
    return _("{facts}; the point of no return is not passed.", facts=facts)


def _button(run: Run, step_id: str, choice: Choice, about: Ref) -> Element:
    asks = None
    if choice in ("rollback", "abort"):
        asks = consequence(run, step_id, choice)
    ref = Ref(about.run, about.step, about.revision, about.plan, choice)
    return button(_(LABELS[choice]), does=f"ask.{choice}", about=ref, style=_STYLES.get(choice), asks=asks)


def _closing(view: RunView, step_id: str, seq: int) -> str:
    after = [entry for entry in view.timeline.entries if entry.step == step_id and entry.seq > seq]
    chose = next((entry for entry in after if entry.kind == "person_chose"), None)
    if chose is not None:
        what = CHOICES.get(str(chose.detail.get("choice", "")))
        decided = {"who": escape(chose.who), "when": when(chose.at), "what": _(what) if what else ""}
        return _("*Decided* by {who} {when}: {what}", **decided)
    return _("*Closed.* Nobody is asked about this any more.")
