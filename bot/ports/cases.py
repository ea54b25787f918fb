"""Where cases are kept: each an append-only list, at most one open per service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.model.case import CaseEntry


class Cases(Protocol):
    """All cases."""

    async def open_for(self, service: str, case: str) -> str:
        """Make `case` the service's open one, unless there is one already; answers the one that stands."""
        ...

    async def close(self, service: str, case: str) -> None:
        """The service has no open case any more, if it was this one."""
        ...

    async def open_cases(self) -> Mapping[str, str]:
        """Service to its open case."""
        ...

    async def recent(self, limit: int = 20) -> Sequence[str]:
        """Cases, open and closed, newest first."""
        ...

    async def read(self, case: str) -> Sequence[CaseEntry]:
        """Oldest first; empty for an unknown one."""
        ...

    async def append(self, case: str, entries: Sequence[CaseEntry], *, at: int) -> bool:
        """Append behind entry number `at`; False, and nothing changes, when the case has moved on."""
        ...
