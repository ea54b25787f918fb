"""The bot's sign of life on this machine: a small file, renewed while the event loop turns.

Promises: costs nothing to check, so that a container may ask every few seconds. Refuses to import the house.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from bot.language import _

EVERY = 5.0  # seconds
STALE = 20.0  # seconds


async def beat(home: Path, stop: asyncio.Event) -> None:
    """Renew the sign of life until `stop` is set, then take it away."""
    path = _file(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    while not stop.is_set():
        renew(path)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY)
    path.unlink(missing_ok=True)


def renew(path: Path) -> None:
    """Write the file whole, so that a reader never sees half of it."""
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"pid": os.getpid(), "at": time.time()}))
    fresh.replace(path)


def ails(home: Path, now: float) -> str:
    """Why the bot here is not healthy, in one sentence; empty when it is."""
    try:
        at = float(json.loads(_file(home).read_text())["at"])
    except FileNotFoundError:
        return _("The bot is not running here: it has left no sign of life. Start it with: dr serve")
    except (OSError, ValueError, KeyError, TypeError):
        return _("The sign of life in {file} cannot be read.", file=_file(home))
    age = now - at
    if age < STALE:
        return ""
    return _(
        "The bot's last sign of life is {seconds} s old; it hangs or was killed. Restart it.", seconds=f"{age:.0f}"
    )


def _file(home: Path) -> Path:
    return home / "heartbeat.json"
