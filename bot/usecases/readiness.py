"""How ready each service is: the checklist, the advice, and when the next drill is due. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model.records import Record
from bot.model.run import Run
from bot.model.runbook import LoadedRunbook
from bot.model.service import RunKind, Service
from bot.readiness.advice import Advice, advise
from bot.readiness.checklist import Item, State, checklist, due, due_move, next_move, overall
from bot.readiness.evidence import Books, Evidence
from bot.readiness.history import History, history_of
from bot.runbook.library import Library
from bot.usecases.desk import Desk

REMEMBERED = 1000
"""Runs whose names are looked through, newest first."""
MOST_OF_ONE = 25
"""Journals that are read for one service where all are asked about."""


@dataclass(frozen=True)
class Readiness:
    """What is known about one service."""

    service: Service
    history: History
    items: tuple[Item, ...]
    advice: Advice
    due: datetime | None
    """When the first proof goes stale; None while a recovery or a target is not proven."""

    @property
    def state(self) -> State:
        """As ready as the weakest answer of the checklist."""
        return overall(self.items)

    @property
    def tried(self) -> State:
        """Of the recovery itself, whatever else is lacking."""
        return next(item.state for item in self.items if item.name == "scenarios")

    @property
    def proven(self) -> int:
        """How many questions of the checklist are proven."""
        return sum(item.state == "proven" for item in self.items)

    @property
    def next(self) -> str:
        """What to type first, as the grammar reads it; empty where no command helps."""
        return next_move(self.items)

    @property
    def renewal(self) -> str:
        """What to type once `due` has come; empty before that."""
        return due_move(self.items)

    @property
    def drilled(self) -> Run | None:
        """The last drill or live run, whatever its end."""
        found = self.history.newest(live=True)
        return found.run if found else None

    @property
    def rehearsed(self) -> Run | None:
        """The last dry run."""
        found = self.history.newest(live=False)
        return found.run if found else None

    @property
    def unreviewed(self) -> Run | None:
        """The newest real run that changed something, while nobody has written down its review."""
        found = next((each.run for each in self.history.tries if each.is_live and each.has_acted), None)
        return found if found is not None and found.reviewed_at is None else None


async def readiness(desk: Desk) -> Mapping[str, Readiness]:
    """Every service of the catalogue, in its order, by the newest runs of each."""
    library, now = desk.library(), desk.clock.now()
    recent = await desk.journals.recent_runs(REMEMBERED)
    of_each = {name: desk.ids_of(name, recent)[:MOST_OF_ONE] for name in library.catalog.services}
    journals = await asyncio.gather(*(desk.stories(runs) for runs in of_each.values()))
    known, digests = zip(library.catalog.services.values(), journals, strict=True), digests_of(library)
    return {
        service.name: await asyncio.to_thread(readiness_of, service, records, books_of(service, library), now, digests)
        for service, records in known
    }


async def service_readiness(desk: Desk, name: str) -> Readiness:
    """One service, by all its runs that are remembered. Raises NotFound with the nearest names."""
    library = desk.library()
    service = library.catalog.service(name)
    journals = await desk.stories(desk.ids_of(name, await desk.journals.recent_runs(REMEMBERED)))
    return readiness_of(service, journals, books_of(service, library), desk.clock.now(), digests_of(library))


def readiness_of(
    service: Service, journals: Sequence[Sequence[Record]], books: Books, now: datetime,
    digests: Mapping[str, str] | None = None,
) -> Readiness:  # fmt: skip
    """From the journals at hand, and the healthy runbooks that serve the service now; `digests` are of all runbooks."""
    history = history_of(service.name, journals)
    items = checklist(Evidence(service, history, books, now, digests or {}))
    return Readiness(service, history, items, advise(service, history), due(service, items))


def books_of(service: Service, library: Library) -> dict[RunKind, LoadedRunbook]:
    """The healthy runbooks that serve it."""
    return {kind: library.runbooks[name] for kind, name in service.runbooks.items() if name in library.runbooks}


def digests_of(library: Library) -> dict[str, str]:
    """Of every healthy runbook, by its name: also of those that others call."""
    return {name: book.ref.digest for name, book in library.runbooks.items()}
