"""lint, schema, actions, manifest: what runbook authors and installers need; nothing here connects anywhere."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import RenderableType
from rich.text import Text

from bot.actions.base import AnyAction
from bot.actions.examples import example_step
from bot.actions.pages import undo_words
from bot.actions.scaffold import new_action
from bot.cli.door import print_json, rooms_of, show
from bot.cli.kit import facts, grid, heading, text
from bot.cli.lint import lint_paths
from bot.cli.words import AsJson, example
from bot.language import _, again
from bot.model.action import HARMS, ActionSpec, Field
from bot.model.errors import NotFound, UserError
from bot.timeline.terms import listed

commands = typer.Typer()

Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files or folders; runbooks/ when left out.")
]
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]", help="One action, with all about it; or: new NAME, to write a new one's files."),
]
Search = Annotated[bool, typer.Option("--search", help="List the actions that speak of all these words.")]
Looks = Annotated[bool, typer.Option("--check", help="With new: an action that only looks.")]


@commands.command(epilog=example("dr lint runbooks/", "dr lint runbooks/orders-api/failover.yaml --json"))
def lint(ctx: typer.Context, paths: Paths = None, as_json: AsJson = False) -> None:
    """Check runbooks and catalogues; every mistake at once."""
    problems = lint_paths(rooms_of(ctx), paths or [Path("runbooks")])
    if as_json:
        print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            said = again(str(problem))
            sys.stdout.write(f"{_('{problem} (warning)', problem=said) if problem.level == 'warning' else said}\n")
    if any(problem.level == "error" for problem in problems):
        raise typer.Exit(1)


@commands.command(epilog=example("dr schema > runbook.schema.json"))
def schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of runbooks, for editors."""
    from bot.runbook.schema import json_schema

    print_json(json_schema(rooms_of(ctx).actions().specs))


@commands.command(
    epilog=example("dr actions", "dr actions ecs.set_desired_count", "dr actions --search replica lag",
                   "dr actions new rds.reboot")
)  # fmt: skip
def actions(
    ctx: typer.Context, words: Words = None, search: Search = False, check: Looks = False, as_json: AsJson = False
) -> None:
    """List the actions that runbooks can use."""
    given = words or []
    if given[:1] == ["new"]:
        return show(*(str(path) for path in _new(given[1:], check)))
    catalogue = rooms_of(ctx).actions()
    specs = catalogue.specs
    if given and not search and (len(given) > 1 or given[0] not in specs):
        raise NotFound("action", " ".join(given), specs)
    chosen = [each for each in specs.values() if _fits(each, given, search)]
    if as_json:
        return print_json([_as_json(catalogue[each.name]) for each in chosen])
    if given and not search:
        return show(*_page(catalogue[given[0]]))
    if not chosen:
        raise UserError(_("No action speaks of {words}. List all: dr actions", words=" ".join(given)))
    headers = ("action", "what it does", "risk", "when in doubt", "control plane")
    rows = ((s.name, s.summary, HARMS[s.risk], s.idempotency.value, s.control_plane.value) for s in chosen)
    return show(grid(headers, rows, wraps={"what it does"}))


def _fits(spec: ActionSpec, words: list[str], search: bool) -> bool:
    if not search:
        return not words or spec.name in words
    told = " ".join([spec.name, spec.docs, *spec.permissions, *(field.name for field in spec.parameters)]).lower()
    return all(word.lower() in told for word in words)


def _new(names: list[str], check: bool) -> list[Path]:
    """Write the files of a new action into this checkout."""
    if len(names) != 1:
        raise UserError(_("Name one new action: dr actions new rds.reboot"))
    files = {Path(path): told for path, told in new_action(names[0], check=check).items()}
    if not Path("bot/actions").is_dir():
        raise UserError(_("There is no bot/actions here; go to the checkout first."))
    there = [str(path) for path in files if path.exists() and path.name != "__init__.py"]
    if there:
        raise UserError(_("{files} is there already; nothing was written.", files=listed(there)))
    fresh = {path: told for path, told in files.items() if not path.exists()}
    for path, told in fresh.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told, encoding="utf-8")
    return list(fresh)


@commands.command(epilog=example("dr manifest > manifest.json"))
def manifest(ctx: typer.Context) -> None:
    """Print the Slack app manifest."""
    sys.stdout.write(rooms_of(ctx).manifest().rstrip("\n") + "\n")


def _as_json(act: AnyAction) -> JsonValue:
    whole = {**act.spec.model_dump(mode="json"), "parameters_schema": act.spec.parameters_schema}
    names = ("name", "summary", "docs", "risk", "idempotency", "control_plane", "permissions", "implied", "parameters")
    more = ("results", "measures", "irreversible", "typical", "fences", "by_hand", "parameters_schema")
    derived = {"undo": undo_words(act.spec), "example": example_step(act), "rehearsed_calls": len(act.rehearsal.calls)}
    return {each: whole[each] for each in (*names, *more)} | derived


def _page(act: AnyAction) -> list[RenderableType]:
    spec = act.spec
    pairs = [("risk", HARMS[spec.risk]), ("when in doubt", spec.idempotency.value), ("undo", undo_words(spec))]
    pairs += [
        ("control plane", spec.control_plane.value),
        ("permissions", ", ".join((*spec.permissions, *spec.implied)) or "none"),
    ]
    parts: list[RenderableType] = [heading(spec.name), text(spec.summary), facts(pairs)]
    if spec.parameters:
        parts.append(
            grid(
                ("parameter", "type", "needed", "meaning"),
                (_field(each) for each in spec.parameters),
                wraps={"meaning"},
            )
        )
    if spec.results:
        rows = ((each.name, each.type, each.description) for each in spec.results)
        parts.append(grid(("result", "type", "meaning"), rows, wraps={"meaning"}))
    parts.append(heading("example"))
    parts += [Text(" " * _depth(line)) + text(line) for line in example_step(act).splitlines()]
    return parts


def _depth(line: str) -> int:
    return 2 + len(line) - len(line.lstrip())


def _field(field: Field) -> tuple[str, ...]:
    needed = "yes" if field.required else f"no, {json.dumps(field.default)}"
    return field.name, field.type, needed, field.description
