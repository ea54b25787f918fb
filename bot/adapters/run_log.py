"""What happens in runs, as log lines: one for each fact that this process brought into a journal.

Promises: a line names its run, step, sequence number and who, so that the log of all replicas can be joined with the
timeline; what needs somebody is a warning. What is only looked at again and again is left to `debug`. Refuses to carry
what people wrote or AWS answered at length: that is what the journal is for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import structlog
from pydantic import BaseModel

from bot.model.records import Record

log = structlog.get_logger()

_WORTH_SAYING = (
    "step", "role", "attempt", "owner", "takeover", "round", "decision", "choice", "how", "outcome", "rollback", "why",
)  # fmt: skip
"""Fields of facts that a line repeats, where a fact has them and they say anything."""
_LONGEST = 300
_LEVELS = {
    "step_observed": logging.DEBUG,
    "step_awaited": logging.DEBUG,
    "step_failed": logging.WARNING,
    "step_outcome_unknown": logging.WARNING,
    "step_needs_person": logging.WARNING,
    "undo_failed": logging.WARNING,
    "gate_expired": logging.WARNING,
    "glass_broken": logging.WARNING,
}


def tell(records: Sequence[Record]) -> None:
    """One line for each of them."""
    for record in records:
        level, event, said = line_of(record)
        log.log(level, event, **said)


def line_of(record: Record) -> tuple[int, str, Mapping[str, Any]]:
    """The level, the event's name and the fields of one record's line."""
    fact = record.fact
    said: dict[str, Any] = {"run": record.run, "seq": record.seq}
    for name in _fields(type(fact)):
        value = getattr(fact, name)
        if value not in (None, "", False):
            said[name] = value[:_LONGEST] if isinstance(value, str) else value
    if record.actor.person:
        said |= {"by": record.actor.person, "via": record.actor.via}
    return _LEVELS.get(fact.kind, logging.INFO), fact.kind.replace("_", "-"), said


@cache
def _fields(kind: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name in _WORTH_SAYING if name in kind.model_fields)
