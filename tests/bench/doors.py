"""Acks under load, the time from start to the first answered command, and the memory a resting bot holds."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.local.parts import Parts, open_parts
from bot.local.workspace.person import Person
from bot.slack.manifest import manifest

WORDS = ("status orders-api", "runs", "help", "failover orders-api", "timeline orders-api")


@dataclass(frozen=True)
class DoorFigures:
    """Milliseconds, seconds, MiB."""

    p50: float
    p99: float
    worst: float
    first_command: float
    at_rest: float


async def measure() -> DoorFigures:
    """200 slash commands of five kinds in ten seconds, each timed from the socket's frame to the bot's ack."""
    async with _parts() as (parts, began), parts.slack.person("carol") as carol:
        await carol.command("/dr help")
        first = time.perf_counter() - began
        await asyncio.sleep(3)
        memory = _resident(parts.bot.pid)
        times = await _hammer(carol)
    times.sort()
    return DoorFigures(statistics.median(times), times[int(len(times) * 0.99) - 1], times[-1], first, memory)


async def _hammer(person: Person, count: int = 200, seconds: float = 10.0) -> list[float]:
    async def one(number: int) -> float:
        await asyncio.sleep(number * seconds / count)
        began = time.perf_counter()
        await person.command(f"/dr {WORDS[number % len(WORDS)]}")
        return (time.perf_counter() - began) * 1000

    return list(await asyncio.gather(*(one(number) for number in range(count))))


@asynccontextmanager
async def _parts() -> AsyncIterator[tuple[Parts, float]]:
    """The demo's parts; the clock runs from a fresh start of the bot alone."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with open_parts(Path(folder), port=0, manifest=manifest()) as parts:
            await parts.bot_is_ready()
            await asyncio.to_thread(parts.bot.stop)
            began = time.perf_counter()
            parts.bot.start()
            await parts.bot_is_ready()
            yield parts, began


def _resident(pid: int) -> float:
    """MiB of resident memory of a process and its children."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(fields["Pid"]) == pid or int(fields["PPid"]) == pid:
            total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total / 1024
