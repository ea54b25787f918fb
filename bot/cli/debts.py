"""debt: what a run, or all runs of a service, left standing and have to take back some day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import RenderableType
from rich.text import Text

from bot.cli.door import at_desk, print_json, show
from bot.cli.kit import grid, heading, moment, text
from bot.cli.words import AsJson, example
from bot.language import _
from bot.model.debt import Debt
from bot.timeline.debts import way_back
from bot.timeline.unfenced import sentence_of
from bot.usecases.debts import Owed, owed

commands = typer.Typer()

RunOrService = Annotated[
    str,
    typer.Argument(
        metavar="[RUN]",
        help="A run's id, or a service for all that it owes; left out for the open run, or for all services.",
    ),
]


@commands.command(epilog=example("dr debt", "dr debt orders-api", "dr debt orders-api-1123-k3f2q --json"))
def debt(ctx: typer.Context, run: RunOrService = "", as_json: AsJson = False) -> None:
    """Show what a run changed that has to be taken back some day."""
    found = at_desk(ctx, lambda desk: owed(desk, run))
    if as_json:
        left: list[JsonValue] = [side.model_dump(mode="json") for side in found.unfenced]
        return print_json({"of": found.of, "unfenced": left, "debts": [_said(each, found) for each in found.debts]})
    return show(*debt_page(found))


def debt_page(found: Owed) -> Iterator[RenderableType]:
    """What may still take writes, then each change with its way back; those that somebody has paid look different."""
    for side in found.unfenced:
        yield text(f"{sentence_of(side)} [{side.run}]", "bold red")
    if not found.debts:
        yield text(_("{what} owes nothing.", what=found.of) if found.of else _("No service owes anything."))
        return
    yield heading(_("What {what} owes", what=found.of) if found.of else _("What all services owe"))
    wraps = (_("what"), _("change"), _("how it is paid back"), _("costs meanwhile"))
    headers = (_("state"), _("since"), *wraps)
    yield grid(headers, (_row(each, found) for each in found.debts), wraps=wraps)


def _row(each: Debt, found: Owed) -> tuple[Text | str, ...]:
    is_open = each in found.open
    run = f" {each.run}" if each.run != found.of else ""
    state = text(_("open"), "bold yellow") if is_open else text(_("paid"), "green")
    return (
        state,
        moment(each.since),
        f"{each.title} [{each.action}, {each.region}]{run}",
        each.change,
        way_back(each),
        (each.costs if is_open else ""),
    )


def _said(each: Debt, found: Owed) -> JsonValue:
    return {**each.model_dump(mode="json"), "open": each in found.open}
