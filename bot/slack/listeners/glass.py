"""Breaking the glass, by a word and its form, and reviewing it, by a word."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.approval.authorize import Situation, must_be_allowed
from bot.approval.votes import Ballot
from bot.language import _
from bot.model.errors import NotFound
from bot.slack.door import Door
from bot.slack.kit import code
from bot.slack.listeners.guard import sentence, submission
from bot.slack.listeners.modals import Slip, filled
from bot.slack.listeners.turn import Turn
from bot.slack.views.glass import SUBMIT, glass_form
from bot.slack.views.start_form import loading
from bot.slack.views.words import gate_ref
from bot.usecases.current import refuse_unless
from bot.usecases.decide import break_glass, review
from bot.usecases.grammar import Command


def register(app: AsyncApp, door: Door) -> None:
    """Put the form's listener in place."""
    app.view(SUBMIT)(submission(door, break_it))


async def glass_by_word(turn: Turn, command: Command) -> None:
    """Show the form, to those who may."""
    await turn.open(loading(_("Break the glass?")))
    desk = turn.door.desk
    run = await turn.find(command.target)
    caller = await turn.caller("break the glass")
    step = command.args["step"]
    if step not in run.steps:
        raise NotFound("step", step, run.steps)
    where = Situation(desk.library().catalog, run.plan.service)
    await refuse_unless(
        desk, run.id, caller, "break the glass", lambda: must_be_allowed(caller.person, "break_glass", where)
    )
    await turn.show(glass_form(run, step, Slip(gate_ref(run, step).pack(), turn.channel).pack(), command.text))


async def break_it(turn: Turn) -> None:
    """Lift the quorum; the card, the thread and the second channel tell it."""
    slip = Slip.parse(turn.metadata)
    turn.channel = slip.channel
    ref = turn.ref(slip.ref)
    caller = await turn.caller("break the glass")
    ballot = Ballot(ref.step, caller.person, "approve", ref.plan, filled(turn, "typed"), round=ref.revision)
    await break_glass(turn.door.desk, ref.run, caller, ballot, filled(turn, "reason"))


async def review_by_word(turn: Turn, command: Command) -> None:
    """Close what somebody else broke, or write down what the review of a run found."""
    run = await turn.find(command.target)
    after = await review(turn.door.desk, run.id, await turn.caller("review the run"), command.text)
    if after.reviewed_at is not None:
        said = _("The review of {run} is on its record.", run=code(run.id))
    else:
        said = _("The broken glass of {run} is reviewed.", run=code(run.id))
    await turn.whisper(sentence(said))
