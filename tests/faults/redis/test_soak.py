"""A long incident in one process: it holds no more at the end than it did once it was warm (row 63)."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from datetime import timedelta
from pathlib import Path

from bot.model.events import NoteAdded
from tests.engine.stories import toy
from tests.faults.redis.parts import Bot, Server, a_bot, a_toy_plan, eventually, working
from tests.toys import ToyCloud

TOGETHER = 10
WARM, LONG = 3, 12
"""Rounds of ten runs until everything is loaded and every pool is full, and how many follow."""


async def test_row_63_a_long_incident_leaks_neither_memory_nor_threads_nor_sockets(
    server: Server, tmp_path: Path, cloud: ToyCloud
) -> None:
    """A hundred and fifty runs over real Redis: threads and sockets stay as many, memory grows by less than a tenth."""
    async with a_bot(server.url, tmp_path / "home", cloud) as bot, working(bot):
        for number in range(WARM):
            await _round(bot, number)
        await _fill_pools(bot)
        before = _held()
        for number in range(WARM, WARM + LONG):
            await _round(bot, number)
        after = _held()

    assert after["threads"] <= before["threads"]
    assert after["files"] <= before["files"] + 2, "the day's journal and one spare connection may be opened late"
    assert after["memory"] <= before["memory"] * 1.1, (before, after)
    assert sum(cloud.sent(name) for name in cloud.values) == (WARM + LONG) * TOGETHER


async def _fill_pools(bot: Bot) -> None:
    """Pools grow to their size and no further; here they have it from the start."""
    await asyncio.gather(
        *(bot.calls.run(timedelta(seconds=30), time.sleep, 0.05) for _ in range(64)),
        *(asyncio.to_thread(time.sleep, 0.05) for _ in range(64)),
    )


async def _round(bot: Bot, number: int) -> None:
    plans = [a_toy_plan(toy(f"step_{number}_{each}"), run=f"soak-{number}-{each}") for each in range(TOGETHER)]
    for plan in plans:
        await bot.start(plan)
        await bot.say(plan.run, NoteAdded(text="x" * 500))
    for plan in plans:
        assert await eventually(lambda plan=plan: bot.is_over(plan.run), 30)  # type: ignore[misc]  # mypy and defaults


def _held() -> dict[str, int]:
    """As Linux counts it."""
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {"threads": threading.active_count(), "files": len(os.listdir("/proc/self/fd")), "memory": resident}
