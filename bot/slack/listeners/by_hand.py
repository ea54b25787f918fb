"""Skipping work that people do by hand: the incident commander's word, with a reason."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.language import _
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.slack.door import Door
from bot.slack.listeners.guard import listener, submission
from bot.slack.listeners.modals import Slip, filled
from bot.slack.listeners.turn import Turn
from bot.slack.views import manual as views
from bot.slack.views.start_form import loading
from bot.usecases.answer_manual import skip_manual
from bot.usecases.current import must_hold
from bot.usecases.look import view_run


def register(app: AsyncApp, door: Door) -> None:
    """Put the listeners in place."""
    app.action(views.SKIP)(listener(door, open_skip))
    app.view(views.SKIP_SUBMIT)(submission(door, skip_step))


async def open_skip(turn: Turn) -> None:
    """Ask why the step may be left out."""
    ref = turn.ref()
    await turn.open(loading(_("Skip")))
    caller = await turn.caller("skip a step")

    def waits(run: Run) -> bool:
        return ref.step in run.steps and run.steps[ref.step].phase is Phase.MANUAL

    await must_hold(turn.door.desk, ref.run, caller, "skip_a_step", waits)
    view = await view_run(turn.door.desk, ref.run)
    await turn.show(views.skip_manual_form(view, ref.step, Slip(ref.pack(), turn.channel).pack()))


async def skip_step(turn: Turn) -> None:
    """Go on without it."""
    slip = Slip.parse(turn.metadata)
    turn.channel = slip.channel
    ref = turn.ref(slip.ref)
    await skip_manual(turn.door.desk, ref.run, await turn.caller("skip a step"), ref.step, filled(turn, "reason"))
