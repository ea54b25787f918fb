"""Go on by another plan: show it with what it changes, then let the old run go and start the new one.

Promises: the old run is over before the new one begins; until then this person is told what it still waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from bot.language import _
from bot.model.errors import Refused
from bot.model.plan import Plan
from bot.model.run import Run
from bot.slack.kit import escape
from bot.slack.listeners.about import About
from bot.slack.listeners.turn import Turn
from bot.slack.views.plan_view import plan_modal
from bot.slack.views.start_form import loading, told
from bot.slack.views.switch import switch_notice
from bot.usecases.desk import Caller
from bot.usecases.grammar import Command
from bot.usecases.switch_run import let_go, plan_switch, still_open

LOOK_EVERY = 0.5
PATIENCE = 90.0
"""Seconds for the old run to end; a change that AWS takes longer for is said, and the start is left to a person."""


async def ask(turn: Turn, command: Command) -> None:
    """Plan it, and show what would be different."""
    await turn.open(loading(_("Another plan")))
    run = await turn.find(command.target)
    await show(turn, run, command.args)


async def show(turn: Turn, run: Run, inputs: Mapping[str, str]) -> None:
    """The plan, with what becomes of the run above it."""
    turn.run = run.id
    switch = await plan_switch(turn.door.desk, run.id, await turn.caller("abort the run"), dict(inputs))
    made = switch.plan
    await turn.door.shelf.put(made)
    told_inputs = {name: str(value) for name, value in made.inputs.items() if value is not None}
    about = About(made.service.name, made.kind, turn.channel, inputs=told_inputs, mode=made.mode.value,
                  reason=made.reason)  # fmt: skip
    packed = replace(about, run=made.run, hash=made.hash[:16], instead=run.id).pack()
    await turn.show(plan_modal(made, packed, switch_notice(switch)))


async def make_way(turn: Turn, caller: Caller, old: str, plan: Plan) -> None:
    """End the old run and see it over. Raises Refused when AWS keeps it busy for longer than anybody should wait."""
    run = await let_go(turn.door.desk, old, caller, plan)
    if not run.status.is_over:
        words = _("{run} ends where it is. Waiting for: {steps}", run=escape(old),
                  steps=escape(", ".join(still_open(run))) or _("its worker"))  # fmt: skip
        await turn.show(told(_("Starting…"), words))
    try:
        async with asyncio.timeout(PATIENCE):
            while not run.status.is_over:
                await asyncio.sleep(LOOK_EVERY)
                run = await turn.door.desk.run(old)
    except TimeoutError:
        raise Refused(
            _("{run} is still being watched ({steps}), so the new plan was not started. Start it when that is over.",
              run=old, steps=", ".join(still_open(run))),
            reason="service-busy",
        ) from None  # fmt: skip
