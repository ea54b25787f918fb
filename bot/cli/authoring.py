"""lint, schema, actions, manifest: what runbook authors and installers need; nothing here connects anywhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.console import RenderableType

from bot.cli.door import print_json, rooms_of, show
from bot.cli.kit import facts, grid, heading, text
from bot.cli.lint import lint_paths
from bot.cli.words import AsJson, example
from bot.model.action import ActionSpec, Field
from bot.model.errors import NotFound

commands = typer.Typer()

Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files or folders; runbooks/ when left out.")
]
Name = Annotated[str, typer.Argument(metavar="[NAME]", help="One action, with its parameters and results.")]


@commands.command(epilog=example("dr lint runbooks/", "dr lint runbooks/orders-api/failover.yaml --json"))
def lint(ctx: typer.Context, paths: Paths = None, as_json: AsJson = False) -> None:
    """Check runbooks and catalogues; every mistake at once."""
    problems = lint_paths(rooms_of(ctx), paths or [Path("runbooks")])
    if as_json:
        print_json([problem.model_dump(mode="json") for problem in problems])
    else:
        for problem in problems:
            sys.stdout.write(f"{problem}{' (warning)' if problem.level == 'warning' else ''}\n")
    if any(problem.level == "error" for problem in problems):
        raise typer.Exit(1)


@commands.command(epilog=example("dr schema > runbook.schema.json"))
def schema(ctx: typer.Context) -> None:
    """Print the JSON Schema of runbooks, for editors."""
    from bot.runbook.schema import json_schema

    print_json(json_schema(rooms_of(ctx).actions().specs))


@commands.command(epilog=example("dr actions", "dr actions ecs.set_desired_count"))
def actions(ctx: typer.Context, name: Name = "", as_json: AsJson = False) -> None:
    """List the actions that runbooks can use."""
    specs = rooms_of(ctx).actions().specs
    if name and name not in specs:
        raise NotFound("action", name, specs)
    chosen = [specs[name]] if name else list(specs.values())
    if as_json:
        return print_json([_as_json(spec) for spec in chosen])
    if name:
        return show(*_page(chosen[0]))
    headers = ("action", "what it does", "risk", "when in doubt", "control plane")
    rows = ((s.name, s.summary, s.risk.value, s.idempotency.value, s.control_plane.value) for s in chosen)
    return show(grid(headers, rows, wraps={"what it does"}))


@commands.command(epilog=example("dr manifest > manifest.json"))
def manifest(ctx: typer.Context) -> None:
    """Print the Slack app manifest."""
    sys.stdout.write(rooms_of(ctx).manifest().rstrip("\n") + "\n")


def _as_json(spec: ActionSpec) -> JsonValue:
    whole = json.loads(spec.model_dump_json())
    names = ("name", "summary", "docs", "risk", "idempotency", "control_plane", "permissions", "parameters", "results")
    more = ("measures", "irreversible", "typical", "parameters_schema")
    return {each: whole[each] for each in (*names, *more)}


def _page(spec: ActionSpec) -> list[RenderableType]:
    undo = spec.irreversible or ("reads only" if spec.risk.rank == 0 else "can be undone")
    pairs = [("risk", spec.risk.value), ("when in doubt", spec.idempotency.value), ("undo", undo)]
    pairs += [("control plane", spec.control_plane.value), ("permissions", ", ".join(spec.permissions) or "none")]
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
    return parts


def _field(field: Field) -> tuple[str, ...]:
    needed = "yes" if field.required else f"no, {json.dumps(field.default)}"
    return field.name, field.type, needed, field.description
