"""Cases as journals of the same kind as a run's: numbered, chained, kept on this host, written back after a loss.

Promises: an entry is a record of the case's journal, and every promise of the journals is one of the cases. Refuses to
know where journals live, and which cases are open.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.model.base import digest
from bot.model.case import CaseEntry
from bot.model.case_journal import entries_of
from bot.model.errors import JournalConflict
from bot.model.records import Draft
from bot.ports.journal import Head, Journals

_EMPTY = Head(seq=0, hash="", epoch=0)


class JournalledCases:
    """The half of `Cases` that is kept in journals."""

    def __init__(self, journals: Journals) -> None:
        self._journals = journals

    async def read(self, case: str) -> Sequence[CaseEntry]:
        return entries_of(await self._journals.read(case))

    async def append(self, case: str, entries: Sequence[CaseEntry], *, at: int) -> bool:
        head = await self._journals.head(case) or _EMPTY
        drafts = [_draft(case, entry, at + number) for number, entry in enumerate(entries)]
        if head.seq < at:
            return False
        try:
            _, records = await self._journals.append(
                case, drafts, at=head.model_copy(update={"seq": at}), epoch=None, durable=True
            )
        except JournalConflict:
            return False
        return len(records) == len(drafts)


def _draft(case: str, entry: CaseEntry, number: int) -> Draft:
    """Its id is made of what it says and where it stands, so that a repeat is known and two writers are told apart."""
    said = digest(entry.model_dump(mode="json"))[:16]
    return Draft(id=f"{case}:{number}:{said}", at=entry.at, actor=entry.actor, fact=entry.fact)
