"""A run that a newer bot has carried on: said once in the journal, and offered to whoever is asked next.

Promises: not taken at all, since a take would hide from the newer one whose death it inherits. Refuses to know what the
newer one wrote.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import structlog

from bot.language import told
from bot.model.errors import JournalConflict, TooNew
from bot.model.events import SCHEMA, NoteAdded
from bot.model.people import BOT
from bot.model.records import Draft
from bot.ports.clock import Clock
from bot.ports.journal import Journals

log = structlog.get_logger()

LEFT_FOR = timedelta(seconds=2)
"""It is offered again soon, since the newer bot may be the one who is asked next."""


async def leave(run: str, why: TooNew, journals: Journals, clock: Clock) -> datetime:
    """Say it, once, so that nobody wonders why the run stands still; answers when to offer it again."""
    log.warning("run-left-to-newer-bot", run=run, why=str(why))
    head = await journals.head(run)
    said = NoteAdded(
        text=told("A bot of an older version leaves this run to a newer one; it knows schema {schema}.", schema=SCHEMA)
    )
    note = Draft(id=f"{run}:left:{SCHEMA}", at=clock.now(), actor=BOT, fact=said)
    if head is not None:
        with contextlib.suppress(JournalConflict):  # somebody is writing: the next one of us says it
            await journals.append(run, [note], at=head, epoch=None)
    return clock.now() + LEFT_FOR
