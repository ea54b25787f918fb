"""Deliveries of a run on a real Redis: nobody's death leaves it undelivered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.redis.connection import connect
from bot.adapters.redis.deliveries import Drive
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.local.redis import EmbeddedRedis
from bot.model.errors import Fenced, Unavailable
from bot.model.events import RunCreated
from bot.model.people import BOT
from bot.model.records import Draft
from bot.ports.journal import Head
from tests.builders import NOW, a_plan

pytestmark = pytest.mark.asyncio
LEASE = timedelta(seconds=0.5)


async def test_a_run_whose_new_owner_died_too_is_delivered_again(tmp_path: Path) -> None:
    """We were fenced, and whoever fenced us fell silent: the fenced delivery does not hold the run back for ever."""
    plan, journals, drives, again = a_plan(), MemoryJournals(), [], asyncio.Event()
    created = Draft(id="c", at=NOW, actor=BOT, fact=RunCreated(plan=plan))
    await journals.append(plan.run, [created], at=Head(seq=0, hash="", epoch=0), epoch=None)
    await journals.take(plan.run, "dead", fresh=LEASE)

    async def drive(run: str) -> datetime | None:
        drives.append(run)
        if len(drives) == 1:
            raise Fenced("somebody took it")
        again.set()
        return None

    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        async with DocketDispatcher(server.url) as dispatcher:
            working = asyncio.create_task(dispatcher.work(drive, journals, owner="us", lease=LEASE))
            await dispatcher.ensure(plan.run)
            try:
                await asyncio.wait_for(again.wait(), 15)
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    assert drives[:2] == [plan.run, plan.run]


async def test_an_appointment_is_kept_by_a_worker_that_has_only_just_started(tmp_path: Path) -> None:
    """One worker makes it and leaves; a fresh process knows it by its name, and needs no sweep to find it."""
    plan, made, kept = a_plan(), asyncio.Event(), asyncio.Event()

    async def make(run: str) -> datetime | None:
        made.set()
        return datetime.now(UTC) + timedelta(seconds=2)

    async def keep(run: str) -> datetime | None:
        kept.set()
        return None

    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        async with DocketDispatcher(server.url) as dispatcher:
            await dispatcher.ensure(plan.run)
            async with _working(dispatcher, make):
                await asyncio.wait_for(made.wait(), 15)
                docket = await dispatcher._docket()
                while not (await docket.snapshot()).future:  # noqa: ASYNC110 - docket tells nobody when it has booked
                    await asyncio.sleep(0.02)
        async with DocketDispatcher(server.url) as anew, _working(anew, keep):
            await asyncio.wait_for(kept.wait(), 15)

    assert kept.is_set()


@asynccontextmanager
async def _working(dispatcher: DocketDispatcher, drive: Drive, owner: str = "us") -> AsyncIterator[None]:
    """A worker that has nothing to sweep."""
    working = asyncio.create_task(dispatcher.work(drive, MemoryJournals(), owner=owner, lease=timedelta(hours=1)))
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


@pytest.mark.parametrize(("asked", "spoken"), [("", "2"), ("?protocol=3", "3")])
async def test_docket_speaks_the_protocol_that_opens_cheaply_unless_told_otherwise(
    tmp_path: Path, asked: str, spoken: str
) -> None:
    """Every connection that is opened counts on a bad day; the operator's URL has the last word."""
    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        redis = connect(server.url)
        async with DocketDispatcher(server.url + asked) as dispatcher:
            await dispatcher.ensure("r")
            clients = await redis.client_list()
        await redis.aclose()
    said = [one for one in clients if one["cmd"] in ("evalsha", "xread")]

    assert {one["resp"] for one in said} == {spoken}
    assert {one["lib-name"] for one in said} == {"redis-py"}


async def test_a_burst_of_runs_opens_few_connections(tmp_path: Path) -> None:
    """200 runs begin and end in the same instant; what docket asks for them travels together."""
    runs = [f"r{number}" for number in range(200)]
    driven: set[str] = set()
    all_there = asyncio.Event()

    async def drive(run: str) -> datetime | None:
        driven.add(run)
        if len(driven) == len(runs):
            all_there.set()
        await all_there.wait()
        return None

    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        redis = connect(server.url)
        async with DocketDispatcher(server.url) as dispatcher, _working(dispatcher, drive):
            await asyncio.gather(*(dispatcher.ensure(run) for run in runs))
            await asyncio.wait_for(all_there.wait(), 15)
            docket = await dispatcher._docket()
            while (await docket.snapshot()).running:  # noqa: ASYNC110 - docket tells nobody when it is through
                await asyncio.sleep(0.02)
            import collections

            print(collections.Counter(c["cmd"] for c in await redis.client_list()))
            opened = (await redis.info("stats"))["total_connections_received"]
        await redis.aclose()

    assert driven == set(runs)
    assert opened < 20


async def test_a_burst_is_spread_over_the_replicas(tmp_path: Path) -> None:
    """Whoever looks first leaves enough for the others: a second replica is there to share the work."""
    runs = [f"r{number}" for number in range(40)]
    driven: dict[str, set[str]] = {"a": set(), "b": set()}
    all_there = asyncio.Event()

    def driver(owner: str) -> Drive:
        async def drive(run: str) -> datetime | None:
            driven[owner].add(run)
            if sum(map(len, driven.values())) == len(runs):
                all_there.set()
            return None

        return drive

    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        one, other = DocketDispatcher(server.url), DocketDispatcher(server.url)
        async with one, other, _working(one, driver("a"), "a"), _working(other, driver("b"), "b"):
            while len(await (await one._docket()).workers()) < 2:  # noqa: ASYNC110 - docket tells nobody who joined
                await asyncio.sleep(0.02)
            await asyncio.gather(*(one.ensure(run) for run in runs))
            await asyncio.wait_for(all_there.wait(), 15)

    assert min(map(len, driven.values())) >= len(runs) / 4, driven


async def test_an_appointment_is_made_though_the_connection_was_cut(tmp_path: Path) -> None:
    """A proxy or a restart ends idle connections; whoever wakes a run hears nothing of it."""
    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        redis = connect(server.url)
        async with DocketDispatcher(server.url) as dispatcher:
            await dispatcher.ensure("one")
            await redis.client_kill_filter(_type="normal", skipme=True)
            await dispatcher.ensure("two")
            snapshot = await (await dispatcher._docket()).snapshot()
        await redis.aclose()

    assert {execution.key for execution in snapshot.future} == {"one", "two"}


async def test_whether_runs_are_driven_is_not_told_without_a_redis() -> None:
    """Whoever stands by learns that nobody knows, in the words of every door."""
    async with DocketDispatcher("redis://127.0.0.1:1/0") as dispatcher:
        with pytest.raises(Unavailable, match="Redis does not answer"):
            await dispatcher.is_attended()
