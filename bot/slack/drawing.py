"""A run as it should stand in Slack: what was read of its journal, turned into messages.

Promises: pure, and the same for the same reading. The card, which takes longer than all the rest, is only sketched
where it stands already: it is drawn when its turn has come, once, however often the run has changed until then.
Refuses to know what was sent, and how fast.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.language import Language, _, speaking
from bot.model.records import Record
from bot.model.service import Catalog
from bot.slack.desired import CARD, Desired, Priority, besides_the_card, card, sketch
from bot.slack.incident_mail import incident_messages
from bot.slack.kit import Message
from bot.slack.letter import Letter
from bot.slack.postman import EXPORTS
from bot.slack.views.crowd import Face, face
from bot.timeline.build import timeline_of
from bot.timeline.export import EXPORTS as FORMATS
from bot.timeline.export import export
from bot.timeline.reading import Reading
from bot.usecases.export_run import ExportedFile
from bot.usecases.look import RunView


@dataclass(frozen=True)
class Drawn:
    """All of a run's messages, and its line in an overview."""

    view: RunView
    wanted: Mapping[str, Desired]
    face: Face
    language: Language
    is_whole: bool
    """Whether the card is drawn, too."""

    def is_sketch(self, key: str) -> bool:
        """Whether this message has yet to be drawn."""
        return key == CARD and not self.is_whole


def draw(
    reading: Reading, now: datetime, catalog: Catalog, told: Collection[str], language: Language, *, is_first: bool
) -> Drawn:
    """Every message but those that are told; the card when it is the first one, or the last."""
    with speaking(language):
        view = RunView(reading.run, timeline_of(reading, as_of=now))
        is_whole = is_first or reading.run.status.is_over
        first = card(view, catalog) if is_whole else sketch(view)
        wanted = {CARD: first, **besides_the_card(view, catalog, told), **incident_messages(view, catalog, told)}
        return Drawn(view, wanted, face(view, catalog.language), language, is_whole)


def exports(view: RunView, records: Sequence[Record], channel: str, catalog: Catalog) -> Letter:
    """The files of a run that is over, for its thread."""
    run, language = view.run, catalog.language_of(view.run.plan.service.name)
    with speaking(language):
        files = [ExportedFile(f"{run.id}.{name}", export(name, view.timeline, records), name) for name in FORMATS]
        words = _("The timeline, for the review: Markdown to edit, HTML to read, CSV and JSON to keep.")
    last = Desired(Message((), words), Priority.LINE, order=run.seq + 1_000_000, thread=True)
    return Letter(run.id, EXPORTS, channel, last, run.created_at.timestamp(), tuple(files), language=language)
