"""Read runs: lists, one run, its timeline. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.case import is_case
from bot.model.run import Run
from bot.model.timeline import Timeline
from bot.timeline.build import build_timeline
from bot.usecases.desk import Desk


@dataclass(frozen=True)
class RunView:
    """A run as doors show it."""

    run: Run
    timeline: Timeline


async def view_run(desk: Desk, hint: str = "") -> RunView:
    """The run meant by `hint` (an id, a service, or nothing when only one is open), with its timeline."""
    records = await desk.journals.read(hint) if hint else ()  # a card's click names its run: one round trip
    if not records or is_case(hint):
        run = await desk.find_run(hint)
        records = await desk.records(run.id)
    return RunView(Run.of(records), build_timeline(records, as_of=desk.clock.now()))


async def list_runs(desk: Desk, limit: int = 20) -> list[RunView]:
    """Open runs first, then the newest closed ones."""
    ids = list(dict.fromkeys([*await desk.journals.open_runs(), *await desk.journals.recent_runs(limit)]))[:limit]
    now = desk.clock.now()
    return [RunView(Run.of(records), build_timeline(records, as_of=now)) for records in await desk.stories(ids)]
