"""Builds and connects what a process needs, and takes it down in order: the only place that knows everybody."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache

import structlog

from bot.actions.catalogue import Catalogue
from bot.adapters.aws.sessions import AwsClouds
from bot.adapters.clock import SystemClock
from bot.adapters.kept_files import FolderOfFiles
from bot.adapters.redis.cases import RedisCases
from bot.adapters.redis.connection import Unsafe, check, connect
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.adapters.redis.doors import RedisDoors
from bot.adapters.redis.journal import RedisJournals
from bot.adapters.redis.standing import RedisStanding
from bot.adapters.redis.topology import Client
from bot.engine import failpoints
from bot.language import together, told
from bot.local.redis import EmbeddedRedis
from bot.model.errors import Unavailable
from bot.model.problem import Problem
from bot.ports.clock import Clock
from bot.ports.standing import Standing
from bot.runbook.library import Library
from bot.settings import Settings
from bot.usecases.desk import Desk
from bot.wiring.house import House
from bot.wiring.store import Ruin, Store

log = structlog.get_logger()

FILES = "files"
"""The folder under DR_HOME that holds copies of captured files."""


def load_library(settings: Settings, actions: Catalogue | None = None) -> Library:
    """The runbooks of the configured folder, problems and all."""
    known = Catalogue.discover() if actions is None else actions
    return Library.load(settings.runbooks, known.specs)


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
        if patient:  # whoever serves imports docket now, and not in the middle of somebody's click
            dispatcher.prepare()
        if actions is None:
            actions = Catalogue.discover() if patient else Catalogue.when_asked()
        standing = await _standing(settings, redis, clock, stack)
        desk = Desk(
            library=telling(load_library(settings, actions)) if patient else _on_disk(settings, actions),
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


def _on_disk(settings: Settings, actions: Catalogue) -> Callable[[], Library]:
    """The library, read when it is first asked for."""
    read = cache(lambda: load_library(settings, actions))
    return lambda: read().refresh()


def telling(library: Library) -> Callable[[], Library]:
    """The library as it is on disk now; what is broken in it is told once, where somebody reads a log."""
    known: list[Problem] = []

    def fresh() -> Library:
        broken = [each for each in library.refresh().problems if each.level == "error"]
        if broken != known:
            if broken:
                log.error("runbooks-broken", count=len(broken), first=str(broken[0]), all_of_them="dr lint")
            else:
                log.info("runbooks-whole-again")
            known[:] = broken
        return library

    fresh()
    return fresh


async def _standing(settings: Settings, redis: Client, clock: Clock, stack: AsyncExitStack) -> Standing:
    """Slack's own word where the bot has a token, and what it said last wherever Slack does not answer."""
    kept = RedisStanding(redis)
    if settings.slack is None:
        return kept
    import aiohttp  # here, since most commands in a terminal do without Slack

    from bot.slack.app import client_of
    from bot.slack.standing import PATIENCE, SlackStanding

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
