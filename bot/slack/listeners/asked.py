"""Whether a step still asks what a button or a form was drawn about. A question that was answered since is another."""

from __future__ import annotations

from bot.model.run import Run
from bot.model.step_run import Phase
from bot.slack.kit import Ref
from bot.slack.listeners.turn import Turn
from bot.slack.views.failure import newest_ask
from bot.usecases.current import must_hold
from bot.usecases.desk import Caller
from bot.usecases.look import view_run


async def must_be_asked(turn: Turn, ref: Ref, caller: Caller) -> None:
    """Raises Refused, on record, unless the step needs a person now, for the very reason that was shown."""
    desk = turn.door.desk
    view = await view_run(desk, ref.run)
    asked = newest_ask(view, ref.step) == ref.revision

    def is_asked(run: Run) -> bool:
        return asked and ref.step in run.steps and run.steps[ref.step].phase is Phase.ASKING

    await must_hold(desk, ref.run, caller, "decide", is_asked)
