"""The journals of the runs that are told, read on from where they were read last.

Promises: a piece that does not follow from what is known, a journal that moved back, and one that was not looked at as
a whole for half a minute, are read from their beginning, so that nothing that happened to the store stays hidden.
Refuses to draw anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.language import Language, speaking
from bot.model.records import Record
from bot.timeline.facts import plan_of
from bot.timeline.reading import Reading
from bot.usecases.desk import Desk

STANDS_FOR = timedelta(seconds=30)
"""A run to which nothing happens is read and drawn again this often: reminders fall due, deadlines pass."""


@dataclass(frozen=True)
class _Known:
    reading: Reading
    since: datetime
    """When it was last read from its beginning."""
    at: datetime
    """When it was last read at all."""


@dataclass(frozen=True)
class Piece:
    """What the store gave, and what it belongs behind; reading it is work that others need not wait for."""

    before: Reading | None
    records: Sequence[Record]

    @property
    def service(self) -> str:
        """Whose run it is."""
        return (self.before.run.plan if self.before is not None else plan_of(self.records)).service.name

    def read(self, language: Language) -> Reading:
        """All that is known of the run now."""
        with speaking(language):
            return Reading.of(self.records) if self.before is None else self.before.on(self.records)


class Readings:
    """Those of one leader."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, _Known] = {}

    def seq(self, run: str) -> int:
        """The last record that was read; 0 for a run that was not."""
        return self._known[run].reading.run.seq if run in self._known else 0

    async def is_news(self, run: str) -> bool:
        """Whether the journal went on since, or so much time has passed that words change."""
        known = self._known.get(run)
        if known is None or self._desk.clock.now() - known.at >= STANDS_FOR:
            return True
        head = await self._desk.journals.head(run)
        return head is None or (head.seq, head.hash) != (known.reading.run.seq, known.reading.run.head)

    async def fetch(self, run: str) -> Piece:
        """What is new of a run, or all of it; NotFound when there is no such run."""
        known = self._known.get(run)
        if known is not None and self._desk.clock.now() - known.since < STANDS_FOR:
            more = await self._desk.journals.read(run, after=known.reading.run.seq)
            if more and known.reading.is_followed_by(more[0]):
                return Piece(known.reading, more)
        return Piece(None, await self._desk.records(run))

    def keep(self, run: str, reading: Reading, piece: Piece, now: datetime) -> None:
        """Remember how far it was read."""
        since = now if piece.before is None else self._known[run].since
        self._known[run] = _Known(reading, since, now)

    def forget(self, run: str) -> None:
        """It is over since long."""
        self._known.pop(run, None)
