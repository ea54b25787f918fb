"""Tell every open run whose runbook has a newer text by now. The run keeps executing what was planned and approved."""

from __future__ import annotations

from contextlib import suppress

from bot.model.errors import JournalConflict, NotFound, UserError
from bot.model.events import NoteAdded
from bot.model.people import BOT
from bot.model.records import Draft
from bot.model.run import Run
from bot.model.runbook import RunbookRef
from bot.usecases.desk import Desk, tip


async def notice_edits(desk: Desk) -> None:
    """One note for each run and newer text, however often and from however many replicas this is called."""
    library = desk.library()
    for run_id in await desk.journals.open_runs():
        try:
            run = await desk.run(run_id)
        except NotFound:
            continue
        for was in run.plan.texts if not run.status.is_over else ():
            with suppress(NotFound, UserError):  # a text that is gone or broken replaces nothing
                now = library.find(was.name).ref
                if now.digest != was.digest:
                    await _tell(desk, run, was, now)


async def _tell(desk: Desk, run: Run, was: RunbookRef, now: RunbookRef) -> None:
    text = (
        f"{was.name} is version {now.version} ({now.digest[:8]}) on disk now. This run stays on version {was.version} "
        f"({was.digest[:8]}), the text that was planned and approved."
    )
    note = Draft(id=f"{run.id}:edited:{now.digest[:16]}", at=desk.clock.now(), actor=BOT, fact=NoteAdded(text=text))
    try:
        await desk.journals.append(run.id, [note], at=tip(run), epoch=None)
    except JournalConflict:
        return  # the run moved on in this moment; the next round tells it
