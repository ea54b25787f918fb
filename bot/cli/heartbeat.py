"""The bot's sign of life on this machine: a small file, touched while the event loop turns.

Promises: costs nothing to check, so that a container may ask every few seconds; a disk that is full does not make a
living bot look dead. Refuses to import the house.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import structlog

from bot.language import _

log = structlog.get_logger()

EVERY = 5.0  # seconds
STALE = 20.0  # seconds


async def beat(home: Path, stop: asyncio.Event) -> None:
    """Renew the sign of life until `stop` is set, then take it away. Never raises for what the disk says."""
    path, said = _file(home), ""
    while not stop.is_set():
        try:
            renew(path)
            said = ""
        except OSError as refused:
            if str(refused) != said:
                log.error("sign-of-life-not-renewed", file=str(path), why=refused.strerror)
            said = str(refused)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY)
    with suppress(OSError):
        path.unlink(missing_ok=True)


def renew(path: Path) -> None:
    """The file is empty and its time is the sign: that needs no room on the disk. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    now = time.time()
    os.utime(path, (now, now))  # by our own clock; a server of files has another one


def ails(home: Path, now: float) -> str:
    """Why the bot here is not healthy, in one sentence; empty when it is."""
    try:
        at = _file(home).stat().st_mtime
    except FileNotFoundError:
        return _("The bot is not running here: it has left no sign of life. Start it with: dr serve")
    except OSError as refused:
        return _("The sign of life in {file} cannot be read: {why}.", file=_file(home), why=refused.strerror)
    age = now - at
    if age < STALE:
        return ""
    return _(
        "The bot's last sign of life is {seconds} s old; it hangs or was killed. Restart it.", seconds=f"{age:.0f}"
    )


def _file(home: Path) -> Path:
    return home / "heartbeat"
