"""glass, review: one person alone lets a step begin, and another one looks at it afterwards."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.approval.glass import phrase
from bot.approval.votes import Ballot
from bot.cli.deciding import Key, Typed, with_step
from bot.cli.door import act, caller, show
from bot.cli.signing import signed
from bot.cli.words import AnyRun, Meant, Step, Who, example
from bot.language import _
from bot.model import run as model
from bot.model.errors import UserError
from bot.usecases.decide import break_glass
from bot.usecases.decide import review as review_run
from bot.usecases.desk import Desk

commands = typer.Typer()

Reason = Annotated[str, typer.Option("--reason", help="Why nobody else could be asked; 20 characters or more.")]
Words = Annotated[list[str], typer.Argument(metavar="TEXT...", help="What you found.")]


@commands.command(
    epilog=example(
        'dr glass orders-api promote_db --reason "the whole board is on one plane" '
        '--typed "break glass orders-global" --key ~/.ssh/id_ed25519'
    )
)
def glass(
    ctx: typer.Context,
    run: Meant = "",
    step: Step = "",
    reason: Reason = "",
    typed: Typed = "",
    key: Key = None,
    who: Who = "",
) -> None:
    """Break the glass: one person alone lets a step begin, in the open."""

    async def work(desk: Desk) -> model.Run:
        found = await with_step(desk, run, step)
        if not typed:
            raise UserError(_('Say it with: --typed "{phrase}"', phrase=phrase(found, step)))
        person = caller(desk.library().catalog, who)
        ballot = Ballot(step, person.person, "approve", found.plan.hash, typed, round=found.steps[step].round)
        return await break_glass(desk, found.id, person, signed(found, ballot, key), reason)

    after = act(ctx, work)
    show(_("The glass of {run} is broken. Somebody else closes that with: dr review {run} <words>", run=after.id))


@commands.command(epilog=example("dr review orders-api nobody else was awake, the call was right"))
def review(ctx: typer.Context, run: AnyRun, words: Words, who: Who = "") -> None:
    """Write down what the review of a run found; or close a broken glass."""

    async def work(desk: Desk) -> model.Run:
        found = await desk.find_run(run)
        return await review_run(desk, found.id, caller(desk.library().catalog, who), " ".join(words))

    after = act(ctx, work)
    if after.reviewed_at is not None:
        show(_("The review of {run} is on its record.", run=after.id))
    else:
        show(_("The broken glass of {run} is reviewed.", run=after.id))
