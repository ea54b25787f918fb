"""Delivers runs to workers through docket: one task per run, redelivered when its worker dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisClusterException, RedisError

from bot.adapters.redis import keys
from bot.adapters.redis.deliveries import Deliveries
from bot.adapters.redis.topology import GONE
from bot.language import told
from bot.model.errors import Fenced, Unavailable
from bot.ports.journal import Journals

if TYPE_CHECKING:  # it takes 0.3 s to import: see `_docket`
    from docket import Docket, Worker

log = structlog.get_logger()

Drive = Callable[[str], Awaitable[datetime | None]]
_REDELIVERED_AFTER = 0.75
"""Of a lease. docket looks for abandoned deliveries at random within a further third of this, and by then the dead
owner's last sign of life is older than the two thirds of a lease for which it counts."""
CONCURRENCY = 500
"""Runs that one worker holds at once; a parked run holds none of these slots."""
AT_ONCE = 8
"""Runs that a worker takes with one look; what it leaves of a burst is there for the other replicas. A dead replica's
are taken over in the same steps, one in 50 ms: 200 runs in 1.3 s more, which the promise on takeovers has to spare."""
RECONNECT = timedelta(seconds=1)
_MOST_RINGS = 600
"""Seconds for which a lost wake-up is tried again; later the run's own appointment comes anyway."""


class _Briefly(logging.Filter):
    """docket logs a traceback for every second of an outage, or no reason at all; a line with the reason is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = sys.exc_info()[1]
        if isinstance(error, RedisError | RedisClusterException | BaseExceptionGroup):
            record.msg, record.args, record.exc_info = f"{record.getMessage()} ({error})", (), None
        return True


for _room in ("worker", "strikelist", "_redelivery"):
    logging.getLogger(f"docket.{_room}").addFilter(_Briefly())


class DocketDispatcher:
    """Appointments with runs. Usable without a worker: doors only wake."""

    def __init__(self, redis_url: str, *, name: str = keys.DOCKET) -> None:
        self._name, self._url = name, redis_url
        self._connected: Docket | None = None
        self._connecting = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._ringing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> DocketDispatcher:
        return self

    def prepare(self) -> None:
        """Import docket now: it takes 0.3 s."""
        from bot.adapters.redis import docket_client  # noqa: F401  # only to have it

    async def _docket(self) -> Docket:
        """docket, connected. Imported by whoever has something to say: most commands in a terminal only read."""
        async with self._connecting:
            if self._connected is None:
                from bot.adapters.redis.docket_client import opened

                try:
                    docket = await opened(self._name, self._url, runs=CONCURRENCY, stack=self._stack)
                except GONE as gone:
                    raise Unavailable(told("Redis does not answer: {error}", error=gone)) from gone
                docket.register(_unattended, names=["drive"])
                self._connected = docket
            return self._connected

    async def __aexit__(self, *exception: object) -> None:
        for ringing in self._ringing:
            ringing.cancel()
        await self._stack.aclose()

    async def wake(self, run: str, *, at: datetime | None = None) -> None:
        when = at or datetime.now(UTC)
        try:
            await (await self._docket()).replace("drive", when=when, key=run)(run)
        except (Unavailable, *GONE) as gone:  # what was said is in the journal; only the bell did not ring
            log.warning("wake-put-off", run=run, why=str(gone))
            ringing = asyncio.create_task(self._ring(run, when))
            self._ringing.add(ringing)
            ringing.add_done_callback(self._ringing.discard)

    async def _ring(self, run: str, when: datetime) -> None:
        """Try until Redis takes it; a repeat replaces the first."""
        for _ in range(_MOST_RINGS):
            await asyncio.sleep(1)
            with contextlib.suppress(Unavailable, *GONE):
                await (await self._docket()).replace("drive", when=when, key=run)(run)
                return
        log.error("run-not-woken", run=run)

    async def ensure(self, run: str) -> None:
        try:
            await (await self._docket()).add("drive", key=run)(run)
        except GONE as gone:
            raise Unavailable(f"Redis does not answer: {gone}") from gone

    async def is_attended(self) -> bool:
        try:
            return bool(await (await self._docket()).workers())
        except GONE as gone:
            raise Unavailable(told("Redis does not answer: {error}", error=gone)) from gone

    async def work(
        self, drive: Drive, journals: Journals, *, owner: str, lease: timedelta, away: asyncio.Event | None = None
    ) -> None:
        """Drive delivered runs until cancelled. Also sweeps: an open run that nobody knows of, or whose wake-up
        was lost, is delivered again.

        `away` is set while Redis is known not to answer; drives outlive that.
        """
        from docket import Perpetual, Worker

        async def rebook(run: str, due: datetime) -> None:
            await self.wake(run, at=due)

        deliveries = Deliveries(lambda run: _driven(run, drive, lease), away or asyncio.Event(), rebook)

        async def deliver(run: str, again: Perpetual = Perpetual()) -> None:  # noqa: B008  # docket reads the default
            due = await deliveries.deliver(run)
            if due is None:
                again.cancel()
            else:
                again.at(due)

        docket = await self._patiently_docket()
        docket.register(deliver, names=["drive", "deliver"])  # an appointment of its own goes by the function's name
        worker = Worker(
            docket,
            name=owner,
            concurrency=CONCURRENCY,
            redelivery_timeout=lease * _REDELIVERED_AFTER,
            reconnection_delay=RECONNECT,
            minimum_check_interval=timedelta(milliseconds=50),
            scheduling_resolution=timedelta(milliseconds=100),
            message_batch=AT_ONCE,
            schedule_automatic_tasks=False,
        )
        async with worker, asyncio.TaskGroup() as tasks:
            sweeping = tasks.create_task(self._sweep(journals, every=lease))
            running = asyncio.create_task(_for_ever(worker))
            try:
                await asyncio.wait({running})
                running.result()
            finally:
                sweeping.cancel()
                deliveries.cancel()
                await _ended(running)

    async def _patiently_docket(self) -> Docket:
        while True:
            try:
                return await self._docket()
            except Unavailable as gone:
                log.warning("waiting-for-redis", why=str(gone))
                await asyncio.sleep(RECONNECT.total_seconds())

    async def _sweep(self, journals: Journals, *, every: timedelta) -> None:
        said = ""
        while True:
            try:
                for run in await journals.open_runs():
                    head = await journals.head(run)
                    if head is not None and head.is_unheard:
                        await self.wake(run)
                    else:
                        await self.ensure(run)
                said = ""
            except (Unavailable, *GONE) as gone:
                if str(gone) != said:
                    log.warning("sweep-skipped", error=str(gone))
                said = str(gone)
            await asyncio.sleep(every.total_seconds())


async def _for_ever(worker: Worker) -> None:
    """docket sits out whatever redis-py calls a RedisError. A cluster that is away altogether is told by another."""
    while True:
        try:
            return await worker.run_forever()
        except RedisClusterException as away:
            log.warning("cluster-away", error=str(away))
        except BaseExceptionGroup as away:
            if away.split(GONE)[1] is not None:
                raise
            log.warning("cluster-away", error=str(away))
        await asyncio.sleep(RECONNECT.total_seconds())


async def _ended(task: asyncio.Task[None]) -> None:
    """Ask docket's worker to end until it has: a cancel that meets a lost connection is lost in its task group."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.5)


async def _driven(run: str, drive: Drive, lease: timedelta) -> datetime | None:
    """Drive; after a fence or a failure, look again when the run's owner may have died.

    Ending the task after a fence would take away the message that now protects the new owner, and waiting for the new
    owner would be for ever when that one dies: so a new appointment is made, and a living owner refuses it. A drive
    that broke is tried again after a lease: by then its hold is stale, so that the next take is a takeover, and
    takeovers are counted.
    """
    try:
        return await drive(run)
    except Fenced as fence:
        log.warning("fenced", run=run, why=str(fence))
        return datetime.now(UTC) + lease / 3
    except Unavailable as gone:
        log.warning("drive-cut", run=run, why=str(gone))
    except Exception:
        log.exception("drive-broke", run=run)
    return datetime.now(UTC) + lease


async def _unattended(run: str) -> None:
    """Stands for the task in processes that only wake runs."""
    raise NotImplementedError(f"{run}: this process does not drive runs")
