"""A child process that never outlives us: started in its own group, tied to its parent, stopped in order.

Promises: Ctrl-C in the terminal reaches the parent alone, which then stops its children in the order it wants; a parent
that is killed takes its children along (Linux). Refuses to know what the child does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.local.redis import TIED, tail

GRACE = 10.0  # seconds between asking and killing


class Child:
    """One program, which may be started again after it ended."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        self._command = [sys.executable, "-I", "-S", "-c", TIED, str(os.getpid()), *command]
        self._environ = dict(environ)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll() if self._process else 0

    def start(self) -> None:
        """Start it; what it prints is appended to the log."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
                self._command,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL: as when the machine it runs on goes away."""
        self._signal(signal.SIGKILL)
        self._wait(GRACE)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL when that is not obeyed in time."""
        self._signal(signal.SIGTERM)
        if not self._wait(GRACE):
            self.kill()

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return tail(self._log, lines)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)

    def _wait(self, seconds: float) -> bool:
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True
