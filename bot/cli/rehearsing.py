"""rehearse: a runbook played to its end here and now, with the story it would tell.

Promises that nothing outside this process is asked, and exit code 1 when the end is not reached.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import Group, RenderableType
from rich.text import Text

from bot.cli.door import print_json, rooms_of, settings, show
from bot.cli.kit import facts, grid, heading, mark, span, text, verdict
from bot.cli.words import AsJson, example
from bot.language import _, later
from bot.model.base import format_duration
from bot.model.errors import UserError
from bot.model.timeline import Entry, Span
from bot.usecases.rehearse import Rehearsed, rehearse

commands = typer.Typer()
_AGAINST = later("{span}, {verdict} against {target}")

Runbook = Annotated[str, typer.Argument(metavar="RUNBOOK", help="A runbook, or a service for its failover.")]
For = Annotated[str, typer.Option("--service", metavar="NAME", help="Play it for this service.")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="INPUT=VALUE", help="An input; may be repeated.")]


@commands.command(
    "rehearse", epilog=example("dr rehearse orders-api", "dr rehearse orders-api.failover --set mode=planned")
)
def rehearse_runbook(
    ctx: typer.Context, runbook: Runbook, service: For = "", sets: Sets = None, as_json: AsJson = False
) -> None:
    """Play a runbook to its end without any account, in seconds."""
    stage = rooms_of(ctx).theatre(settings())
    played = asyncio.run(rehearse(stage, runbook, service=service, inputs=_inputs(sets or [])))
    if as_json:
        print_json({"stuck": played.stuck, "timeline": played.timeline.model_dump(mode="json")})
    else:
        show(*_page(played))
    if played.stuck:
        raise typer.Exit(1)


def _inputs(sets: list[str]) -> dict[str, JsonValue]:
    pairs = [each.partition("=") for each in sets]
    wrong = next((name for name, equals, _value in pairs if not equals), None)
    if wrong is not None:
        raise UserError(_("{name} has no value; write it as --set {name}=VALUE.", name=wrong))
    return {name: value for name, _equals, value in pairs}


def _page(played: Rehearsed) -> Iterator[RenderableType]:
    timeline = played.timeline
    book = f"{timeline.runbook.name}@{timeline.runbook.version}"
    yield heading(_("Rehearsal of {title} ({runbook})", title=timeline.title, runbook=book))
    yield Group(*(_line(entry, timeline.started_at) for entry in timeline.entries))
    yield grid((_("step"), _("what"), _("state"), _("took")), map(_row, timeline.spans), wraps={_("what")})
    rto = timeline.rto
    achieved = span(rto.achieved)
    yield facts(
        [
            (_("played as"), _("{who} for {service}", who=timeline.requester.name, service=timeline.service)),
            (_("predicted RTO"), _(_AGAINST, span=achieved, verdict=verdict(rto.met), target=span(rto.target))),
            (_("critical path"), " → ".join(played.plan.forecast.critical_path)),
        ]
    )
    if played.stuck:
        yield text(_("The end was NOT reached: {why}", why=played.stuck), "bold red")
    else:
        yield text(_("Reached the end. Nothing outside this process was asked."), "green")


def _line(entry: Entry, since: datetime) -> RenderableType:
    who = "" if entry.who == "bot" else f" [{entry.who}]"
    return text(f"{'+' + format_duration(entry.at - since):>9}  {entry.text}{who}")


def _row(each: Span) -> tuple[Text | str, ...]:
    took = span(each.ended_at - each.started_at) if each.ended_at and each.started_at else ""
    return each.step, each.title, mark(each.state), took
