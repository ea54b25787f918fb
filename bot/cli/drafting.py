"""new: a first runbook for a service of the catalogue, written where the bot will find it.

Promises that no file is written over, and that the next moves are said.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.door import print_json, rooms_of, settings, show
from bot.cli.words import AsJson, example, kind_of
from bot.language import _
from bot.model.errors import UserError
from bot.model.service import RunKind, Service
from bot.runbook.first import first_runbook, name_of
from bot.runbook.library import CATALOG

commands = typer.Typer()

Of = Annotated[str, typer.Argument(metavar="SERVICE", help="A service of the catalogue.")]
Kind = Annotated[str, typer.Argument(metavar="[KIND]", help="failover, failback, restore or drill.")]
To = Annotated[Path | None, typer.Option("--to", metavar="PATH", help="Write it there.")]


@commands.command("new", epilog=example("dr new orders-api", "dr new orders-api failback --to draft.yaml"))
def new_runbook(
    ctx: typer.Context, service: Of, kind: Kind = "failover", to: To = None, as_json: AsJson = False
) -> None:
    """Write a first runbook for a service.

    What the catalogue names is done by an action, the rest by people, with a remark for the author.
    """
    folder = settings().runbooks
    library, known = rooms_of(ctx).library(settings()), kind_of(kind)
    wanted = library.catalog.service(service)
    name, path = name_of(wanted, known), to or folder / wanted.name / f"{known}.yaml"
    if path.exists() or (to is None and name in library.runbooks):
        there = path if path.exists() else name
        raise UserError(_("{there} is there already; nothing was written. Elsewhere: --to PATH", there=there))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(first_runbook(wanted, known, library.catalog), encoding="utf-8")
    moves = list(_moves(wanted, known, path))
    if as_json:
        print_json({"path": str(path), "runbook": name, "next": [*moves]})
    else:
        show(str(path), _("Next:"), *(f"  {move}" for move in moves))


def _moves(service: Service, kind: RunKind, path: Path) -> Iterator[str]:
    name = name_of(service, kind)
    if kind not in service.runbooks:
        yield _(
            "in {catalog}, under `runbooks:` of {service}: `{kind}: {name}`",
            catalog=CATALOG, service=service.name, kind=kind, name=name,
        )  # fmt: skip
    yield f"dr lint {path}"
    yield f"dr rehearse {name} --service {service.name}"
