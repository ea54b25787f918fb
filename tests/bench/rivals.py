"""The same shapes on engines that deliver each step as a task of its own: docket per step, and Celery."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from docket import Docket, Worker

from bot.adapters.redis.connection import connect
from tests.bench.parts import Marks

Graph = Mapping[str, Sequence[str]]
"""Step → the steps it needs."""


class PerStep:
    """Each finished step adds the docket tasks that it was the last to hold up; counters live in Redis."""

    def __init__(self, url: str, graphs: Sequence[Graph], marks: Marks) -> None:
        self._redis = connect(url)
        self._docket = Docket(name=f"per-step-{time.time_ns()}", url=url, execution_ttl=timedelta(0))
        self._graphs, self._marks = graphs, marks
        self._left = sum(len(graph) for graph in graphs)
        self._done = asyncio.Event()
        self._after = [_followers(graph) for graph in graphs]

    async def measure(self) -> float:
        """Seconds from the first task to the last."""

        async def step(run: int, name: str) -> None:
            self._marks.at.append(time.perf_counter())
            ready = await self._finish(run, name)
            for follower in ready:
                await self._docket.add(step, key=f"{run}:{follower}")(run, follower)
            self._left -= 1
            if not self._left:
                self._done.set()

        async with self._docket:
            self._docket.register(step)
            worker = Worker(self._docket, concurrency=500, minimum_check_interval=timedelta(milliseconds=50))
            async with worker:
                working = asyncio.create_task(worker.run_forever())
                await asyncio.sleep(0.5)
                began = time.perf_counter()
                for run, graph in enumerate(self._graphs):
                    for name in (name for name, needs in graph.items() if not needs):
                        await self._docket.add(step, key=f"{run}:{name}")(run, name)
                await self._done.wait()
                wall = time.perf_counter() - began
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
        await self._redis.aclose()
        return wall

    async def _finish(self, run: int, name: str) -> list[str]:
        followers = self._after[run].get(name, [])
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.xadd(f"per-step:{self._docket.name}:{run}", {"b": name})
            for follower in followers:
                pipe.hincrby(f"per-step:{self._docket.name}:{run}:n", follower, 1)
            counts = (await pipe.execute())[1:]
        graph = self._graphs[run]
        return [follower for follower, count in zip(followers, counts, strict=True) if count == len(graph[follower])]


def _followers(graph: Graph) -> dict[str, list[str]]:
    after: dict[str, list[str]] = {}
    for name, needs in graph.items():
        for need in needs:
            after.setdefault(need, []).append(name)
    return after


CELERY_APP = """
from celery import Celery
app = Celery("bench", broker={url!r}, backend={url!r})
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True)

@app.task
def noop(*_):
    return None
"""


def celery_seconds(url: str, folder: Path, *, length: int = 0, width: int = 0) -> float:
    """Wall seconds of a chain of `length`, or a chord of `width` and a join, on one Celery worker process."""
    (folder / "bench_celery.py").write_text(CELERY_APP.format(url=url))
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    arguments = [sys.executable, "-m", "celery", "-A", "bench_celery", "worker", "--pool=threads", "--concurrency=8"]
    worker = subprocess.Popen(
        [*arguments, "--loglevel=ERROR", "--without-mingle", "--without-gossip"],
        env=environment, cwd=folder, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        sys.path.insert(0, str(folder))
        import bench_celery  # type: ignore[import-not-found]  # written above
        from celery import chain, chord, group

        noop = bench_celery.noop
        noop.delay().get(timeout=30)
        began = time.perf_counter()
        work = (
            chain(noop.si() for _ in range(length))
            if length
            else chord(group(noop.si() for _ in range(width)), noop.si())
        )
        work.apply_async().get(timeout=120)
        return time.perf_counter() - began
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
