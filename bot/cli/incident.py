"""claim, handover, accept, update: who leads, and what those outside are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import typer

from bot.approval.roles import role_words
from bot.cli.door import ask, at_desk, caller, show
from bot.cli.kit import moment
from bot.cli.words import AnyRun, Who, Why, example
from bot.language import _
from bot.model import run as model
from bot.model.base import parse_duration
from bot.model.errors import UserError
from bot.timeline.brief import brief
from bot.usecases import roles
from bot.usecases.desk import Desk
from bot.usecases.look import view_run
from bot.usecases.status_update import Update, draft, post_status, snooze

commands = typer.Typer()

Role = Annotated[str, typer.Argument(metavar="ROLE", help="ic, ops, comms, or another role of the catalogue.")]
Receiver = Annotated[str, typer.Argument(metavar="WHO", help="Who takes the role over: a name on the roster.")]
Words = Annotated[list[str] | None, typer.Argument(metavar="[TEXT]...", help="Where we are; drafted when left out.")]
What = Annotated[str, typer.Option("--what", help="What happened; drafted when left out.")]
Rest = Annotated[str, typer.Option("--snooze", metavar="10m", help="Post nothing; remind again after this.")]
Stop = Annotated[bool, typer.Option("--stop", help="Post nothing; remind nobody any more.")]
Next = Annotated[str, typer.Option("--next", metavar="30m", help="When the next update comes, or `never`.")]
RunOption = Annotated[str, typer.Option("--run", help="Run id or service; left out when only one run is open.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


@commands.command(epilog=example("dr claim ic", 'dr claim ic --run orders-api --reason "Bob is on a plane"'))
def claim(ctx: typer.Context, role: Role, run: RunOption = "", reason: Why = "", who: Who = "") -> None:
    """Hold a role; one that somebody holds is taken with a reason."""

    async def work(desk: Desk) -> model.Run:
        found = await desk.find_run(run)
        return await roles.claim(desk, found.id, caller(desk.library().catalog, who), role, reason)

    after = at_desk(ctx, work)
    show(_("You are {role} of {run} now.", role=role_words(role), run=after.id))


@commands.command(epilog=example("dr handover ic bob"))
def handover(ctx: typer.Context, role: Role, receiver: Receiver, run: RunOption = "", who: Who = "") -> None:
    """Ask somebody to take your role over; you hold it until they say yes."""

    async def work(desk: Desk) -> str:
        catalog = desk.library().catalog
        found, person = await desk.find_run(run), roles.named(catalog, receiver)
        await roles.hand_over(desk, found.id, caller(catalog, who), role, person)
        return person.name

    name = at_desk(ctx, work)
    show(_("{who} was asked. Until they say yes, you are {role}.", who=name, role=role_words(role)))


@commands.command(epilog=example("dr accept ic"))
def accept(ctx: typer.Context, role: Role, run: RunOption = "", yes: Yes = False, who: Who = "") -> None:
    """Read the brief and take the role that was offered."""

    async def work(desk: Desk) -> model.Run | None:
        found, catalog = await desk.find_run(run), desk.library().catalog
        view = await view_run(desk, found.id)
        show(*brief(view.run, view.timeline, catalog))
        if not yes and not ask(_("Take over as {role}?", role=role_words(role)), instead="--yes"):
            return None
        return await roles.accept(desk, found.id, caller(catalog, who), role)

    after = at_desk(ctx, work)
    if after is None:
        show(_("Nothing changed hands."))
        raise typer.Exit(1)
    show(_("You are {role} of {run} now.", role=role_words(role), run=after.id))


@commands.command(epilog=example("dr update orders-api We promote the standby --next 30m --yes"))
def update(
    ctx: typer.Context, run: AnyRun, words: Words = None, what: What = "", next_in: Next = "", rest: Rest = "",
    stop: Stop = False, yes: Yes = False, who: Who = "",
) -> None:  # fmt: skip
    """Tell those outside, after a preview; or let its reminder rest."""
    if rest or stop:
        _silence(ctx, run, None if stop else _span(rest), who)
        return

    async def work(desk: Desk) -> Update | None:
        found, catalog = await desk.find_run(run), desk.library().catalog
        made = draft(await view_run(desk, found.id), catalog)
        made = replace(made, what=what or made.what, text=" ".join(words or ()) or made.text)
        made = replace(made, next_at=_next(next_in, desk.clock.now(), made.next_at))
        show(*_preview(made))
        if not yes and not ask(_("Post it in {channels}?", channels=", ".join(made.channels)), instead="--yes"):
            return None
        await post_status(desk, found.id, caller(catalog, who), made)
        return made

    posted = at_desk(ctx, work)
    if posted is None:
        show(_("Nothing was posted."))
        raise typer.Exit(1)
    show(_("It goes to {channels}.", channels=", ".join(posted.channels)))


def _silence(ctx: typer.Context, run: str, rest: timedelta | None, who: str) -> None:
    async def work(desk: Desk) -> model.Run:
        found = await desk.find_run(run)
        return await snooze(desk, found.id, caller(desk.library().catalog, who), rest)

    after = at_desk(ctx, work).incident
    until = None if after.stopped else after.resting_until
    show(_("Nobody is reminded any more.") if until is None else _("Nobody is reminded before {at}.", at=moment(until)))


def _next(given: str, now: datetime, drafted: datetime | None) -> datetime | None:
    """The moment of the next update: as drafted, never, or a span from now."""
    if not given:
        return drafted
    if given == "never":
        return None
    return now + _span(given)


def _span(given: str) -> timedelta:
    try:
        return parse_duration(given)
    except ValueError as wrong:
        raise UserError(str(wrong)) from None


def _preview(made: Update) -> Iterator[str]:
    yield made.what
    yield made.text
    if made.next_at is not None:
        yield _("Next update: {at}", at=moment(made.next_at))
