"""Background tasks: one that goes on whatever breaks, and the end of several."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from bot.model.errors import Unavailable
from bot.slack.pace import Pace

log = structlog.get_logger()


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


async def forever(job: Callable[[], Awaitable[None]], pace: Pace) -> None:
    """Begin a job again whenever it ends or breaks, with growing patience."""
    failures = 0
    while True:
        try:
            await job()
            failures = 0
        except Unavailable as gone:  # whoever finds the store or Slack away says so; this only begins anew
            failures += 1
            log.debug("outbox-job-waits", job=getattr(job, "__name__", "job"), why=str(gone))
        except Exception:  # the shell stays up: whatever broke is logged with its traceback and tried again
            failures += 1
            log.exception("outbox-job-broke", job=getattr(job, "__name__", "job"))
        await asyncio.sleep(pace.retry_after(max(1, failures)))
