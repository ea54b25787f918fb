"""doctor: one line per condition, with the remedy for each that is not as it should be."""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import typer
from rich.text import Text

from bot.cli.door import print_json, rooms_of, settings, show
from bot.cli.kit import text
from bot.cli.words import AsJson, example
from bot.language import _, again, later
from bot.usecases.doctor import Condition, examine

commands = typer.Typer()

_SIGNS = {
    "ok": (later("✓ ok      "), "green"),
    "warning": (later("! warning "), "yellow"),
    "failed": (later("✗ FAILED  "), "bold red"),
}


@commands.command(epilog=example("dr doctor", "dr doctor --json"))
def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Check everything the bot depends on, with a remedy for each failure."""
    report = asyncio.run(examine(rooms_of(ctx).probes(settings())))
    if as_json:
        print_json([asdict(condition) for condition in report])
    else:
        show(*(_line(condition) for condition in report))
    if any(condition.state == "failed" for condition in report):
        raise typer.Exit(1)


def _line(condition: Condition) -> Text:
    remedy = f" → {again(condition.remedy)}" if condition.remedy else ""
    sign, style = _SIGNS[condition.state]
    return Text.assemble((_(sign), style), text(f"{condition.name}: {again(condition.seen)}{remedy}"))
