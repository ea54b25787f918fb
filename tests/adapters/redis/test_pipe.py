"""Many commands share one line to Redis, and none of them gets another's answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisLate

from bot.adapters.redis.connection import connect
from bot.adapters.redis.pipe import MOST, Pipe, Script
from bot.local.redis import EmbeddedRedis

pytestmark = pytest.mark.asyncio


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        redis = connect(server.url)
        yield redis
        await redis.aclose()


async def _kill_all_others(redis: Redis) -> None:
    await redis.client_kill_filter(_type="normal", skipme=True)


async def test_calls_of_one_moment_travel_together_and_in_order(redis: Redis) -> None:
    """One connection serves them all, a batch at a time, and each has the answer to its own command."""
    pipe, others = Pipe(redis), len(await redis.client_list())

    answers = await asyncio.gather(*(pipe("INCR", "count") for _ in range(2 * MOST + 50)))

    assert answers == list(range(1, 2 * MOST + 51))
    assert len(await redis.client_list()) == others + 1


async def test_the_first_call_of_a_moment_takes_the_others_along(redis: Redis) -> None:
    """While Redis answers the first one, the second has arrived already."""
    pipe = Pipe(redis)
    await pipe("PING")

    said, _ = await asyncio.gather(pipe("CLIENT", "INFO"), pipe("ECHO", "a" * 1000))

    still_to_read = next(word for word in said.decode().split() if word.startswith("qbuf="))
    assert int(still_to_read.removeprefix("qbuf=")) > 1000


@pytest.mark.parametrize("part", ["", "두 줄\r\n$5\r\n", b"\x00\xff\r\n", 12, -3, 0.25])
async def test_whatever_is_sent_arrives_as_it_is(redis: Redis, part: str | bytes | float) -> None:
    """No content of a command is taken for the end of it."""
    pipe = Pipe(redis)

    answer = await pipe("ECHO", part)

    assert answer == (part if isinstance(part, bytes) else str(part).encode())


async def test_a_refusal_stays_with_its_call(redis: Redis) -> None:
    """A wrong command spoils nobody else's, whether it goes alone or in a batch."""
    pipe = Pipe(redis)

    commands = (("SET", "a", "1"), ("INCRBY", "a", "many"), ("GET", "a"))
    answers = await asyncio.gather(*(pipe(*command) for command in commands), return_exceptions=True)

    assert (answers[0], answers[2]) == (b"OK", b"1")
    assert isinstance(answers[1], ResponseError)
    with pytest.raises(ResponseError, match="unknown command"):
        await pipe("NOSUCHTHING")


async def test_a_line_that_breaks_is_the_answer_to_all_that_were_under_way(redis: Redis) -> None:
    """Nobody waits for ever, nothing is sent again, and the next call finds a new line."""
    pipe = Pipe(redis, answer_within=10)
    first = asyncio.create_task(pipe("SET", "a", "1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the first is out
    together = [asyncio.create_task(pipe("BLPOP", "nothing", 30)), asyncio.create_task(pipe("GET", "a"))]
    await first
    await asyncio.sleep(0.05)  # the two are out
    later = asyncio.create_task(pipe("GET", "a"))

    await _kill_all_others(redis)
    answers = await asyncio.gather(*together, return_exceptions=True)

    assert [type(answer) for answer in answers] == [RedisDown, RedisDown]
    assert await later == b"1"  # it had not left yet


async def test_a_line_that_was_cut_while_it_rested_is_not_believed(redis: Redis) -> None:
    """A server that went and came back while nobody asked is no outage."""
    pipe = Pipe(redis, stale_after=0)
    await pipe("SET", "a", "1")
    await _kill_all_others(redis)
    await asyncio.sleep(0.05)

    answer = await pipe("GET", "a")

    assert answer == b"1"


async def test_an_answer_that_comes_too_late_reaches_nobody(redis: Redis) -> None:
    """After the deadline the line is cut, so that the late answer is not taken for the next call's."""
    pipe = Pipe(redis, answer_within=0.1)
    await pipe("SET", "a", "1")

    with pytest.raises(RedisLate, match=r"no answer within 0\.1 s"):
        await pipe("BLPOP", "nothing", 1)

    assert await pipe("GET", "a") == b"1"


async def test_a_caller_who_goes_away_takes_no_answer_with_them(redis: Redis) -> None:
    """A cancelled call, alone or queued, leaves the others their own answers."""
    pipe = Pipe(redis)
    await pipe("SET", "a", "1")
    alone = asyncio.create_task(pipe("BLPOP", "nothing", 1))
    queued = asyncio.create_task(pipe("GET", "b"))
    behind = asyncio.create_task(pipe("GET", "a"))
    await asyncio.sleep(0.02)

    queued.cancel()
    alone.cancel()

    assert await behind == b"1"
    assert await pipe("GET", "a") == b"1"


async def test_a_script_that_the_server_forgot_is_sent_whole(redis: Redis) -> None:
    """A restart or failover loses scripts; the caller does not notice."""
    double = Script(Pipe(redis), "return redis.call('INCRBY', KEYS[1], ARGV[1] * 2)")
    await double(keys=["a"], args=[1])
    await redis.script_flush()

    answers = await asyncio.gather(*(double(keys=["a"], args=[1]) for _ in range(3)))

    assert sorted(answers) == [4, 6, 8]


async def test_a_server_that_refuses_is_asked_for_anew(redis: Redis) -> None:
    """It may refuse because another one is primary by now; who that is, the pool finds out on the next line."""
    pipe = Pipe(redis)
    line = await pipe("CLIENT", "ID")
    with pytest.raises(ResponseError):
        await pipe("NOSUCHTHING")

    assert await pipe("CLIENT", "ID") != line
