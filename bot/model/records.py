"""What the journal stores: facts with a name, a time and an author, numbered and chained.

A record chains to the one before it: `hash = sha256(previous hash + canonical record)`, so that an edit,
a deletion or a swap shows. Refuses to know what a fact means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Self

from pydantic import Field, ValidationError, field_validator

from bot.language import _
from bot.model.base import Frozen, canonical
from bot.model.errors import TooNew
from bot.model.events import SCHEMA, Fact
from bot.model.people import Actor
from bot.model.secrets import redacted

_SAID = frozenset({"why", "seen", "text", "comment", "reason", "value", "what", "source", "do", "results"})
"""Fields that carry words from AWS or people. Parameters are left alone: a step runs with exactly what was approved."""


class Draft(Frozen):
    """A fact on its way into the journal; a secret that somebody said or AWS answered does not travel along."""

    id: str
    """Given by the writer; a repeat is answered with the first answer."""
    at: datetime
    actor: Actor
    fact: Fact

    @classmethod
    def of_fact(cls, fact: Fact, *, id: str, at: datetime, actor: Actor) -> Self:
        """A draft of what the bot itself has found: only its words are looked at, for the rest was checked before."""
        return cls.of_checked({"id": id, "at": at, "actor": actor, "fact": _without_secrets(fact)})

    @field_validator("fact")
    @classmethod
    def _tells_no_secret(cls, fact: Fact) -> Fact:
        return _without_secrets(fact)


def _without_secrets(fact: Fact) -> Fact:
    held = {**fact.__dict__, **fact.model_extra} if fact.model_extra else fact.__dict__
    kept = {name: clean for name in _SAID & held.keys() if (clean := redacted(held[name])) != held[name]}
    return fact.model_copy(update=kept) if kept else fact


class Record(Frozen):
    """One line of the journal."""

    id: str
    run: str
    seq: int
    """1, 2, 3 … without gaps."""
    epoch: int
    """Of the worker that appended; 0 for people and doors."""
    at: datetime
    actor: Actor
    fact: Fact
    schema_: int = Field(default=SCHEMA, alias="schema")
    hash: str = ""
    """sha256(previous record's hash + this record without `hash`, canonical)."""


def seal(drafts: Sequence[Draft], *, run: str, epoch: int, after: int, prev: str) -> Iterator[tuple[Record, bytes]]:
    """Number and chain drafts; yields each record with the canonical bytes that are stored (without the hash)."""
    for seq, draft in enumerate(drafts, start=after + 1):
        said = draft.model_dump(mode="json", by_alias=True)
        body = canonical({**said, "run": run, "seq": seq, "epoch": epoch, "schema": SCHEMA})
        prev = chain(prev, body)
        yield unsealed(draft, run=run, seq=seq, epoch=epoch, hash_=prev), body


def unsealed(draft: Draft, *, run: str, seq: int, epoch: int, hash_: str = "") -> Record:
    """The record that a draft becomes. Both are checked already, so nothing is checked again."""
    return Record.of_checked(
        {
            "id": draft.id,
            "run": run,
            "seq": seq,
            "epoch": epoch,
            "at": draft.at,
            "actor": draft.actor,
            "fact": draft.fact,
            "schema_": SCHEMA,
            "hash": hash_,
        }
    )


def body_of(record: Record) -> bytes:
    """The bytes that a record's hash is made of, as they are stored."""
    return canonical(record.model_dump(mode="json", by_alias=True, exclude={"hash"}))


def chain(prev: str, body: bytes) -> str:
    """The hash of a record whose stored bytes are `body`."""
    return hashlib.sha256(prev.encode() + body).hexdigest()


def unseal(body: bytes, hash_: str) -> Record:
    """A record from its stored bytes. Raises TooNew for one that only a newer bot understands."""
    try:
        return Record.model_validate_json(body).model_copy(update={"hash": hash_})
    except ValidationError as strange:
        said = json.loads(body)
        if isinstance(said, dict) and said.get("schema", 0) > SCHEMA:
            raise _too_new(said["run"], said["schema"]) from strange
        raise


def must_be_known(records: Iterable[Record]) -> None:
    """Raises TooNew when a newer bot has written any of them: what it meant may not be overlooked."""
    for record in records:
        if record.schema_ > SCHEMA:
            raise _too_new(record.run, record.schema_)


def _too_new(run: str, schema: int) -> TooNew:
    said = _("{run} was carried on by a newer version of the bot: schema {theirs}, and this one knows {ours}",
             run=run, theirs=schema, ours=SCHEMA)  # fmt: skip
    return TooNew(said)


def first_break(records: Iterable[Record], after: Record | None = None) -> int | None:
    """Sequence number of the first record that does not follow from the one before, or None for an unbroken chain.

    The first one follows from `after`, where that is given.
    """
    prev, expected = (after.hash, after.seq + 1) if after is not None else ("", 1)
    for record in records:
        prev = chain(prev, body_of(record))
        if record.seq != expected or record.hash != prev:
            return expected
        expected += 1
    return None
