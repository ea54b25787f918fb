"""The lists beside the journals follow them, also when somebody died between the two."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import keys
from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from bot.local.redis import EmbeddedRedis
from bot.model.events import RunCreated, RunFinished
from bot.model.people import BOT
from bot.model.records import Draft
from bot.ports.journal import Head
from bot.usecases.start_run import start_run
from tests.builders import NOW
from tests.engine.stories import Theatre, toy
from tests.faults.aws.desk import Deliveries, Room

pytestmark = pytest.mark.asyncio
EMPTY = Head(seq=0, hash="", epoch=0)


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        redis = connect(server.url)
        yield redis
        await redis.aclose()


async def test_a_start_whose_answer_was_lost_is_put_right_by_the_repeat(redis: Redis, tmp_path: Path) -> None:
    """The journal was written, and the starter died before the run was on any list: the next click finds and rings."""
    room = Room(tmp_path / "runbooks")
    journals, bell = RedisJournals(redis), Deliveries()
    desk, plan = replace(room.desk, journals=journals, dispatcher=bell), room.plan()
    await start_run(desk, plan, room.carol)
    await redis.delete(keys.ACTIVE, keys.RECENT, keys.service("orders-api"))
    bell.woken.clear()

    run = await start_run(desk, plan, room.carol)

    assert (run.seq, await journals.open_runs(), bell.woken) == (1, [run.id], [run.id])
    assert await journals.claim_service("orders-api", "other") == run.id
    assert await redis.ttl(keys.service("orders-api")) == -1


async def test_a_run_that_is_over_leaves_the_lists_at_the_next_look(redis: Redis) -> None:
    """Its end was written, and the worker died before the run was taken off: it is not delivered for ever."""
    theatre = await Theatre.of(toy("one"))
    journals = RedisJournals(redis)
    theatre.journals = journals  # type: ignore[assignment]  # the same promises
    drafts = [
        Draft(id=str(number), at=NOW, actor=BOT, fact=fact)
        for number, fact in enumerate((RunCreated(plan=theatre.plan), RunFinished(outcome="completed")))
    ]
    await journals.append(theatre.plan.run, drafts, at=EMPTY, epoch=None)
    await redis.zadd(keys.ACTIVE, {theatre.plan.run: NOW.timestamp()})

    await theatre.deliver()

    assert await journals.open_runs() == []
    assert len(await journals.read(theatre.plan.run)) == 2


async def test_a_hint_that_is_not_ours_is_passed_over(redis: Redis) -> None:
    """Anybody may publish on a channel; the listener outlives it."""
    hints = RedisJournals(redis).changes()
    heard = asyncio.ensure_future(anext(hints))  # type: ignore[arg-type]  # a generator
    for _ in range(500):
        if await redis.publish(keys.CHANGES, "hello"):
            break
        await asyncio.sleep(0.01)

    await redis.publish(keys.CHANGES, "run-1:7")

    assert await asyncio.wait_for(heard, 5) == ("run-1", 7)
