"""One mistake in a file that somebody wrote: where it stands, and how to mend it."""

from __future__ import annotations

from typing import Literal

from bot.model.base import Frozen


class Problem(Frozen):
    """One mistake, where it stands and how to mend it."""

    path: str
    line: int
    column: int
    text: str
    code: str = ""
    """A stable id such as `unknown-key`."""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.text}"
