"""A case's journal read as its entries."""

from __future__ import annotations

from collections.abc import Iterable

from bot.model.case import CaseEntry, OfCase
from bot.model.records import Record


def entries_of(records: Iterable[Record]) -> tuple[CaseEntry, ...]:
    """One entry for each record, oldest first; what a newer bot wrote is left out."""
    return tuple(
        CaseEntry(at=record.at, actor=record.actor, fact=record.fact)
        for record in records
        if isinstance(record.fact, OfCase)
    )
