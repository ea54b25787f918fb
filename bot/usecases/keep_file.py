"""Copy a file that belongs to the story, and say so on the timeline: its name, its size, its digest."""

from __future__ import annotations

import hashlib
from datetime import datetime

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _
from bot.model.errors import Unavailable, UserError
from bot.model.events import Fact
from bot.model.incident_events import FileKept
from bot.model.run import Run
from bot.usecases.desk import Caller, Desk

LARGEST = 20 * 1024 * 1024


async def keep_file(
    desk: Desk, run_id: str, caller: Caller, name: str, content: bytes, source: str, said_at: datetime | None = None
) -> Run:
    """Keep a copy; the same content is kept and told once. Raises UserError for one that is too large."""
    if desk.files is None:
        raise Unavailable(_("No files are kept here."))
    if len(content) > LARGEST:
        limit = LARGEST // 1024 // 1024
        raise UserError(_("{name} is larger than {limit} MB and was not copied.", name=name, limit=limit))
    catalog, digest = desk.library().catalog, hashlib.sha256(content).hexdigest()
    run = await desk.run(run_id)
    must_be_allowed(caller.person, "note", Situation(catalog, run.plan.service))
    known = [record.fact for record in await desk.records(run_id)]
    if any(isinstance(fact, FileKept) and (fact.sha256, fact.name) == (digest, name) for fact in known):
        return run
    await desk.files.keep(run_id, name, digest, content)

    def keep_a_file(run: Run) -> list[Fact]:
        return [FileKept(name=name, sha256=digest, size=len(content), source=source, said_at=said_at)]

    return await desk.tell(run_id, caller, keep_a_file)
