"""Work that people do by hand: the message that asks for it, and the form that reads a value back.

Promises: one action per line; what a person says is told apart from what the bot measured.
"""

from __future__ import annotations

from datetime import datetime

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from bot.approval.policy import responders
from bot.approval.roles import role_words
from bot.language import _
from bot.model.people import Person
from bot.model.plan import PlannedStep
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.step_run import Phase
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
from bot.usecases.answer_manual import COMMANDER
from bot.usecases.look import RunView

SUBMIT = "manual.submit"
SKIP, SKIP_SUBMIT = "manual.skip", "manual.skip.submit"


def manual(view: RunView, step_id: str, catalog: Catalog) -> Message:
    """The channel message of a manual step."""
    run = view.run
    step, state = run.plan.step(step_id), run.steps[step_id]
    name = title_of(run, step)
    who = step.manual.assignee if step.manual else ""
    people, named = mentions(assignees(who, run, catalog)), escape(role_words(who))
    body: list[Block] = [header(_("By hand: {step}", step=name)), text(_lines(run, step))]
    if state.phase is Phase.MANUAL and not run.status.is_over and run.aborting is None:
        body.append(text(_("*With {who}:* {people}", who=named, people=people or _("nobody on the roster"))))
        words = _(
            "{run}: “{step}” is with {who}: {people}. {lines}",
            run=headline(run.plan), step=escape(name), who=named, people=people, lines=_plain_lines(run, step),
        )  # fmt: skip
        return message(body, words, tail=[manual_buttons(run, step)])
    closing = _closing(view, step_id)
    return message([*body, text(closing)], f"{_('By hand: {step}', step=escape(name))} – {closing.replace('*', '')}")


def manual_buttons(run: Run, step: PlannedStep) -> Block:
    """To say that it is done, with the value where one is asked for, and to leave it out."""
    label = _("Done: enter the value…") if step.manual and step.manual.answer else _("Done…")
    about = manual_ref(run, step.id)
    done = button(label, does="manual.answer", about=about, style="primary")
    return buttons(done, button(_("Skip…"), does=SKIP, about=about))


def nag(run: Run, step_id: str, number: int, catalog: Catalog, now: datetime) -> Message:
    """A reminder in the thread; a late one asks the role above, and a later one everybody who may steer the run."""
    step, state = run.plan.step(step_id), run.steps[step_id]
    name, who = title_of(run, step), step.manual.assignee if step.manual else ""
    words = _(
        "*Waiting for {span} already:* “{step}” is with {who}. {people}",
        span=span(now - (state.began_at or now)), step=escape(name), who=escape(role_words(who)),
        people=mentions(nagged(run, step_id, number, catalog)),
    )  # fmt: skip
    match lateness(run, step_id, number):
        case 0:
            return message([text(words)], words)
        case 1 if _is_below(who, catalog):
            more = _("Nobody has answered, so the incident commander is asked now.")
        case _:
            more = _("Nobody has answered, so everybody who may is asked now.")
    words = f":warning: {words} {more}"
    return message([text(words)], words)


def nagged(run: Run, step_id: str, number: int, catalog: Catalog) -> tuple[Person, ...]:
    """Whom a reminder of this number mentions: the assignee, then the role above besides, then everybody."""
    step = run.plan.step(step_id)
    who = step.manual.assignee if step.manual else ""
    first = assignees(who, run, catalog)
    match lateness(run, step_id, number):
        case 0:
            return first
        case 1 if _is_below(who, catalog):
            return tuple(dict.fromkeys([*first, *assignees(COMMANDER, run, catalog)]))
        case _:
            return catalog.members(responders(run.plan.service, catalog))


def lateness(run: Run, step_id: str, number: int) -> int:
    """0 within the step's patience, 1 past it, 2 when it has passed twice."""
    work = run.plan.step(step_id).manual
    if work is None or work.nag is None or work.nag.escalate_after is None:
        return 0
    return min(2, int(number * work.nag.every / work.nag.escalate_after))


def _is_below(assignee: str, catalog: Catalog) -> bool:
    return COMMANDER in catalog.roles and assignee != COMMANDER


def is_late(run: Run, step_id: str, number: int) -> bool:
    """Whether the reminder of this number comes when others are to be told too."""
    return lateness(run, step_id, number) > 0


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
        hint = plain(_("Expected form: {form}", form=answer.pattern), 300) if answer.pattern else None
        entry = PlainTextInputElement(action_id="value", max_length=500)
        blocks.append(InputBlock(block_id="answer", label=plain(answer.label, 2000), element=entry, hint=hint))
    else:
        blocks.append(note(_("Press Done when every line is done; the timeline will say that you said so.")))
    return modal(_("Done by hand"), blocks, does=SUBMIT, submit=_("Done"), close=_("Not yet"), about=about)


def skip_manual_form(view: RunView, step_id: str, about: str) -> View:
    """Why it may be left out."""
    step = view.run.plan.step(step_id)
    reason = PlainTextInputElement(action_id="value", multiline=True, max_length=1000)
    name = escape(title_of(view.run, step))
    blocks: list[Block] = [
        text(f"*{_('Skip “{step}”?', step=name)}*"),
        text(_lines(view.run, step)),
        note(_("It is the incident commander's word; what is skipped stays on the list of what is left to do.")),
        InputBlock(block_id="reason", label=plain(_("Why is that all right?"), 2000), element=reason),
    ]
    return modal(_("Skip this step?"), blocks, does=SKIP_SUBMIT, submit=_("Skip"), close=_("Cancel"), about=about)


def _do(run: Run, step: PlannedStep) -> tuple[str, ...]:
    return run.steps[step.id].manual_do or (step.manual.do if step.manual else ())


def _lines(run: Run, step: PlannedStep) -> str:
    lines = [f"{number}. {escape(clip(line, 280))}" for number, line in enumerate(_do(run, step)[:20], start=1)]
    return "\n".join(lines) or _("Nothing is written down for this step.")


def _plain_lines(run: Run, step: PlannedStep) -> str:
    return escape(clip("; ".join(_do(run, step)), 600))


def _closing(view: RunView, step_id: str) -> str:
    state = view.run.steps[step_id]
    answered = [entry for entry in view.timeline.entries if entry.step == step_id and entry.kind == "manual_answered"]
    if state.phase is Phase.SKIPPED:
        return _("*Skipped.* {why}", why=escape(clip(state.why, 300)))
    if answered:
        done = _("*Said done* by {who} {when}", who=escape(answered[-1].who), when=when(answered[-1].at))
        return f"{done}: {code(clip(state.answer, 200))}" if state.answer else done
    return _("*Closed.* The run no longer waits for this.")
