"""approve, deny, answer and choose as words: the same forms and use cases as behind the buttons.

Promises: a step need not be named where only one waits for such an answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.language import _
from bot.model.errors import NotFound, UserError
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.slack.kit import Ref, code
from bot.slack.listeners.buttons import ask_for_answer, ask_to_skip, open_vote
from bot.slack.listeners.guard import sentence
from bot.slack.listeners.turn import Turn
from bot.slack.views.failure import newest_ask
from bot.slack.views.manual import manual_ref
from bot.slack.views.words import gate_ref
from bot.usecases.grammar import Command
from bot.usecases.look import view_run
from bot.usecases.steer_run import choose


async def approve(turn: Turn, command: Command) -> None:
    """Show what would be agreed to."""
    run, step = await _meant(turn, command, Phase.GATE)
    await open_vote(turn, "approve", gate_ref(run, step).pack())


async def deny(turn: Turn, command: Command) -> None:
    """Ask why not."""
    run, step = await _meant(turn, command, Phase.GATE)
    await open_vote(turn, "deny", gate_ref(run, step).pack())


async def answer(turn: Turn, command: Command) -> None:
    """Ask for the value of a step that is done by hand."""
    run, step = await _meant(turn, command, Phase.MANUAL)
    await ask_for_answer(turn, manual_ref(run, step))


async def choose_what_next(turn: Turn, command: Command) -> None:
    """Decide for a step that needs a person."""
    run, step = await _meant(turn, command, Phase.ASKING)
    if command.choice == "skip":
        asked = newest_ask(await view_run(turn.door.desk, run.id), step)
        await ask_to_skip(turn, Ref(run.id, step, asked, run.plan.hash[:16]))
    elif command.choice is not None:
        await choose(turn.door.desk, run.id, await turn.caller("decide"), step, command.choice)
        await turn.whisper(sentence(_("Noted on {run}.", run=code(run.id))))


async def _meant(turn: Turn, command: Command, phase: Phase) -> tuple[Run, str]:
    """The run and the step; of a step that was not named, the only one that waits like this."""
    await turn.reader()
    run = await turn.find(command.target)
    if command.step and command.step not in run.steps:
        raise NotFound("step", command.step, run.steps)
    waiting = [step for step, state in run.steps.items() if state.phase is phase]
    return run, command.step or _only(waiting, run)


def _only(waiting: Sequence[str], run: Run) -> str:
    if not waiting:
        raise UserError(_("No step of {run} waits for this; see the run card.", run=run.id))
    if len(waiting) > 1:
        raise UserError(_("Which step? These wait: {steps}", steps=", ".join(waiting)))
    return waiting[0]
