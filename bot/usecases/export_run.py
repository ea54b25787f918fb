"""Write a run's timeline out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import Language, speaking
from bot.model.errors import NotFound
from bot.model.events import Exported, Fact
from bot.model.run import Run
from bot.timeline.build import build_timeline
from bot.timeline.export import EXPORTS, export, file_name
from bot.timeline.facts import plan_of
from bot.usecases.desk import Caller, Desk


@dataclass(frozen=True)
class ExportedFile:
    """One file, ready to be written or uploaded."""

    name: str
    text: str
    format: str


async def export_run(
    desk: Desk,
    run_id: str,
    caller: Caller,
    formats: Sequence[str] = tuple(EXPORTS),
    language: Language | None = None,
) -> tuple[ExportedFile, ...]:
    """Render the asked formats (md, json, csv, html); the export itself is noted on the timeline first.

    Files are read by many, so they are in `language`, else in the one of the run's service.
    """
    for name in formats:
        if name not in EXPORTS:
            raise NotFound("export format", name, EXPORTS)

    def export_timeline(run: Run) -> list[Fact]:
        must_be_allowed(caller.person, "export", Situation(desk.library().catalog, run.plan.service))
        return [Exported(formats=tuple(formats))]

    await desk.tell(run_id, caller, export_timeline)
    records = await desk.records(run_id)
    service = plan_of(records).service.name
    with speaking(language or desk.library().catalog.language_of(service)):
        timeline = build_timeline(records, as_of=desk.clock.now())
        return tuple(ExportedFile(file_name(name, timeline), export(name, timeline, records), name) for name in formats)
