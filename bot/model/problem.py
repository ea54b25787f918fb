"""One mistake in a file that somebody wrote: where it stands, and how to mend it.

A plain dataclass: errors carry these, and `dr --help` must not wait for more than the errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.language import told


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, where it stands and how to mend it."""

    path: str
    line: int
    column: int
    text: str
    code: str = ""
    """A stable id such as `unknown-key`."""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """One line, as compilers write it; it can be said again as its text can."""
        return told("{place}: {text}", place=f"{self.path}:{self.line}:{self.column}", text=self.text)
