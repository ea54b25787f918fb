"""Work that people do by hand: the message that asks for it, and the form that reads a value back.

Promises: one action per line; what a person says is told apart from what the bot measured.
"""

from __future__ import annotations

from datetime import datetime

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.approval.policy import responders
from bot.model.plan import PlannedStep
from bot.model.run import Phase, Run
from bot.model.service import Catalog
from bot.slack.kit import (
    Message,
    Ref,
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
    when,
)
from bot.slack.views.words import assignees, headline, span, title_of
from bot.usecases.look import RunView

SUBMIT = "manual.submit"


def manual(view: RunView, step_id: str, catalog: Catalog) -> Message:
    """The channel message of a manual step."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    name = title_of(run, step)
    who = step.manual.assignee if step.manual else ""
    people = mentions(assignees(who, run, catalog))
    body: list[Block] = [header(f"By hand: {name}"), text(_lines(run, step))]
    if state.phase is Phase.MANUAL and not run.status.is_over and run.aborting is None:
        body.append(text(f"*With {escape(who)}:* {people or 'nobody on the roster'}"))
        label = "Done: enter the value…" if step.manual and step.manual.answer else "Done…"
        asked = [buttons(button(label, does="manual.answer", about=manual_ref(run, step_id), style="primary"))]
        words = f"{headline(run.plan)}: “{escape(name)}” is with {escape(who)} {people}. {_plain_lines(run, step)}"
        return message(body, words, tail=asked)
    closing = _closing(view, step_id)
    return message([*body, text(closing)], f"By hand: {escape(name)} – {closing.replace('*', '')}")


def nag(run: Run, step_id: str, number: int, catalog: Catalog, now: datetime) -> Message:
    """A reminder in the thread; late ones tell everybody who may steer the run."""
    step, state = run.plan.step(step_id), run.steps[step_id]
    name, who = title_of(run, step), step.manual.assignee if step.manual else ""
    waits = span(now - (state.began_at or now))
    people = assignees(who, run, catalog)
    late = is_late(run, step_id, number)
    if late:
        people = catalog.members(responders(run.plan.service, catalog))
    words = f"*Still waiting for {waits}:* “{escape(name)}” is with {escape(who)}. {mentions(people)}"
    if late:
        words = f":warning: {words} Nobody has answered, so everybody who may is asked now."
    return message([text(words)], words)


def is_late(run: Run, step_id: str, number: int) -> bool:
    """Whether the reminder of this number comes when others are to be told too."""
    work = run.plan.step(step_id).manual
    if work is None or work.nag is None or work.nag.escalate_after is None:
        return False
    return number * work.nag.every >= work.nag.escalate_after


def manual_ref(run: Run, step_id: str) -> Ref:
    """What the step's button is about."""
    return Ref(run.id, step_id, run.steps[step_id].attempt, run.plan.hash[:16])


def manual_form(view: RunView, step_id: str, about: str) -> View:
    """The form behind the button: the lines once more, and the value to read back."""
    run = view.run
    step = run.plan.step(step_id)
    blocks: list[Block] = [text(f"*{escape(title_of(run, step))}*"), text(_lines(run, step))]
    answer = step.manual.answer if step.manual else None
    if answer is not None:
        hint = plain(f"Expected form: {answer.pattern}", 300) if answer.pattern else None
        entry = PlainTextInputElement(action_id="value", max_length=500)
        blocks.append(InputBlock(block_id="answer", label=plain(answer.label, 2000), element=entry, hint=hint))
    else:
        blocks.append(note("Press Done when every line is done; the timeline will say that you said so."))
    return modal("Done by hand", blocks, does=SUBMIT, submit="Done", close="Not yet", about=about)


def _do(run: Run, step: PlannedStep) -> tuple[str, ...]:
    return run.steps[step.id].manual_do or (step.manual.do if step.manual else ())


def _lines(run: Run, step: PlannedStep) -> str:
    lines = [f"{number}. {escape(clip(line, 280))}" for number, line in enumerate(_do(run, step)[:20], start=1)]
    return "\n".join(lines) or "Nothing is written down for this step."


def _plain_lines(run: Run, step: PlannedStep) -> str:
    return escape(clip("; ".join(_do(run, step)), 600))


def _closing(view: RunView, step_id: str) -> str:
    state = view.run.steps[step_id]
    answered = [entry for entry in view.timeline.entries if entry.step == step_id and entry.kind == "manual_answered"]
    if state.phase is Phase.SKIPPED:
        return f"*Skipped.* {escape(clip(state.why, 300))}"
    if answered:
        value = f": {code(clip(state.answer, 200))}" if state.answer else ""
        return f"*Said done* by {escape(answered[-1].who)} {when(answered[-1].at)}{value}"
    return "*Closed.* The run no longer waits for this."
