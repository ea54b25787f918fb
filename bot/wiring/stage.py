"""Puts a rehearsal together: real rooms around a stage of scripted actions, a wound clock and journals in memory."""

from __future__ import annotations

from bot.actions.catalogue import Catalogue
from bot.adapters.memory.journal import MemoryJournals
from bot.local.rehearsal.props import NoDispatcher, WoundClock
from bot.local.rehearsal.stage import Stage
from bot.runbook.library import Library
from bot.usecases.desk import Desk
from bot.usecases.rehearse import Theatre


def theatre(library: Library, actions: Catalogue) -> Theatre:
    """A fresh stage for one rehearsal."""
    clock = WoundClock()
    stage = Stage(actions, clock)
    desk = Desk(
        library=lambda: library,
        actions=stage.catalogue,
        journals=MemoryJournals(clock.monotonic),
        dispatcher=NoDispatcher(),
        clouds=stage,
        clock=clock,
    )
    return Theatre(desk, clock, stage.expect, stage.next_ready)
