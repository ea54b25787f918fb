"""iam-policy, docs: what follows from the actions and runbooks and is written by nobody.

Promises files and JSON that are the same for the same actions and runbooks. Refuses to connect anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from pydantic import JsonValue

from bot.actions.pages import MADE, index_page, page
from bot.actions.policies import Document, Need, documents, trust_policy
from bot.cli.door import print_json, rooms_of, settings, show
from bot.cli.words import example
from bot.language import _, _n
from bot.model.action import ActionSpec
from bot.model.errors import NotFound, UserError
from bot.model.service import Service
from bot.planning.permissions import catalogue_needs, runbook_needs, service_needs
from bot.runbook.library import Library

commands = typer.Typer()

Target = Annotated[
    str, typer.Argument(metavar="[SERVICE|RUNBOOK]", help="Whose policy; a service has all its runbooks.")
]
All = Annotated[bool, typer.Option("--all", help="Every action of the catalogue, wherever.")]
Trust = Annotated[
    str, typer.Option("--trust", metavar="ARN", help="Print the role's trust policy instead, for the bot's own role.")
]
Out = Annotated[Path | None, typer.Option("-o", "--out", metavar="FOLDER", help="Write files there.")]
Topic = Annotated[Literal["actions"], typer.Argument(metavar="actions", help="What the pages are about.")]
Folder = Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where the pages go.")]


@commands.command(
    "iam-policy",
    epilog=example(
        "dr iam-policy orders-api", "dr iam-policy orders-api --trust arn:aws:iam::111122223333:role/dr-bot"
    ),
)
def iam_policy(ctx: typer.Context, target: Target = "", every: All = False, trust: Trust = "", out: Out = None) -> None:
    """Print the least IAM policy that a service or runbook needs."""
    rooms = rooms_of(ctx)
    library = rooms.library(settings())
    if trust:
        return print_json(trust_policy(trust, library.catalog.service(target).external_id))
    if every == bool(target):
        raise UserError(_("Name a service or a runbook, or say --all."))
    specs = rooms.actions().specs
    needs = catalogue_needs(specs) if every else _needs(library, target, specs)
    found = documents(needs)
    if out is not None:
        return show(*(str(path) for path in _fill(out, _files(target or "all", found))))
    if len(found) > 1:
        typer.echo(
            _("One policy would be too long, so these are {count}; attach all of them.", count=len(found)), err=True
        )
    return print_json(found[0] if len(found) == 1 else cast(JsonValue, found))


@commands.command(epilog=example("dr docs actions -o docs/actions"))
def docs(ctx: typer.Context, topic: Topic, out: Folder = Path("docs/actions")) -> None:
    """Write one page per action, and their index."""
    catalogue = rooms_of(ctx).actions()
    pages = {f"{name}.md": page(catalogue[name]) for name in catalogue}
    pages["README.md"] = index_page(catalogue.specs.values())
    _fill(out, pages)
    for stale in set(out.glob("*.md")) - {out / name for name in pages}:
        if MADE in stale.read_text(encoding="utf-8"):  # ours, of an action that is gone
            stale.unlink()
    show(
        _n(
            "{count} page of {topic} in {folder}",
            "{count} pages of {topic} in {folder}",
            len(pages),
            topic=topic,
            folder=out,
        )
    )


def _needs(library: Library, target: str, specs: Mapping[str, ActionSpec]) -> Sequence[Need]:
    if target in library.catalog.services:
        service = library.catalog.service(target)
        if not service.runbooks:
            raise UserError(_("{service} has no runbooks, so it needs no permissions.", service=target))
        return service_needs(service, library, specs)
    if target not in library.runbooks:
        raise NotFound("service or runbook", target, [*library.catalog.services, *library.runbooks])
    serving: list[Service | None] = [
        each for each in library.catalog.services.values() if target in each.runbooks.values()
    ]
    return [
        need
        for service in serving or [None]
        for need in runbook_needs(library.find(target).runbook, service, library, specs)
    ]


def _files(name: str, found: Sequence[Document]) -> dict[str, str]:
    texts = [json.dumps(each, indent=2) + "\n" for each in found]
    return {f"{name}.json" if len(texts) == 1 else f"{name}-{n}.json": text for n, text in enumerate(texts, 1)}


def _fill(folder: Path, files: Mapping[str, str]) -> list[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        told = _("{folder} cannot be written: {why}. Choose another folder with -o.", folder=folder, why=error.strerror)
        raise UserError(told) from error
    return [folder / name for name in files]
