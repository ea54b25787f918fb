"""rebuild: runs from local journals, after Redis has lost them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from bot.approval.authorize import Situation, must_be_allowed
from bot.cli.door import caller, print_json, rooms_of, settings, show
from bot.cli.kit import grid, text
from bot.cli.rooms import Remembered, Rooms
from bot.cli.words import AsJson, Who, example
from bot.language import _
from bot.model.errors import UserError
from bot.model.people import Actor
from bot.settings import Settings
from bot.timeline.terms import status_words
from bot.usecases.rebuild import Found, find, write_back
from bot.usecases.rebuild_cases import FoundCase, find_cases, write_case_back

commands = typer.Typer()

Places = Annotated[
    list[Path] | None,
    typer.Option(
        "--from", metavar="PATH", exists=True, help="A journal folder or file; may be repeated, one for each host. "
        "DR_HOME/journal when left out.",
    ),
]  # fmt: skip
Apply = Annotated[bool, typer.Option("--apply", help="Write the runs back to Redis, paused.")]


@commands.command(epilog=example("dr rebuild", "dr rebuild --from host-a/journal --from host-b/journal --apply"))
def rebuild(
    ctx: typer.Context, places: Places = None, apply: Apply = False, who: Who = "", as_json: AsJson = False
) -> None:
    """Bring runs back from local journals, after Redis has lost them."""
    environment, rooms = settings(), rooms_of(ctx)
    remembered = rooms.remembered(places or [environment.home / "journal"])
    found, headless = find(remembered.memories)
    cases = find_cases(remembered.memories)
    if not found and not cases and not remembered.newer:
        raise UserError(_("No run is remembered there. Name each host's journal folder with --from."))
    done: dict[str, str] = {}
    if apply:
        catalog = rooms.library(environment).catalog
        person = caller(catalog, who)
        must_be_allowed(person.person, "rebuild", Situation(catalog))
        done = asyncio.run(_write_back(rooms, environment, found, cases, remembered, person.actor))
    if as_json:
        told: list[JsonValue] = [_as_json(each, done.get(each.run.id, "")) for each in found]
        return print_json([*told, *(_case_as_json(each, done.get(each.case.id, "")) for each in cases)])
    wraps = [_("done"), _("in doubt"), *([_("now")] if apply else [])]
    headers = [_("run"), _("service"), _("stands"), _("events"), *wraps]
    rows = [*(_row(each, done) for each in found), *(_case_row(each, done) for each in cases)]
    show(grid(headers, rows, wraps=wraps))
    if remembered.damaged:
        show(text(_("{count} torn or changed lines were left out.", count=remembered.damaged)))
    for run in headless:
        show(text(_("{run}: nobody remembers its beginning; it cannot be rebuilt from here.", run=run)))
    for run in remembered.newer:
        show(text(_("{run}: a newer version of the bot carried it on; rebuild it with that version.", run=run)))
    if apply:
        return show(text(_("Look at each with: dr status RUN. Go on with: dr resume RUN")))
    return show(text(_("Nothing was written. Write them back, paused, with: dr rebuild --apply")))


async def _write_back(
    rooms: Rooms, settings: Settings, found: list[Found], cases: list[FoundCase], remembered: Remembered, actor: Actor
) -> dict[str, str]:
    async with rooms.open_ruin(settings) as ruin:
        done = {each.run.id: await write_back(each, ruin.journals, ruin.clock, actor) for each in found}
        done |= {each.case.id: await write_case_back(each, ruin.journals) for each in cases}
        await ruin.give_birth_mark(remembered.birth_mark)
        return done


def _row(found: Found, done: dict[str, str]) -> list[str]:
    run, total = found.run, len(found.run.steps)
    events = _events(len(found.chain), found.beside)
    row = [
        run.id, run.plan.service.name, status_words(run.status), events,
        _("{done} of {total}", done=len(found.done), total=total), ", ".join(found.in_doubt) or "–",
    ]  # fmt: skip
    return [*row, done[run.id]] if run.id in done else row


def _case_row(found: FoundCase, done: dict[str, str]) -> list[str]:
    case = found.case
    stands = _("answered") if case.ending is not None else _("open")
    row = [case.id, case.service, stands, _events(len(found.chain), found.beside), "–", "–"]
    return [*row, done[case.id]] if case.id in done else row


def _events(count: int, beside: int) -> str:
    return _("{count} + {beside} beside", count=count, beside=beside) if beside else str(count)


def _case_as_json(found: FoundCase, done: str) -> JsonValue:
    case = found.case
    return {
        "case": case.id,
        "service": case.service,
        "status": "answered" if case.ending is not None else "open",
        "events": len(found.chain),
        "beside": found.beside,
        "now": done,
    }


def _as_json(found: Found, done: str) -> JsonValue:
    return {
        "run": found.run.id,
        "service": found.run.plan.service.name,
        "status": found.run.status.value,
        "events": len(found.chain),
        "beside": found.beside,
        "salvaged": len(found.salvaged),
        "done": list(found.done),
        "in_doubt": list(found.in_doubt),
        "epoch": found.epoch,
        "now": done,
    }
