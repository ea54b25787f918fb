"""serve and healthcheck: the bot as a process."""

from __future__ import annotations

import asyncio
import logging
import time

import typer

from bot.cli import collector
from bot.cli.door import rooms_of, settings, show
from bot.cli.follow import stop_on_signals
from bot.cli.heartbeat import ails, beat
from bot.cli.logs import to_stderr
from bot.cli.rooms import Rooms
from bot.cli.words import example
from bot.settings import Settings

commands = typer.Typer()


@commands.command(epilog=example("SLACK_BOT_TOKEN=… SLACK_APP_TOKEN=… REDIS_URL=… dr serve"))
def serve(ctx: typer.Context) -> None:
    """Run the bot: drive runs and answer Slack."""
    environment = settings()
    to_stderr(level=logging.INFO, as_json=environment.log_json, for_good=True)
    asyncio.run(_serve(rooms_of(ctx), environment))


@commands.command(epilog=example("dr healthcheck && echo alive"))
def healthcheck() -> None:
    """Tell whether the bot on this machine is alive."""
    why = ails(settings().home, time.time())
    if why:
        typer.echo(why, err=True)
        raise typer.Exit(1)
    show("alive")


async def _serve(rooms: Rooms, settings: Settings) -> None:
    stop = stop_on_signals()
    async with rooms.open_house(settings, patient=True) as house:
        collector.settle()
        life = asyncio.create_task(beat(settings.home, stop))
        try:
            await house.serve(stop)
        finally:
            stop.set()
            await life
