"""demo: a failover on this machine, from the first alarm to the exported timeline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.door import on_terminal, rooms_of
from bot.cli.words import example

commands = typer.Typer()

Unattended = Annotated[
    bool, typer.Option("--unattended", help="Play all people by itself, as it does where there is no terminal.")
]
Kill = Annotated[bool, typer.Option("--kill", help="Kill the bot in the middle of the promotion, and start it again.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the workspace page; a free one when 0.")]
Out = Annotated[Path, typer.Option("-o", "--out", help="Where the exports go.")]
Home = Annotated[Path | None, typer.Option("--home", help="Keep the state here instead of a folder that is removed.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page when there is a display.")]
Runbooks = Annotated[Path | None, typer.Option("--runbooks", metavar="DIR", help="Play your own runbooks instead.")]
World = Annotated[
    Path | None,
    typer.Option("--world", metavar="FILE", help="AWS calls that make what your services consist of."),
]


@commands.command(
    epilog=example("dr demo", "dr demo --unattended --kill", "dr demo --runbooks mine --world world.yaml")
)
def demo(
    ctx: typer.Context, unattended: Unattended = False, kill: Kill = False, port: Port = 0, out: Out = Path("out"),
    home: Home = None, browser: Browser = True, runbooks: Runbooks = None, world: World = None,
) -> None:  # fmt: skip
    """Play a failover on this machine, without AWS, Slack or Redis accounts."""
    if runbooks is not None and (unattended or kill):
        raise typer.BadParameter("The story that plays itself is of orders-api; leave --unattended and --kill out.")
    alone = runbooks is None and (unattended or kill or not on_terminal())
    opens = browser and not alone and "CI" not in os.environ
    code = rooms_of(ctx).demo(
        unattended=alone, kill=kill, port=port, out=out, home=home, browser=opens, runbooks=runbooks, world=world
    )
    raise typer.Exit(code)
