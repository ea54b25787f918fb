"""Bring cases back from what hosts remember, after Redis has lost them.

Promises: the newest unbroken chain is written back byte for byte, so that it still verifies. Nothing moves by itself in
a case, so nothing is paused. Refuses to know files and Redis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.language import _
from bot.model.case import Case, is_case
from bot.model.case_journal import entries_of
from bot.model.records import Record
from bot.ports.journal import Head
from bot.ports.witness import Memory, Refillable
from bot.usecases.rebuild import newest_chain

_EMPTY = Head(seq=0, hash="", epoch=0)


@dataclass(frozen=True)
class FoundCase:
    """One case as it can be rebuilt."""

    case: Case
    chain: tuple[Record, ...]
    beside: int
    """Records that lie on no unbroken chain with the rest."""


def find_cases(memories: Sequence[Memory]) -> list[FoundCase]:
    """Each case that can be rebuilt."""
    chains = [(memory, newest_chain(memory.records)) for memory in memories if is_case(memory.run)]
    return [
        FoundCase(Case.of(memory.run, entries_of(whole)), whole, len(memory.records) - len(whole))
        for memory, whole in chains
        if whole
    ]


async def write_case_back(found: FoundCase, journals: Refillable) -> str:
    """Put one case back. Answers in a word what was done; a case that went on elsewhere is left alone."""
    case, whole = found.case.id, found.chain
    stored = await journals.head(case) or _EMPTY
    if stored.seq > len(whole) or (stored.seq and whole[stored.seq - 1].hash != stored.hash):
        return _("left alone: Redis has it, and has gone on from there")
    if stored.seq == len(whole):
        return _("left alone: Redis has all of it")
    if not await journals.refill(case, whole[stored.seq :], at=stored, epoch=stored.epoch):
        return _("left alone: it moved meanwhile; look again")
    return _("written back; it is answered") if found.case.ending is not None else _("written back; it is open")
