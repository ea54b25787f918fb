"""The end of background tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until each has ended; where a library swallows one cancellation, the next one follows."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=1.0)
        for task in done:
            if not task.cancelled():
                task.exception()  # looked at, so that asyncio does not complain
