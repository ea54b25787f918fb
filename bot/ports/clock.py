"""Where time and new ids come from. Nothing below the shell reads a clock."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for deadlines."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds; never jumps."""
        ...

    def new_id(self) -> str:
        """A short, unique, sortable id."""
        ...
