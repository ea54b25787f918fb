"""The composition root: the only module that knows everybody. Builds, connects, and takes down in order."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import structlog

from bot.actions.catalogue import Catalogue
from bot.adapters.aws.alarm_queue import SqsAlarms, region_of
from bot.adapters.aws.sessions import AwsClouds
from bot.adapters.clock import SystemClock
from bot.adapters.kept_files import FolderOfFiles
from bot.adapters.redis.cases import RedisCases
from bot.adapters.redis.connection import Unsafe, check, connect
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.adapters.redis.doors import RedisDoors
from bot.adapters.redis.journal import RedisJournals
from bot.adapters.redis.locks import RedisLocks
from bot.adapters.redis.sent import RedisLeases, RedisSent
from bot.adapters.redis.standing import RedisStanding
from bot.adapters.redis.topology import Client
from bot.engine import failpoints
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.language import together, told
from bot.local.redis import EmbeddedRedis
from bot.model.errors import BotError, Unavailable
from bot.model.service import Catalog
from bot.ports.alarms import AlarmNews, AlarmQueue
from bot.ports.clock import Clock
from bot.ports.standing import Standing
from bot.runbook.library import Library
from bot.settings import Settings
from bot.slack.app import SlackDoor, client_of
from bot.slack.presence import Presence
from bot.slack.standing import PATIENCE, SlackStanding
from bot.store import Ruin, Store
from bot.usecases.attendance import Attendance
from bot.usecases.desk import Desk
from bot.usecases.hear_alarms import hear
from bot.usecases.notice_edits import notice_edits

log = structlog.get_logger()
_Answer = TypeVar("_Answer")

NOTICE_EVERY = 15.0
"""Seconds between two looks for newer texts of the runbooks that open runs execute."""
FILES = "files"
"""The folder under DR_HOME that holds copies of captured files."""
HEAR_AGAIN = 5.0
"""Seconds before the alarm queue is asked again after trouble."""
HAND_OVER = timedelta(seconds=25)
"""How long a stopping bot sees its calls home before it lets go."""


def load_library(settings: Settings, actions: Catalogue | None = None) -> Library:
    """The runbooks of the configured folder, problems and all."""
    return Library.load(settings.runbooks, (actions or Catalogue.discover()).specs)


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
        sent, leases = RedisSent(self.redis), RedisLeases(self.redis)

        def door() -> SlackDoor:
            return SlackDoor(self.desk, slack, sent, leases, owner=self.owner, store=self.store.journals)

        await Presence(door, RedisDoors(self.redis, self.desk.clock), self.desk.clock, self.owner).keep()


async def keep_noticing(desk: Desk, every: float = NOTICE_EVERY) -> None:
    """Tell open runs of newer runbook texts, for as long as this bot works, whatever one look runs into."""
    while True:
        await asyncio.sleep(every)
        try:
            await notice_edits(desk)
        except BotError as missed:  # the store is away, or the folder is being edited: the next round sees it
            log.warning("edits-not-noticed", why=str(missed)[:300])
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


@asynccontextmanager
async def open_house(
    settings: Settings, actions: Catalogue | None = None, *, patient: bool = False
) -> AsyncIterator[House]:
    """Everything connected. Raises Unavailable, saying what does not answer and what to do.

    `patient` lets Redis be away: doors open and say so, and work begins when it answers.
    """
    failpoints.arm_from(os.environ)
    async with AsyncExitStack() as stack:
        clouds = AwsClouds()
        clock = SystemClock(clouds.time.now)  # AWS's own clock, once it has been heard
        owner = f"{socket.gethostname()}:{os.getpid()}:{clock.new_id()[-4:]}"
        url, revive = settings.redis_url, None
        if not url:
            server = _embedded(settings, stack)
            url, revive = server.url, server.start
        redis = connect(url)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)  # else an embedded server sees us stay
        store = Store.over(redis, url, settings, clock, owner, revive)
        try:
            await store.ready()
        except Unsafe:
            raise
        except Unavailable as gone:
            if not patient:
                raise
            log.warning("starts-without-redis", why=str(gone))
        dispatcher = await stack.enter_async_context(DocketDispatcher(url))
        actions = actions or Catalogue.discover()
        library = load_library(settings, actions)

        def fresh() -> Library:
            library.refresh()
            return library

        standing = await _standing(settings, redis, clock, stack)
        desk = Desk(
            library=fresh,
            actions=actions,
            journals=store.journals,
            dispatcher=dispatcher,
            clouds=clouds,
            clock=clock,
            doors=RedisDoors(redis, clock),
            cases=RedisCases(redis, store.journals),
            files=FolderOfFiles(settings.home / FILES),
            standing=standing,
        )
        yield House(desk, settings, redis, dispatcher, owner, store)


async def _standing(settings: Settings, redis: Client, clock: Clock, stack: AsyncExitStack) -> Standing:
    """Slack's own word where the bot has a token, and what it said last wherever Slack does not answer."""
    kept = RedisStanding(redis)
    if settings.slack is None:
        return kept
    session = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)))
    return SlackStanding(client_of(settings.slack, settings.slack.bot_token, session), kept, clock)


def _embedded(settings: Settings, stack: AsyncExitStack) -> EmbeddedRedis:
    """The redis-server under DR_HOME, shared by every process there; the last one out stops it."""
    settings.home.mkdir(parents=True, exist_ok=True)
    server = EmbeddedRedis(settings.home).start()
    stack.callback(server.leave)
    return server


@asynccontextmanager
async def open_ruin(settings: Settings) -> AsyncIterator[Ruin]:
    """Redis as it is, to write lost runs back. Raises Unavailable when it does not answer or is not safe."""
    async with AsyncExitStack() as stack:
        url = settings.redis_url or _embedded(settings, stack).url
        redis = connect(url)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        problems = await check(redis, url=url, provider_keeps=settings.provider_keeps)
        if problems:
            raise Unsafe(told("This Redis is not safe for runs: {problems}", problems=together(problems, " ")))
        yield Ruin(redis, RedisJournals(redis), SystemClock())


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[Desk]:
    """A desk without a worker: what one command needs."""
    async with open_house(settings) as house:
        yield house.desk
