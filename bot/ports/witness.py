"""What this host remembers by itself of the runs it has seen, so that a lost Redis is never a lost run.

The journal stays the only truth. The witness is asked when the journal does not answer, or knows less than it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from bot.model.base import Frozen
from bot.model.records import Draft, Record
from bot.ports.journal import Head, Journals


class Kept(Frozen):
    """A fact that the journal had not confirmed when it was written down here."""

    run: str
    epoch: int
    """Of the worker that found it out; it holds only while nobody else took the run."""
    draft: Draft


@dataclass(frozen=True)
class Memory:
    """Everything one host remembers of one run, as it was written down: perhaps with holes, never with guesses."""

    run: str
    records: tuple[Record, ...]
    kept: tuple[Kept, ...] = ()


TroubleKind = Literal["away", "refuses", "wiped", "lost", "disk"]
"""Redis does not answer; answers but takes no writes; has lost all it knew; has lost single runs; or our own disk takes
no writes."""


@dataclass(frozen=True)
class Trouble:
    """Why nothing new may begin."""

    kind: TroubleKind
    why: str
    since: datetime


class Health(Protocol):
    """How the store of the journals is, as this process sees it."""

    @property
    def trouble(self) -> Trouble | None: ...

    def last_known(self) -> Sequence[Memory]:
        """What this process last knew of the runs that are not over; answered from memory, without Redis."""
        ...


class Refillable(Journals, Protocol):
    """Journals whose lost records can be written back."""

    async def refill(self, run: str, records: Sequence[Record], *, at: Head, epoch: int) -> bool:
        """Write records back behind `at`, as they were. False, and nothing changes, when the log stands elsewhere.

        Nobody's hold on the run is good below `epoch` afterwards.
        """
        ...


class Witness(Protocol):
    """A durable memory beside the journal, on this host."""

    async def keep(self, kept: Sequence[Kept]) -> None:
        """Write outcomes down, on disk when this returns. Raises Unavailable when the disk does not take them."""
        ...

    def drop(self, run: str, ids: Sequence[str]) -> None:
        """These facts are superseded: somebody else took the run and looked for itself. Raises Unavailable."""
        ...

    def kept(self, run: str) -> Sequence[Kept]:
        """Facts of the run that the journal is not known to have."""
        ...
