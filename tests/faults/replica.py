"""A replica inside this process: its own thread, event loop, Redis connections and pool of calling threads.

Promises: `kill` ends it at a failpoint as if the power were cut: it writes nothing and sends nothing any more. `freeze`
stops its loop and the thread that reached the failpoint, as SIGSTOP would, until it is thawed; then it goes on as if
nothing had happened. Delivery is a loop that asks again and again; docket is tried with real processes.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.adapters.clock import SystemClock
from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.model.errors import BotError, Fenced, Unavailable
from bot.model.records import Draft, Record
from bot.ports.journal import Head
from tests.faults.sky import ACTIONS, Hand, Sky

LEASE = timedelta(seconds=0.45)
LONGEST_FREEZE = 20.0  # seconds


class PowerCut(SystemExit):
    """Leaves the event loop at once: asyncio lets only this kind through."""


class Mortal(RedisJournals):
    """Journals that a dead replica cannot reach."""

    alive: Callable[[], None]

    async def append(
        self, run: str, drafts: Sequence[Draft], *, at: Head, epoch: int | None, durable: bool = False
    ) -> tuple[Head, Sequence[Record]]:
        self.alive()
        return await super().append(run, drafts, at=at, epoch=epoch, durable=durable)

    async def park(self, run: str, *, at: Head) -> bool:
        self.alive()
        return await super().park(run, at=at)

    async def beat(self, run: str, *, epoch: int) -> bool:
        self.alive()
        return await super().beat(run, epoch=epoch)

    async def take(self, run: str, owner: str, *, fresh: timedelta) -> tuple[Head, str] | None:
        self.alive()
        return await super().take(run, owner, fresh=fresh)


class Replica:
    """Drives one run until it is over; started as a thread."""

    def __init__(self, name: str, run: str, url: str, sky: Sky, park_after: timedelta) -> None:
        self.name, self.run = name, run
        self.dead = False
        self.fenced = 0
        self.late = 0
        self.broke: list[BaseException] = []
        self._url, self._sky, self._park_after = url, sky, park_after
        self._stop = threading.Event()
        self._thaw = threading.Event()
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._loop = asyncio.new_event_loop()
        self._poked = asyncio.Event()

    def start(self) -> None:
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End calmly, thawed if need be."""
        self._thaw.set()
        self._stop.set()
        self.poke()

    def join(self) -> None:
        self._thread.join(LONGEST_FREEZE)

    @property
    def is_thawed(self) -> bool:
        return self._thaw.is_set()

    def thaw(self) -> None:
        self._thaw.set()

    def poke(self) -> None:
        """Deliver now what would be delivered later, as a wake does."""
        with suppress(RuntimeError):  # its loop is closed: it is over
            self._loop.call_soon_threadsafe(self._poked.set)

    # --- what failpoints do to it ---------------------------------------------------------------------------------

    def kill(self) -> None:
        self.dead = True
        raise PowerCut

    def freeze(self) -> None:
        if threading.current_thread() is not self._thread:
            self._loop.call_soon_threadsafe(self._hold)
        self._hold()

    def _hold(self) -> None:
        self._thaw.wait(LONGEST_FREEZE)

    def _must_live(self) -> None:
        if self.dead:
            raise PowerCut

    # --- its life -------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)
        try:
            self._loop.run_until_complete(self._work())
        except PowerCut:
            pass
        except BaseException as bug:  # a thread that ends unheard would look like a run that hangs
            self.broke.append(bug)
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        while left := asyncio.all_tasks(self._loop):
            with suppress(PowerCut):
                self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _work(self) -> None:
        redis, calls, clock = connect(self._url), Calls(8, name=self.name), SystemClock()
        journals = Mortal(redis)
        journals.alive = self._must_live
        steps = Steps(ACTIONS, Hand(self._sky, self._must_live, self.name), calls, clock)
        try:
            while not self._stop.is_set():
                driver = Driver(self.run, self.name, journals, steps, clock, Wakeups(), LEASE, self._park_after)
                due = await self._driven(driver)
                if due is None:
                    return
                with suppress(TimeoutError):
                    patience = max(0.005, (due - datetime.now(UTC)).total_seconds())
                    await asyncio.wait_for(self._poked.wait(), patience)
                self._poked.clear()
        finally:
            calls.close()
            if not self.dead:
                await redis.aclose()

    async def _driven(self, driver: Driver) -> datetime | None:
        """As the dispatcher does it."""
        try:
            return await driver.drive()
        except Fenced:
            self.fenced += 1
        except Unavailable:  # a machine so crowded that Redis takes two seconds: nothing is wrong, and nothing was done
            self.late += 1
        except BotError as stumbled:
            self.broke.append(stumbled)
        return datetime.now(UTC) + timedelta(seconds=0.05)


def current(replicas: dict[str, Any]) -> Any:
    """The replica whose thread this is, loop or pool; None in anybody else's."""
    return replicas.get(threading.current_thread().name.split("_")[0])
