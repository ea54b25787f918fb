"""Threads that may hang: whoever asks has an answer or gives up, and the process ends all the same."""

from __future__ import annotations

import ast
import asyncio
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

import bot
from bot.ports.threads import Threads, apart

HANGS = """
import asyncio, threading
from bot.ports.threads import Threads, apart

async def main():
    look = Threads(1, name="look").submit(threading.Event().wait)
    for asked in (apart(threading.Event().wait), asyncio.wrap_future(look)):
        try:
            await asyncio.wait_for(asked, 0.01)
        except TimeoutError:
            print("given up")

asyncio.run(main())
"""


def test_a_process_ends_although_a_look_hangs() -> None:
    """What was given up is left behind."""
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=20, check=True)

    assert ended.stdout == "given up\ngiven up\n"


def test_no_room_uses_threads_that_a_process_waits_for() -> None:
    """A pool of `concurrent.futures` holds every command up for as long as one of its calls hangs."""
    rooms = [path for path in Path(bot.__file__).parent.rglob("*.py") if "local" not in path.parts]
    waits = [
        str(path)
        for path in rooms
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and any(name.name in ("ThreadPoolExecutor", "ProcessPoolExecutor") for name in node.names)
    ]

    assert rooms
    assert waits == []


async def test_an_answer_and_an_error_come_home() -> None:
    """To whoever asked."""
    assert await apart(max, 1, 2) == 2
    with pytest.raises(ValueError, match="nothing"):
        await apart(int, "nothing")


def test_no_more_run_at_once_than_are_wanted_and_what_waits_can_be_cancelled() -> None:
    """One hangs, the other two threads' worth of jobs wait behind it."""
    hold, threads = Event(), Threads(1, name="look")
    running, waiting = threads.submit(hold.wait), threads.submit(int)
    while not running.running():
        hold.wait(0.001)

    threads.shutdown(cancel_futures=True)
    hold.set()

    assert running.result(5)
    assert waiting.cancelled()


async def test_jobs_that_wait_are_done_before_the_threads_end() -> None:
    """A shutdown that cancels nothing leaves nothing undone."""
    with Threads(2, name="look") as threads:
        asked = [asyncio.wrap_future(threads.submit(pow, number, 2)) for number in range(20)]

    assert await asyncio.gather(*asked) == [number**2 for number in range(20)]
