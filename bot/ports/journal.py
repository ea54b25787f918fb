"""The only durable truth about runs: one append-only list of records each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Protocol

from bot.model.base import Frozen
from bot.model.records import Draft, Record


class Head(Frozen):
    """The tip of one journal."""

    seq: int
    hash: str
    epoch: int
    owner: str = ""
    """The worker that holds the run; empty when it is parked or over."""
    parked: int = 0
    """The last record that was seen when the run was last let go of."""

    @property
    def is_unheard(self) -> bool:
        """Something was written since the run was let go of, and nobody has taken it since: its wake-up may be lost."""
        return not self.owner and self.seq > self.parked


class Journals(Protocol):
    """All runs' journals."""

    async def read(self, run: str, *, after: int = 0) -> Sequence[Record]:
        """Records with `seq > after`, oldest first; empty for an unknown run."""
        ...

    async def head(self, run: str) -> Head | None: ...

    async def append(
        self, run: str, drafts: Sequence[Draft], *, at: Head, epoch: int | None, durable: bool = False
    ) -> tuple[Head, Sequence[Record]]:
        """Append all drafts or none, in one round trip.

        `at` is the tip the writer saw. Raises JournalConflict when the journal has moved on, Fenced when `epoch`
        is not the current one (None writes without an epoch: people and doors). A draft id that is already there
        answers as if it had just been written. `durable` waits for the installation's durability barrier.
        """
        ...

    async def take(self, run: str, owner: str, *, fresh: timedelta) -> tuple[Head, str] | None:
        """Become the owner under a new epoch; answers the new head and who held the run until now.

        None, and nothing changes, when an owner that gave a sign of life within `fresh` holds it.
        """
        ...

    async def beat(self, run: str, *, epoch: int) -> bool:
        """A sign of life of the owner; False when its epoch is over. Every append under an epoch is one too."""
        ...

    async def park(self, run: str, *, at: Head) -> bool:
        """Let go of the run; False when it moved on or changed hands since `at`."""
        ...

    async def open_runs(self) -> Sequence[str]:
        """Ids of runs that are not over, newest first. A hint; rebuilt from journals."""
        ...

    async def recent_runs(self, limit: int = 50) -> Sequence[str]:
        """Ids of runs, open and closed, newest first."""
        ...

    async def pin_runbook(self, name: str, version: str, digest: str, text: str) -> str:
        """Register this version with this text, for good, unless it is registered; answers the digest that it has."""
        ...

    async def pinned_digest(self, name: str, version: str) -> str | None:
        """The digest that this version was registered with; None for one that never ran. Changes nothing."""
        ...

    async def claim_service(self, service: str, run: str) -> str | None:
        """Make `run` the service's one active run; answers the run that holds it already, or None on success."""
        ...

    def changes(self) -> AsyncIterator[tuple[str, int]]:
        """Run and sequence number of what was appended, as a hint: some may be missed, so look again now and then."""
        ...
