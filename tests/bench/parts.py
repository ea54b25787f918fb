"""What every engine benchmark shares: a real redis-server, a no-op action, and the floor of one round trip."""

from __future__ import annotations

import socket
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from redis.asyncio import Redis

from bot.adapters.redis.connection import connect
from bot.local.redis import find_server

FLOOR = """
if redis.call("HGET", KEYS[1], "seq") == ARGV[1] then return 0 end
redis.call("HSET", KEYS[1], "seq", ARGV[1])
return 1
"""


@dataclass
class Marks:
    """Monotonic moments at which steps' work was called."""

    at: list[float] = field(default_factory=list)

    def gap(self) -> float:
        """Median milliseconds between neighbouring calls."""
        return statistics.median(b - a for a, b in pairwise(sorted(self.at))) * 1000


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(folder: Path, *, fsync: str = "everysec") -> Iterator[str]:
    """A redis-server of our own with AOF, over TCP as in production; gone at the end. Yields its URL."""
    port = free_port()
    home = folder / f"redis-{port}"  # each server its own: it would load what another one kept
    home.mkdir()
    kept = ["--dir", str(home), "--save", "", "--appendonly", "yes", "--appendfsync", fsync]
    log = ["--logfile", str(home / "redis.log")]
    process = subprocess.Popen([str(find_server().path), "--port", str(port), "--bind", "127.0.0.1", *kept, *log])
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.01)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


async def floor(url: str, rounds: int = 500, body: int = 400) -> float:
    """Median milliseconds of one pipelined EVALSHA with an XADD: what one transition must cost at least."""
    redis: Redis = connect(url)
    script = redis.register_script(FLOOR)
    await script(keys=["floor:head"], args=["0"])
    times = []
    for number in range(1, rounds + 1):
        began = time.perf_counter()
        async with redis.pipeline(transaction=False) as pipe:
            pipe.evalsha(script.sha, 1, "floor:head", str(number))
            pipe.xadd("floor:log", {"b": "x" * body})
            await pipe.execute()
        times.append(time.perf_counter() - began)
    await redis.delete("floor:log", "floor:head")
    await redis.aclose()
    return statistics.median(times) * 1000


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a small Markdown table, as docs/performance.md keeps it."""
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
