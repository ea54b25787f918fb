"""status, runs, timeline, export: read runs, and write their story out."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import JsonValue

from bot.approval.policy import lent_words
from bot.cli.door import at_desk, caller, print_json, rooms_of, settings, show
from bot.cli.follow import drive_and_follow
from bot.cli.language import asked_language
from bot.cli.notes import door_note, work_note
from bot.cli.run_page import next_moves, run_page, runs_page, timeline_page
from bot.cli.words import AnyRun, AsJson, Follow, Run, Who, example
from bot.language import _
from bot.model.errors import UserError
from bot.model.step_run import Phase
from bot.timeline.export import EXPORTS
from bot.usecases.attendance import heard
from bot.usecases.desk import Desk
from bot.usecases.export_run import ExportedFile, export_run
from bot.usecases.look import RunView, list_runs, view_run

commands = typer.Typer()
T = TypeVar("T")

Out = Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where the files go.")]
Formats = Annotated[
    list[str] | None, typer.Option("--format", help="md, json, csv or html; may be repeated. All when left out.")
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most.")]


@commands.command(epilog=example("dr status", "dr status orders-api --follow"))
def status(ctx: typer.Context, run: Run = "", follow: Follow = False, as_json: AsJson = False) -> None:
    """Show one run: its steps, whom it waits for, RTO and RPO."""
    (view, lent), doors, work = at_desk(ctx, lambda desk: _with_notes(desk, _with_lent(desk, run)))
    if follow:
        raise typer.Exit(drive_and_follow(rooms_of(ctx), settings(), view.run.id, as_json=as_json))
    now = datetime.now(UTC)
    if as_json:
        return print_json(_summary(view, now) | {"slack": doors, "work": work, "groups": list(lent)})
    return show(run_page(view, now), *lent, *filter(None, (doors, work)))


@commands.command(epilog=example("dr runs --json"))
def runs(ctx: typer.Context, limit: Limit = 20, as_json: AsJson = False) -> None:
    """List runs, open ones first."""
    views, *notes = at_desk(ctx, lambda desk: _with_notes(desk, list_runs(desk, limit)))
    if as_json:
        now = datetime.now(UTC)
        return print_json([_summary(view, now) for view in views])
    return show(runs_page(views), *filter(None, notes))


@commands.command(epilog=example("dr timeline orders-api"))
def timeline(ctx: typer.Context, run: Run = "", as_json: AsJson = False) -> None:
    """Tell a run as a story."""
    view = at_desk(ctx, lambda desk: view_run(desk, run))
    if as_json:
        return print_json(view.timeline.model_dump(mode="json"))
    return show(*timeline_page(view.timeline, datetime.now(UTC)))


@commands.command(epilog=example("dr export orders-api -o out --format md --format html"))
def export(
    ctx: typer.Context,
    run: AnyRun,
    out: Out = Path("out"),
    formats: Formats = None,
    who: Who = "",
    as_json: AsJson = False,
) -> None:
    """Write a run's timeline to files."""

    async def work(desk: Desk) -> tuple[ExportedFile, ...]:
        found = await desk.find_run(run)
        return await export_run(
            desk, found.id, caller(desk.library().catalog, who), formats or tuple(EXPORTS), asked_language.get()
        )

    paths = [write(out, each) for each in at_desk(ctx, work)]
    if as_json:
        return print_json([str(path) for path in paths])
    return show(*(str(path) for path in paths))


def write(folder: Path, file: ExportedFile) -> Path:
    """The file in `folder`, which is made when it is missing. Raises UserError when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / file.name
        path.write_text(file.text, encoding="utf-8")
    except OSError as error:
        told = _("{folder} cannot be written: {why}. Choose another folder with -o.", folder=folder, why=error.strerror)
        raise UserError(told) from error
    return path


async def _with_notes(desk: Desk, asked: Awaitable[T]) -> tuple[T, str, str]:
    return await asked, await door_note(desk), await work_note(desk)


async def _with_lent(desk: Desk, hint: str) -> tuple[RunView, tuple[str, ...]]:
    """The run, and what its open gates know of Slack's user groups, with the age of it."""
    view = await view_run(desk, hint)
    catalog, now = await heard(desk.standing, desk.library().catalog, view.run), desk.clock.now()
    asking = (view.run.gate(step) for step, state in view.run.steps.items() if state.phase is Phase.GATE)
    lines = (line for gate in asking if gate is not None for line in lent_words(gate, catalog, now))
    return view, tuple(dict.fromkeys(lines))


def _summary(view: RunView, now: datetime) -> dict[str, JsonValue]:
    whole = view.timeline.model_dump(mode="json")
    names = ("run", "service", "kind", "mode", "status", "title", "started_at", "ended_at", "rto", "rpo", "plan_hash")
    return {
        **{name: whole[name] for name in names},
        "requester": view.run.plan.requester.id,
        "steps": [_step(each) for each in whole["spans"]],
        "next": [move.strip() for move in next_moves(view.run, now) if move.startswith("  dr ")],
    }


def _step(span: dict[str, JsonValue]) -> JsonValue:
    return {name: span[name] for name in ("step", "title", "state", "started_at", "ended_at", "attempts", "seen")}
