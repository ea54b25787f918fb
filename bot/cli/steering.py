"""pause, resume, abort, note: steer a run and remark on it."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.door import act, ask, caller, show
from bot.cli.words import AnyRun, Run, Who, Why, example
from bot.language import _, later
from bot.model import run as model
from bot.usecases import steer_run
from bot.usecases.current import must_hold
from bot.usecases.desk import Desk
from bot.usecases.note import add_note

commands = typer.Typer()

Words = Annotated[list[str], typer.Argument(metavar="TEXT...", help="What to remember.")]
Undo = Annotated[bool, typer.Option("--rollback", help="Undo what was changed, newest first.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Abort without asking.")]


@commands.command(epilog=example('dr pause orders-api --reason "waiting for the network team"'))
def pause(ctx: typer.Context, run: Run = "", reason: Why = "", who: Who = "") -> None:
    """Begin nothing new; what AWS already accepted is still watched."""

    async def work(desk: Desk) -> model.Run:
        found = await desk.find_run(run)
        return await steer_run.pause(desk, found.id, caller(desk.library().catalog, who), reason)

    after = act(ctx, work)
    show(_("{run} is paused. Go on with: dr resume {run}", run=after.id))


@commands.command(epilog=example("dr resume orders-api"))
def resume(ctx: typer.Context, run: Run = "", reason: Why = "", who: Who = "") -> None:
    """Go on after a pause."""

    async def work(desk: Desk) -> model.Run:
        found = await desk.find_run(run)
        return await steer_run.resume(desk, found.id, caller(desk.library().catalog, who), reason)

    after = act(ctx, work)
    show(_("{run} goes on. Watch it with: dr status {run} --follow", run=after.id))


@commands.command(epilog=example("dr abort orders-api --rollback"))
def abort(
    ctx: typer.Context, run: Run = "", rollback: Undo = False, reason: Why = "", yes: Yes = False, who: Who = ""
) -> None:
    """End a run, with or without undoing what it changed."""

    async def work(desk: Desk) -> model.Run | None:
        found = await desk.find_run(run)
        question = later("{then} Abort and roll back {run}?") if rollback else later("{then} Abort {run}?")
        then, person = steer_run.after_abort(found), caller(desk.library().catalog, who)
        if not yes:
            if not ask(_(question, then=then, run=found.id), instead="--yes"):
                return None
            await must_hold(desk, found.id, person, "abort_run", lambda run: steer_run.after_abort(run) == then)
        return await steer_run.abort(desk, found.id, person, rollback=rollback, why=reason)

    after = act(ctx, work)
    if after is None:
        show(_("Nothing was aborted."))
        raise typer.Exit(1)
    told = (
        later("{run} is being rolled back. Watch it with: dr status {run} --follow")
        if rollback
        else later("{run} is being aborted. Watch it with: dr status {run} --follow")
    )
    show(_(told, run=after.id))


@commands.command(epilog=example("dr note orders-api Status page says all of us-east-1"))
def note(ctx: typer.Context, run: AnyRun, words: Words, who: Who = "") -> None:
    """Put a remark on the timeline."""

    async def work(desk: Desk) -> model.Run:
        found = await desk.find_run(run)
        return await add_note(desk, found.id, caller(desk.library().catalog, who), " ".join(words))

    after = act(ctx, work)
    show(_("Noted on {run}.", run=after.id))
