"""Clicks on cards and prompts. A stale click is answered, not obeyed.

Promises: a form opens at once and is filled when the run has been read; consequences are shown before they are caused.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import get_args

from slack_bolt.async_app import AsyncApp

from bot.approval.votes import Ballot, Decision
from bot.language import _
from bot.model.errors import Refused
from bot.model.events import Choice
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.slack.door import Door
from bot.slack.kit import Ref
from bot.slack.listeners import start, switching
from bot.slack.listeners.asked import must_be_asked
from bot.slack.listeners.files import share
from bot.slack.listeners.guard import listener, sentence
from bot.slack.listeners.modals import Slip
from bot.slack.listeners.turn import Turn
from bot.slack.views import plan_view
from bot.slack.views.approval import approval_form
from bot.slack.views.crowd import CHOOSE
from bot.slack.views.failure import skip_form
from bot.slack.views.lists import timeline_modal
from bot.slack.views.manual import manual_form
from bot.slack.views.run_card import card_ref, steering_stamp
from bot.slack.views.start_form import loading
from bot.slack.views.steer import abort_form, note_form
from bot.timeline.terms import status_words
from bot.usecases.current import must_count, must_hold
from bot.usecases.desk import Caller, Desk
from bot.usecases.look import view_run
from bot.usecases.steer_run import choose, pause, resume

Steer = Callable[[Desk, str, Caller], Awaitable[Run]]


def register(app: AsyncApp, door: Door) -> None:
    """Put every button's listener in place."""
    app.action("run.pause")(listener(door, pause_run))
    app.action("run.resume")(listener(door, resume_run))
    app.action("run.note")(listener(door, open_note))
    app.action("run.timeline")(listener(door, open_timeline))
    app.action("run.more")(listener(door, more))
    app.action("gate.approve")(listener(door, open_approval))
    app.action("gate.deny")(listener(door, open_denial))
    app.action(CHOOSE)(listener(door, open_choice))
    app.action("manual.answer")(listener(door, open_answer))
    app.action("ask.skip")(listener(door, open_skip))
    app.action(re.compile(r"^ask\.(?!skip$)"))(listener(door, decide))
    app.action(plan_view.REHEARSE)(listener(door, start.rehearse))
    app.action(re.compile(".*"))(listener(door, nothing))


async def nothing(turn: Turn) -> None:
    """Choosing in a form's inputs sends clicks too; they mean nothing until the form is submitted."""


async def pause_run(turn: Turn) -> None:
    """Begin nothing new."""
    await _steer(turn, "pause_run", pause)


async def resume_run(turn: Turn) -> None:
    """Go on."""
    await _steer(turn, "resume_run", resume)


async def _steer(turn: Turn, what: str, act: Steer) -> None:
    ref = turn.ref()
    caller = await turn.caller(what)
    await must_hold(turn.door.desk, ref.run, caller, what, lambda run: steering_stamp(run) == ref.revision)
    await act(turn.door.desk, ref.run, caller)


async def open_note(turn: Turn) -> None:
    """Ask for the remark."""
    ref = turn.ref()
    await turn.open(loading(_("Note")))
    await turn.caller("write a note")
    run = await turn.door.desk.run(ref.run)
    await turn.show(note_form(run, Slip(ref.pack(), turn.channel).pack()))


async def open_timeline(turn: Turn) -> None:
    """Show the story so far."""
    ref = turn.ref()
    await turn.open(loading(_("Timeline")))
    await turn.reader()
    view = await view_run(turn.door.desk, ref.run)
    await turn.show(timeline_modal(view.timeline))


async def more(turn: Turn) -> None:
    """The card's menu: abort, abort and roll back, export."""
    chosen = str((turn.action.get("selected_option") or {}).get("value") or "")
    ref = turn.ref(str(turn.action.get("block_id") or ""))
    if chosen == "export":
        caller = await turn.caller("export the timeline")
        await turn.whisper(sentence(await share(turn, ref.run, caller)))
        return
    if chosen == "switch":
        await turn.open(loading(_("Another plan")))
        await switching.show(turn, await turn.door.desk.run(ref.run), {})
        return
    await turn.open(loading(_("Abort")))
    await ask_to_abort(turn, ref, rollback=chosen == "abort_rollback")


async def ask_to_abort(turn: Turn, ref: Ref, *, rollback: bool, why: str = "") -> None:
    """Show what an abort would do now; the form is bound to that state."""
    await turn.caller("abort the run")
    run = await turn.door.desk.run(ref.run)
    if run.status.is_over:
        over = _("This run is over ({status}); there is nothing to abort.", status=status_words(run.status))
        raise Refused(over, reason="run-over")
    slip = Slip(card_ref(run).pack(), turn.channel, rollback=rollback)
    await turn.show(abort_form(run, rollback, slip.pack(), why))


async def open_approval(turn: Turn) -> None:
    """Show the form for an approval."""
    await open_vote(turn, "approve")


async def open_denial(turn: Turn) -> None:
    """Show the form for a denial."""
    await open_vote(turn, "deny")


async def open_choice(turn: Turn) -> None:
    """The same, from a message that asks for several approvals."""
    chosen = (turn.action.get("selected_option") or {}).get("value")
    await open_vote(turn, "approve" if chosen == "approve" else "deny", str(turn.action.get("block_id") or ""))


async def open_vote(turn: Turn, decision: Decision, about: str | None = None) -> None:
    """Show the form, if this person's vote would count."""
    ref = turn.ref(about)
    await turn.open(loading(_("Approval")))
    try:
        caller = await turn.caller("vote")
        ballot = Ballot(ref.step, caller.person, decision, ref.plan, round=ref.revision)
        await must_count(turn.door.desk, ref.run, caller, ballot)
    except Refused as refusal:
        await turn.whisper(sentence(str(refusal)))
        raise
    view = await view_run(turn.door.desk, ref.run)
    typed = view.run.steps[ref.step].gate_typed or ""
    slip = Slip(ref.pack(), turn.channel, decision, typed if decision == "approve" else "")
    await turn.show(approval_form(view, ref.step, decision, slip.pack()))


async def open_answer(turn: Turn) -> None:
    """Show the form for a manual step's value."""
    await ask_for_answer(turn, turn.ref())


async def ask_for_answer(turn: Turn, ref: Ref) -> None:
    """The same, wherever it was asked for."""
    await turn.open(loading(_("Done by hand")))
    caller = await turn.caller("answer a step")
    desk = turn.door.desk
    await must_hold(desk, ref.run, caller, "answer_a_step", lambda run: _phase(run, ref.step) is Phase.MANUAL)
    view = await view_run(desk, ref.run)
    work = view.run.plan.step(ref.step).manual
    answer = work.answer if work else None
    slip = Slip(
        ref.pack(), turn.channel, label=answer.label if answer else "", pattern=(answer.pattern or "") if answer else ""
    )
    await turn.show(manual_form(view, ref.step, slip.pack()))


async def open_skip(turn: Turn) -> None:
    """Ask why a step may be skipped."""
    await ask_to_skip(turn, turn.ref())


async def ask_to_skip(turn: Turn, ref: Ref) -> None:
    """The same, wherever it was asked for."""
    await turn.open(loading(_("Skip")))
    await must_be_asked(turn, ref, await turn.caller("skip a step"))
    view = await view_run(turn.door.desk, ref.run)
    await turn.show(skip_form(view, ref.step, Slip(ref.pack(), turn.channel).pack()))


async def decide(turn: Turn) -> None:
    """Answer a step that needs a person."""
    ref = turn.ref()
    caller = await turn.caller("decide")
    choice = next((each for each in get_args(Choice) if each == ref.choice), None)
    await must_be_asked(turn, ref, caller)
    if choice is not None:
        await choose(turn.door.desk, ref.run, caller, ref.step, choice)


def _phase(run: Run, step: str) -> Phase | None:
    return run.steps[step].phase if step in run.steps else None
