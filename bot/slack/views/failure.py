"""A step that needs a person: what happened, what the state is, and what each choice would do.

Promises: only choices that would be accepted have a button, and each says its consequence first.
"""

from __future__ import annotations

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.approval.policy import responders
from bot.model.events import Choice
from bot.model.run import Phase, Run
from bot.model.service import Catalog
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
from bot.slack.views.words import headline, title_of
from bot.timeline.terms import CHOICES
from bot.usecases.look import RunView
from bot.usecases.steer_run import after_abort

SUBMIT = "ask.submit"
LABELS: dict[Choice, str] = {
    "retry": "Try again",
    "skip": "Skip…",
    "rollback": "Roll back",
    "abort": "Abort",
    "wait_on": "Wait on",
    "go_on": "Go on with what is there",
    "sent": "It arrived",
    "not_sent": "It did not arrive",
}
_STYLES: dict[Choice, Style] = {"rollback": "danger", "abort": "danger"}


def failure(view: RunView, step_id: str, seq: int, catalog: Catalog) -> Message:
    """The channel message that asks what to do; `seq` is the record that asked."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    name = title_of(run, step)
    entry = next((entry for entry in view.timeline.entries if entry.seq == seq), None)
    why = state.why if is_open(view, step_id, seq) else (entry.text if entry else "")
    body: list[Block] = [header(f"A decision is needed: {name}"), text(f"*What happened:* {escape(clip(why, 1200))}")]
    if not is_open(view, step_id, seq):
        closing = _closing(view, step_id, seq)
        return message([*body, text(closing)], f"{escape(name)} – {closing.replace('*', '')}")
    body.append(text(f"*State:* {_state(run, step_id)}"))
    choices = [f"• *{LABELS[choice]}* – {consequence(run, step_id, choice)}" for choice in state.choices]
    body.append(text("\n".join(choices)))
    people = mentions(catalog.members(responders(run.plan.service, catalog)))
    body.append(text(f"*Asked:* {people or 'nobody on the roster'}"))
    about = Ref(run.id, step_id, seq, run.plan.hash[:16])
    row: list[Element] = [_button(run, step_id, choice, about) for choice in state.choices]
    words = f"{headline(run.plan)}: “{escape(name)}” needs a decision. {escape(clip(why, 800))} {people}"
    return message(body, words, tail=[buttons(*row)])


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
            return "the step is sent once more; what is already done is kept."
        case "skip":
            return "the run goes on without it; it stays on the list of what is left to do. You are asked why."
        case "rollback" | "abort":
            end = "completed changes are undone and the run ends." if choice == "rollback" else "the run ends."
            return f"{end} {escape(after_abort(run))}"
        case "wait_on":
            return "it is watched for the same time again; nothing is sent."
        case "go_on":
            return "the run continues with what was seen last; it may be less than the runbook asks for."
        case "sent":
            return "you looked and the change is there; the bot goes on and watches it."
        case "not_sent":
            return "you looked and the change is not there; the bot sends it again."


def skip_form(view: RunView, step_id: str, about: str) -> View:
    """Why a step is skipped."""
    run = view.run
    reason = PlainTextInputElement(action_id="value", multiline=True, max_length=1000)
    name = escape(title_of(run, run.plan.step(step_id)))
    blocks: list[Block] = [
        text(f"*Skip “{name}”?*\n{consequence(run, step_id, 'skip').capitalize()}"),
        InputBlock(block_id="reason", label=plain("Why is that all right?", 2000), element=reason),
    ]
    return modal("Skip this step?", blocks, does=SUBMIT, submit="Skip", close="Cancel", about=about)


def _state(run: Run, step_id: str) -> str:
    state = run.steps[step_id]
    step = run.plan.step(step_id)
    parts = [f"attempt {state.attempt}"] if state.attempt else []
    if step.action:
        parts.append(f"{code(step.action)} in {escape(step.region)}")
    parts.append(f"last seen: {escape(clip(state.seen, 300))}" if state.seen else "nothing was seen")
    past = "the point of no return is passed" if run.passed_no_return else "the point of no return is not passed"
    return f"{', '.join(parts)}; {past}."


def _button(run: Run, step_id: str, choice: Choice, about: Ref) -> Element:
    asks = None
    if choice in ("rollback", "abort"):
        asks = f"{consequence(run, step_id, choice)}"
    ref = Ref(about.run, about.step, about.revision, about.plan, choice)
    return button(LABELS[choice], does=f"ask.{choice}", about=ref, style=_STYLES.get(choice), asks=asks)


def _closing(view: RunView, step_id: str, seq: int) -> str:
    later = [entry for entry in view.timeline.entries if entry.step == step_id and entry.seq > seq]
    chose = next((entry for entry in later if entry.kind == "person_chose"), None)
    if chose is not None:
        what = CHOICES.get(str(chose.detail.get("choice", "")), "")
        return f"*Decided* by {escape(chose.who)} {when(chose.at)}: {escape(what)}"
    return "*Closed.* Nobody is asked about this any more."
