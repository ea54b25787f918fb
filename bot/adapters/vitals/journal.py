"""How this host's own memory of runs is: writable, quick and whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from bot.adapters.local_journal import Damage, Line, LocalJournal, read_lines
from bot.adapters.witness import LocalWitness
from bot.language import told, told_n
from bot.model.errors import Unavailable
from bot.ports.vitals import Vital

SLOW = 0.05
"""Seconds for one line on disk, above which every dangerous step is noticeably held up."""


class JournalProbe:
    """Reads the local journal and writes one line to it."""

    name = "local journal"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.remedy = told("Make {folder} writable for this user, on a disk with space.", folder=folder)

    async def look(self) -> Sequence[Vital]:
        damage, journal = Damage(), LocalJournal(self._folder)
        lines = await asyncio.to_thread(lambda: list(read_lines(journal.files(), damage)))
        witness = LocalWitness.open(journal)
        took = await self._try()
        seen = told(
            "{lines}, {runs}, one more on disk in {took} ms",
            lines=told_n("{count} line", "{count} lines", len(lines)),
            runs=told_n("{count} open run", "{count} open runs", len(witness.open_runs())),
            took=f"{took * 1000:.1f}",
        )
        return [self._disk(seen, took), *self._torn(damage)]

    async def _try(self) -> float:
        journal, began = LocalJournal(self._folder), time.perf_counter()
        try:
            journal.write([Line("try", b"{}")])
            await journal.sync()
        finally:
            journal.close()
        return time.perf_counter() - began

    def _disk(self, seen: str, took: float) -> Vital:
        remedy = told("Put DR_HOME on a local disk.")
        return Vital(name=self.name, state="warning" if took > SLOW else "ok", seen=seen, remedy=remedy)

    def _torn(self, damage: Damage) -> Sequence[Vital]:
        if not damage.lines:
            return []
        seen = told("{count} torn or changed lines are left out", count=damage.lines)
        remedy = told("One after a power cut is normal; more mean a bad disk.")
        return [Vital(name="local journal lines", state="warning", seen=seen, remedy=remedy)]


def remembered_by(folder: Path) -> tuple[Sequence[str], str]:
    """The open runs and cases that this host remembers, and the birth mark of the Redis they live in.

    Nothing where the journal cannot be read, which its own line tells.
    """
    try:
        witness = LocalWitness.open(LocalJournal(folder))
    except Unavailable:
        return (), ""
    return witness.unfinished(), witness.incarnation
