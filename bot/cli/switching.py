"""switch: go on by another plan, such as from planned to unplanned."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.door import act, ask, caller, show
from bot.cli.plan_page import plan_page
from bot.cli.starting import Values, pairs
from bot.cli.words import AnyRun, Who, example
from bot.language import _
from bot.model import run as model
from bot.model.errors import UserError
from bot.model.plan import Plan
from bot.usecases.desk import Caller, Desk
from bot.usecases.start_run import start_run
from bot.usecases.switch_run import Switch, let_go, plan_switch, still_open

commands = typer.Typer()

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Go on by the other plan without asking.")]
LOOK_EVERY = 0.5
PATIENCE = 90.0
"""Seconds for the old run to end."""


@commands.command(epilog=example("dr switch orders-api mode=unplanned"))
def switch(ctx: typer.Context, run: AnyRun, values: Values = None, yes: Yes = False, who: Who = "") -> None:
    """Go on by another plan: a new plan, and nothing approved yet; the old run ends where it is."""

    async def work(desk: Desk) -> model.Run | None:
        found, person = await desk.find_run(run), caller(desk.library().catalog, who)
        made = await plan_switch(desk, found.id, person, pairs(values, None))
        show(*plan_page(made.plan))
        if not yes and not ask(_question(made), instead="--yes"):
            return None
        await _see_it_over(desk, found.id, person, made.plan)
        return await start_run(desk, made.plan, person)

    started = act(ctx, work)
    if started is None:
        show(_("Nothing was started."))
        raise typer.Exit(1)
    show(_("Run {run} has started. Watch it with: dr status {run} --follow", run=started.id))


def _question(made: Switch) -> str:
    void = ", ".join(made.void) or _("none")
    return _(
        "{run} ends where it is, nothing is rolled back. Approvals that count no longer: {void}. Go on by this plan?",
        run=made.run.id, void=void,
    )  # fmt: skip


async def _see_it_over(desk: Desk, old: str, person: Caller, successor: Plan) -> None:
    run = await let_go(desk, old, person, successor)
    try:
        async with asyncio.timeout(PATIENCE):
            while not run.status.is_over:
                await asyncio.sleep(LOOK_EVERY)
                run = await desk.run(old)
    except TimeoutError:
        raise UserError(
            _("{run} is still being watched ({steps}), so the new plan was not started. Start it when that is over.",
              run=old, steps=", ".join(still_open(run)))
        ) from None  # fmt: skip
