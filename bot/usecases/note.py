"""Put a remark on the run's timeline."""

from __future__ import annotations

from datetime import datetime

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _
from bot.model.errors import UserError
from bot.model.events import Fact, NoteAdded
from bot.model.run import Run
from bot.usecases.desk import Caller, Desk

LIMIT = 3000


async def add_note(desk: Desk, run_id: str, caller: Caller, text: str, said_at: datetime | None = None) -> Run:
    """Keep what somebody said; `said_at` is the message's own time when it was captured later."""
    words = text.strip()
    if not words:
        raise UserError(_("The note is empty. Write it after the word: note <text>"))
    if len(words) > LIMIT:
        raise UserError(
            _(
                "The note has {count} characters; {limit} fit. Put the rest in a second one.",
                count=len(words),
                limit=LIMIT,
            )
        )

    def write_a_note(run: Run) -> list[Fact]:
        must_be_allowed(caller.person, "note", Situation(desk.library().catalog, run.plan.service))
        return [NoteAdded(text=words, said_at=said_at)]

    return await desk.tell(run_id, caller, write_a_note)
