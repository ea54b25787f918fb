"""assess, dismiss: is this a disaster? The same card as in Slack, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer
from rich.console import RenderableType

from bot.cli.door import at_desk, caller, print_json, show
from bot.cli.kit import heading, moment, text
from bot.cli.words import AsJson, Who, example
from bot.language import _
from bot.model.case import Case
from bot.model.service import Catalog, Service
from bot.planning.assessment import assess as weigh
from bot.usecases import assess as cases
from bot.usecases.case_words import (
    acting_costs,
    deadline_text,
    ending_text,
    sign_text,
    waiting_costs,
    weighed,
    who_decides,
)
from bot.usecases.desk import Desk

commands = typer.Typer()

ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="The service's name in the catalogue.")]
Reason = Annotated[list[str], typer.Argument(metavar="WHY...", help="Why this is no disaster.")]


@commands.command(epilog=example("dr assess orders-api"))
def assess(ctx: typer.Context, service: ServiceName, who: Who = "", as_json: AsJson = False) -> None:
    """Is this a disaster? The evidence, both costs, the deadline to decide.

    Nothing is started by asking.
    """

    async def work(desk: Desk) -> tuple[Case, Service, Catalog, datetime]:
        catalog = desk.library().catalog
        case = await cases.assess_service(desk, service, caller(catalog, who))
        return case, catalog.service(case.service), catalog, desk.clock.now()

    case, named, catalog, now = at_desk(ctx, work)
    if as_json:
        print_json(case.model_dump(mode="json"))
    else:
        show(*case_page(case, named, catalog, now))


@commands.command(epilog=example("dr dismiss orders-api a bad deployment, rolled back"))
def dismiss(ctx: typer.Context, service: ServiceName, why: Reason, who: Who = "") -> None:
    """Not a disaster; the reason stays on record."""

    async def work(desk: Desk) -> Case:
        return await cases.dismiss(desk, service, caller(desk.library().catalog, who), " ".join(why))

    case = at_desk(ctx, work)
    show(_("The case of {service} is closed.", service=case.service))


def case_page(case: Case, service: Service, catalog: Catalog, now: datetime) -> Iterator[RenderableType]:
    """The card in a terminal."""
    yield heading(_("Is this a disaster? {service}", service=service.title or service.name))
    if case.looked is None:
        yield text(_("Nothing was looked at yet."))
        return
    found = weigh(case.looked, service.objectives, now)
    yield text(deadline_text(case, service, found, moment), "bold")
    yield text(weighed(found))
    yield heading(_("What was seen"))
    yield from (text(f"  {sign_text(sign, moment)}") for sign in case.looked.signs)
    yield heading(_("What waiting costs"))
    yield from (text(f"  {line}") for line in waiting_costs(case, service, found, moment))
    yield heading(_("What a failover costs"))
    yield from (text(f"  {line}") for line in acting_costs(case, service, found))
    yield text(_("Who may decide: {groups}", groups=who_decides(service, catalog)))
    if ending := ending_text(case, moment):
        yield text(ending, "bold")
    else:
        yield text(_("Start it with: dr failover {service}, or: dr dismiss {service} <why>", service=service.name))
