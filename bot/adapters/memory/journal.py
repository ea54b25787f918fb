"""Journals in a dictionary: the twin of the Redis ones, kept honest by the same contract tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.model.errors import Fenced, JournalConflict
from bot.model.events import RunCreated, RunFinished
from bot.model.records import Draft, Record, seal
from bot.ports.journal import Head


@dataclass
class _Log:
    records: list[Record] = field(default_factory=list)
    epoch: int = 0
    owner: str = ""
    parked: int = 0
    beat: float = 0.0

    @property
    def head(self) -> Head:
        last = self.records[-1] if self.records else None
        return Head(
            seq=len(self.records),
            hash=last.hash if last else "",
            epoch=self.epoch,
            owner=self.owner,
            parked=self.parked,
        )


class MemoryJournals:
    """Implements `Journals` for one process."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._logs: dict[str, _Log] = {}
        self._pins: dict[tuple[str, str], str] = {}
        self._services: dict[str, str] = {}
        self._listeners: list[asyncio.Queue[tuple[str, int]]] = []
        self.appends = 0
        """Round trips that wrote something; tests count them."""

    async def read(self, run: str, *, after: int = 0) -> Sequence[Record]:
        log = self._logs.get(run)
        return tuple(log.records[after:]) if log is not None else ()

    async def head(self, run: str) -> Head | None:
        log = self._logs.get(run)
        return log.head if log is not None else None

    async def append(
        self, run: str, drafts: Sequence[Draft], *, at: Head, epoch: int | None, durable: bool = False
    ) -> tuple[Head, Sequence[Record]]:
        log = self._logs.get(run) or _Log()
        wanted = {draft.id for draft in drafts}
        seen = [record for record in log.records if record.id in wanted]
        if seen and epoch in (None, log.epoch):
            return log.head, seen
        if epoch is not None and epoch != log.epoch:
            raise Fenced(f"{run} belongs to epoch {log.epoch} now; ours was {epoch}")
        if at.seq != len(log.records):
            raise JournalConflict(f"{run} stands at {len(log.records)}, not at {at.seq}")
        records = [record for record, _ in seal(drafts, run=run, epoch=epoch or 0, after=at.seq, prev=at.hash)]
        self._logs[run] = log
        log.records.extend(records)
        self.appends += 1
        if epoch is not None:
            log.beat = self._monotonic()
        if any(isinstance(record.fact, RunFinished) for record in records):
            self._services = {service: holder for service, holder in self._services.items() if holder != run}
        for listener in self._listeners:
            listener.put_nowait((run, len(log.records)))
        return log.head, records

    async def take(self, run: str, owner: str, *, fresh: timedelta) -> tuple[Head, str] | None:
        log = self._logs.get(run)
        if log is None:
            return Head(seq=0, hash="", epoch=0), ""
        if log.owner and self._monotonic() - log.beat < fresh.total_seconds():
            return None
        log.beat = self._monotonic()
        previous, log.owner = log.owner, owner
        log.epoch += 1
        return log.head, previous

    async def beat(self, run: str, *, epoch: int) -> bool:
        log = self._logs[run]
        log.beat = self._monotonic()
        return log.epoch == epoch

    async def park(self, run: str, *, at: Head) -> bool:
        log = self._logs[run]
        if (len(log.records), log.epoch) != (at.seq, at.epoch):
            return False
        log.owner, log.parked = "", at.seq
        return True

    async def refill(self, run: str, records: Sequence[Record], *, at: Head, epoch: int) -> bool:
        log = self._logs.setdefault(run, _Log())
        if (log.head.seq, log.head.hash) != (at.seq, at.hash):
            return False
        log.records.extend(records)
        log.epoch, log.owner = max(log.epoch, epoch), ""
        return True

    async def open_runs(self) -> Sequence[str]:
        return [run for run in reversed(self._logs) if not _is_over(self._logs[run])]

    async def recent_runs(self, limit: int = 50) -> Sequence[str]:
        return [run for run in reversed(self._logs) if _is_created(self._logs[run])][:limit]

    async def pin_runbook(self, name: str, version: str, digest: str, text: str) -> str:
        return self._pins.setdefault((name, version), digest)

    async def pinned_digest(self, name: str, version: str) -> str | None:
        return self._pins.get((name, version))

    async def claim_service(self, service: str, run: str) -> str | None:
        holder = self._services.setdefault(service, run)
        return None if holder == run else holder

    async def changes(self) -> AsyncIterator[tuple[str, int]]:
        queue: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.remove(queue)


def _is_created(log: _Log) -> bool:
    return bool(log.records) and isinstance(log.records[0].fact, RunCreated)


def _is_over(log: _Log) -> bool:
    return not _is_created(log) or any(isinstance(record.fact, RunFinished) for record in log.records)
