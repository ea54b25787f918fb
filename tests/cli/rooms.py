"""The command line over the real house, in this process."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.__main__ import WiredRooms
from bot.cli.app import run


@dataclass(frozen=True)
class Said:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    """Runs `dr` command lines and catches what they print; not a terminal, so plain text."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Said:
        code = run(words, WiredRooms())
        printed = self.capture.readouterr()
        return Said(code, printed.out, printed.err)
