"""Stay with a run: live progress on a terminal, one line per event elsewhere, one JSON object a line for a script, and
drive it when nobody else does.

Promises: leaving with Ctrl-C never stops a run; a run that no server drives (any more) is driven from here, over the
same engine; a store that is away for a while ends neither the watching nor the driving.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from rich.console import Group
from rich.live import Live

from bot.cli.door import console, on_terminal, print_json_line
from bot.cli.kit import text
from bot.cli.notes import door_note
from bot.cli.rooms import House, Rooms
from bot.cli.run_page import entry_line, run_page
from bot.language import _, again
from bot.model.errors import Unavailable
from bot.model.run import Status
from bot.settings import Settings
from bot.usecases.desk import Desk
from bot.usecases.look import RunView, view_run

LOOK_EVERY = 1.0  # seconds; changes() only hints
STAND_BY = 3.0  # seconds between looks whether a server is alive


def drive_and_follow(rooms: Rooms, settings: Settings, run_id: str, *, as_json: bool = False) -> int:
    """Follow a run to its end; 0 when it completed, 1 when it ended otherwise, 0 when the person left."""
    return asyncio.run(_drive_and_follow(rooms, settings, run_id, as_json))


async def _drive_and_follow(rooms: Rooms, settings: Settings, run_id: str, as_json: bool) -> int:
    stop = stop_on_signals()
    async with rooms.open_house(settings) as house, stepping_in(house):
        view = await follow(house.desk, run_id, stop, as_json=as_json)
    if not view.run.status.is_over:
        if as_json:  # the last object has told
            return 0
        console().print(_("{run} goes on; follow it again with: dr status {run} --follow", run=run_id))
        return 0
    return 0 if view.run.status is Status.COMPLETED else 1


@asynccontextmanager
async def stepping_in(house: House) -> AsyncIterator[None]:
    """For as long as the block lasts, drive runs from here whenever nobody else does."""
    stop = asyncio.Event()
    standing_by = asyncio.create_task(_step_in(house, stop))
    try:
        yield
    finally:
        stop.set()
        await standing_by


async def _step_in(house: House, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if await _is_alone(house):
            await house.work(stop)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), STAND_BY)


async def _is_alone(house: House) -> bool:
    """Whether nobody drives runs; not while that cannot be told."""
    try:
        return not await house.is_attended()
    except Unavailable:
        return False


async def follow(desk: Desk, run_id: str, stop: asyncio.Event, *, as_json: bool = False) -> RunView:
    """Show every change until the run is over or `stop` is set; answers the last view."""
    if as_json:
        return await _objects(desk, run_id, stop)
    if on_terminal():
        return await _live(desk, run_id, stop)
    return await _lines(desk, run_id, stop)


async def _live(desk: Desk, run_id: str, stop: asyncio.Event) -> RunView:
    view = await view_run(desk, run_id)
    with Live(run_page(view, _now()), console=console(), refresh_per_second=4) as live:
        async for view, trouble in _views(desk, run_id, stop):
            live.update(Group(run_page(view, _now()), trouble or await door_note(desk)))
    return view


async def _lines(desk: Desk, run_id: str, stop: asyncio.Event) -> RunView:
    told, doors, away, out = 0, "", "", console()
    async for view, trouble in _views(desk, run_id, stop):
        if trouble and trouble != away:
            out.print(text(trouble))
        away = trouble
        if not away and (now := await door_note(desk)) != doors:
            out.print(now or _("Slack is back."))
            doors = now
        for entry in view.timeline.entries:
            if entry.seq > told:
                told = entry.seq
                out.print(entry_line(entry))
        if out.quiet:  # nobody reads this any more
            stop.set()
    return view


async def _objects(desk: Desk, run_id: str, stop: asyncio.Event) -> RunView:
    """The timeline's entries, and last how the run stands; nothing else, so that a script can read each line."""
    told, out = 0, console()
    async for view, _trouble in _views(desk, run_id, stop):
        for entry in view.timeline.entries:
            if entry.seq > told:
                told = entry.seq
                print_json_line(entry.model_dump(mode="json"), out)
        if out.quiet:
            stop.set()
    end = view.timeline.model_dump(mode="json", include={"run", "status", "ended_at", "rto", "rpo"})
    print_json_line(end, out)
    return view


async def _views(desk: Desk, run_id: str, stop: asyncio.Event) -> AsyncIterator[tuple[RunView, str]]:
    """The run, again and again; while it cannot be read, how it stood last, and why."""
    view, trouble = await view_run(desk, run_id), ""
    while True:
        yield view, trouble
        if view.run.status.is_over or stop.is_set():
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_EVERY)
        try:
            view, trouble = await view_run(desk, run_id), ""
        except Unavailable as away:
            trouble = again(str(away))


def stop_on_signals() -> asyncio.Event:
    """Set by Ctrl-C and SIGTERM; the second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def leave(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave, number)
    return stop


def _now() -> datetime:
    return datetime.now(UTC)
