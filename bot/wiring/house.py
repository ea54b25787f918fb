"""The bot as it serves: doors open, runs driven, alarms heard, until it is told to stop.

Promises: whatever ends, ends in order, and calls under way are seen home. Refuses to know how its parts were built.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.adapters.aws.alarm_queue import SqsAlarms, region_of
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.adapters.redis.doors import RedisDoors
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.plans import RedisPlans
from bot.adapters.redis.sent import RedisLeases, RedisSent
from bot.adapters.redis.topology import Client
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.model.errors import BotError
from bot.model.service import Catalog
from bot.ports.alarms import AlarmNews, AlarmQueue
from bot.settings import Settings
from bot.usecases.attendance import Attendance
from bot.usecases.desk import Desk
from bot.usecases.hear_alarms import hear
from bot.usecases.notice_edits import notice_edits
from bot.wiring.store import Store

log = structlog.get_logger()
_Answer = TypeVar("_Answer")

NOTICE_EVERY = 15.0
"""Seconds between two looks for newer texts of the runbooks that open runs execute."""
HEAR_AGAIN = 5.0
"""Seconds before the alarm queue is asked again after trouble."""
HAND_OVER = timedelta(seconds=25)
"""How long a stopping bot sees its calls home before it lets go."""


@dataclass(frozen=True)
class House:
    """A desk whose runs are driven, and the Slack door when there is one."""

    desk: Desk
    settings: Settings
    redis: Client
    dispatcher: DocketDispatcher
    owner: str
    store: Store

    async def is_attended(self) -> bool:
        """Whether runs are driven by somebody already, here or elsewhere."""
        return await self.dispatcher.is_attended()

    async def work(self, stop: asyncio.Event) -> None:
        """Drive runs until `stop` is set; then hand them over within 25 s. Waits for Redis first, however long."""
        watching = asyncio.create_task(self.store.watch())
        try:
            if await _before(stop, self.store.until_ready()):
                await self._drive(stop)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _drive(self, stop: asyncio.Event) -> None:
        desk, wakeups, calls = self.desk, Wakeups(), Calls()

        def catalog() -> Catalog:
            return desk.library().catalog

        steps = Steps(desk.actions, desk.clouds, calls, desk.clock, catalog)
        locks = RedisLocks(self.redis, desk.journals)

        async def drive(run: str) -> datetime | None:
            if wakeups.stopping:  # somebody else's, in a moment
                return desk.clock.now() + timedelta(seconds=1)
            driver = Driver(
                run, self.owner, desk.journals, steps, desk.clock, wakeups, self.settings.lease, locks=locks,
                witness=self.store.witness, roster=Attendance(catalog, desk.standing, desk.clock),
            )  # fmt: skip
            with structlog.contextvars.bound_contextvars(run=run):  # also for what libraries and threads say meanwhile
                return await driver.drive()

        hints = asyncio.create_task(wakeups.listen(desk.journals.changes()))
        working = asyncio.create_task(
            self.dispatcher.work(
                drive, desk.journals, owner=self.owner, lease=self.settings.lease, away=self.store.journals.away
            )
        )
        editing = asyncio.create_task(keep_noticing(desk))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
            wakeups.stop()
            log.info("stopping", runs=wakeups.driving)
            try:
                await asyncio.wait_for(_until_idle(wakeups), HAND_OVER.total_seconds())
            except TimeoutError:
                log.warning("calls-not-seen-home", runs=wakeups.driving, after=HAND_OVER.total_seconds())
        finally:
            for task in (working, hints, editing, stopping):
                task.cancel()
            await asyncio.gather(working, hints, editing, stopping, return_exceptions=True)
            calls.close()

    async def serve(self, stop: asyncio.Event) -> None:
        """Drive runs and answer Slack until `stop` is set. Runs go on whether Slack is there or not."""
        beside = [asyncio.create_task(job) for job in (self._answer(), self._listen_for_alarms())]
        try:
            log.info("serving", owner=self.owner, slack=self.settings.slack is not None)
            await self.work(stop)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            log.info("stopped", owner=self.owner)

    async def _listen_for_alarms(self) -> None:
        """Hear alarms that come by the queue, when there is one. They propose; nothing starts by itself."""
        url = self.settings.alarm_queue
        if not url:
            return
        queue = SqsAlarms(self.desk.clouds.for_service(None), url, region_of(url, os.environ.get("AWS_REGION", "")))
        try:
            await keep_hearing(self.desk, queue)
        finally:
            queue.close()

    async def _answer(self) -> None:
        """Keep the Slack door open, when there is one."""
        slack = self.settings.slack
        if slack is None:
            log.warning("slack-off", why="SLACK_BOT_TOKEN is not set; the command line still works")
            return
        from bot.slack.app import SlackDoor  # here, since a command in a terminal needs none of it
        from bot.slack.presence import Presence

        sent, leases = RedisSent(self.redis), RedisLeases(self.redis)

        def door() -> SlackDoor:
            plans = RedisPlans(self.redis, self.desk.clock)
            return SlackDoor(self.desk, slack, sent, leases, owner=self.owner, store=self.store.journals, plans=plans)

        await Presence(door, RedisDoors(self.redis, self.desk.clock), self.desk.clock, self.owner).keep()


async def keep_noticing(desk: Desk, every: float = NOTICE_EVERY) -> None:
    """Tell open runs of newer runbook texts, for as long as this bot works, whatever one look runs into."""
    said = ""
    while True:
        await asyncio.sleep(every)
        try:
            await notice_edits(desk)
            said = ""
        except BotError as missed:  # the store is away, or the folder is being edited: the next round sees it
            if str(missed) != said:
                log.warning("edits-not-noticed", why=str(missed)[:300])
            said = str(missed)
        except Exception:  # a folder that is gone, a record nobody can read: the next round looks again
            log.exception("edits-not-noticed")


async def keep_hearing(desk: Desk, queue: AlarmQueue, patience: float = HEAR_AGAIN) -> None:
    """Hear every alarm once, for as long as this bot works, whatever one of them runs into."""
    while True:
        found = await _outlived(queue.next())
        done = [await _outlived(_heard(desk, queue, news)) for news in found or ()]
        if found is None or not all(done):
            await asyncio.sleep(patience)


async def _heard(desk: Desk, queue: AlarmQueue, news: AlarmNews) -> bool:
    await hear(desk, news)
    await queue.done(news)
    return True


async def _outlived(asked: Awaitable[_Answer]) -> _Answer | None:
    """The answer, or None, told in the log, when there was none; what was not done comes again."""
    try:
        return await asked
    except BotError as missed:  # the queue or the store is away
        log.warning("alarms-not-heard", why=str(missed)[:300])
    except Exception:  # one alarm that nobody can read must not silence the others
        log.exception("alarms-not-heard")
    return None


async def _until_idle(wakeups: Wakeups) -> None:
    while True:
        if not wakeups.driving:
            return
        await asyncio.sleep(0.05)


async def _before(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether the work was done before somebody asked to stop."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        return working.done()
    finally:
        working.cancel()
        stopping.cancel()
