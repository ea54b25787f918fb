"""A real failover through Sentinel, with and without writes that only the old primary had (rows 26, 27)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.adapters.redis.connection import connect, hidden
from bot.adapters.redis.journal import RedisJournals
from bot.adapters.redis.pulse import feel
from bot.adapters.vitals.redis import RedisProbe
from bot.model.errors import Unavailable
from bot.model.events import VoteCast
from bot.model.people import Actor
from bot.model.records import first_break
from bot.model.step_run import Phase
from tests.builders import a_gate
from tests.engine.stories import toy
from tests.faults.redis.parts import Bot, a_bot, a_toy_plan, eventually, working
from tests.faults.redis.sentinel import Pair, a_pair
from tests.faults.redis.test_lost import wait_in
from tests.toys import ToyCloud

PLAN = a_toy_plan(
    toy("scale"), toy("promote", "toy.promote", needs=["scale"], gate=a_gate()), toy("shift", needs=["promote"])
)
ALICE = Actor(person="alice", name="Alice", via="cli")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Nothing but the defaults: whatever the replica has not heard is lost."""
    with a_pair(tmp_path / "pair") as pair:
        yield pair


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[Pair]:
    """A primary that takes no write without a replica, as the doctor asks for."""
    with a_pair(tmp_path / "careful", "--min-replicas-to-write", "1") as pair:
        yield pair


async def asks(bot: Bot) -> bool:
    with suppress(Unavailable):  # nobody is the primary for a moment
        return (await bot.run(PLAN.run)).steps["promote"].phase is Phase.GATE
    return False


def a_vote() -> VoteCast:
    return VoteCast(step="promote", round=1, person="alice", decision="approve", plan_hash=PLAN.hash)


async def test_row_26_a_failover_that_lost_acknowledged_writes_loses_nothing(
    pair: Pair, tmp_path: Path, cloud: ToyCloud
) -> None:
    """The vote and the intent were only on the primary that died: they are written back from this host, and the
    change that was on its way is neither lost nor sent again."""
    reached, go = wait_in(cloud, "promote")
    assert await pair.is_whole()
    async with a_bot(pair.url, tmp_path / "home", cloud) as bot, working(bot):
        await bot.start(PLAN)
        assert await eventually(lambda: asks(bot))
        assert await pair.has_caught_up()
        await pair.lag()
        await bot.say(PLAN.run, a_vote(), actor=ALICE)
        assert await eventually(reached.is_set)
        acknowledged = await bot.records(PLAN.run)
        await pair.fail_over("killed")
        redis = connect(pair.replica.url)
        known = await RedisJournals(redis).head(PLAN.run)
        await redis.aclose()
        go.set()

        over = await eventually(lambda: bot.is_over(PLAN.run), 40)
        records = await bot.records(PLAN.run)

    assert over
    assert known is not None
    assert known.seq < acknowledged[-1].seq, "the failover lost nothing: the test shows nothing"
    assert records[: len(acknowledged)] == acknowledged
    assert first_break(records) is None
    assert [cloud.sent(name) for name in ("scale", "promote", "shift")] == [1, 1, 1]


async def test_row_27_a_primary_that_thaws_after_the_failover_is_not_believed(
    careful: Pair, tmp_path: Path, cloud: ToyCloud
) -> None:
    """It stood still, the other one was promoted, it goes on as if nothing had happened: one story, on the new one."""
    reached, go = wait_in(cloud, "scale")
    assert await careful.is_whole()
    async with a_bot(careful.url, tmp_path / "home", cloud) as bot, working(bot):
        await bot.start(PLAN)
        assert await eventually(reached.is_set)
        assert await careful.has_caught_up()
        await careful.fail_over("frozen")
        careful.thaw()
        go.set()
        assert await eventually(lambda: asks(bot), 40)
        await bot.say(PLAN.run, a_vote(), actor=ALICE)

        over = await eventually(lambda: bot.is_over(PLAN.run), 40)
        records = await bot.records(PLAN.run)
        redis = connect(careful.replica.url)
        there = await RedisJournals(redis).read(PLAN.run)
        await redis.aclose()

    assert over
    assert list(there) == records
    assert first_break(records) is None
    assert [cloud.sent(name) for name in ("scale", "promote", "shift")] == [1, 1, 1]


async def test_row_27_no_connection_stays_with_a_primary_that_thawed(pair: Pair) -> None:
    """It answers as before, so that no error would tell: Redis is called well again only on the new primary."""
    assert await pair.is_whole()
    redis = connect(pair.url)

    async def is_well() -> bool:
        return (await feel(redis, "bot-a"))[0] == "well"

    assert await is_well()
    await pair.fail_over("frozen")
    pair.thaw()
    before = await redis.config_get("port")

    well = await eventually(is_well, 20)

    after = await redis.config_get("port")
    await redis.aclose()
    assert before["port"] == str(pair.primary.port), "it had moved by itself: the test shows nothing"
    assert well
    assert after["port"] == str(pair.replica.port)


@pytest.mark.parametrize(("settings", "state"), [((), "warning"), (("--min-replicas-to-write", "1"), "ok")])
async def test_the_doctor_asks_for_a_primary_that_stops_without_its_replica(
    tmp_path: Path, settings: tuple[str, ...], state: str
) -> None:
    """What a split brain would lose is known before the day; `dr doctor` looks through the sentinels."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[str]:
        yield watched.url

    with a_pair(tmp_path / "pair", *settings) as watched:
        assert await watched.is_whole()

        report = {vital.name: vital for vital in await RedisProbe(opened).look()}

    assert report["redis"].state == "ok"
    assert report["redis safety"].state == state
    assert ("min-replicas-to-write" in report["redis safety"].remedy) == (state == "warning")


@pytest.mark.parametrize("url", ["redis+sentinel://127.0.0.1:26379", "carrier-pigeon://127.0.0.1", "redis://h:port/0"])
def test_a_url_that_nobody_understands_is_answered_with_the_forms_there_are(url: str) -> None:
    """A sentence instead of a traceback, before anything is connected."""
    with pytest.raises(Unavailable, match=r"REDIS_URL is not understood: .*redis\+sentinel://"):
        connect(url)


@pytest.mark.parametrize(
    "url",
    ["redis://:se/cret@h:1/0", "redis://:se#cret@h:1/0", "rediss://u:se?cret@h:1/0", "redis+sentinel://:se/cret@h:1/runs",
     "redis+cluster://:se/cret@h:1"],
)  # fmt: skip
def test_half_a_password_is_not_told_where_the_url_cannot_be_read(url: str) -> None:
    """The usual mistake is a sign in the password that had to be escaped: the sentence says so, and no more."""
    with pytest.raises(Unavailable, match="%2F") as refused:
        connect(url)

    assert not {"se", "cret"} & set(re.split(r"\W", str(refused.value)))
    assert refused.value.__cause__ is None


def test_no_password_is_shown() -> None:
    """Neither the server's nor the sentinels'."""
    assert hidden("redis://u:sec?ret@a:1/0") == "redis://…"
    assert hidden("redis+sentinel://u:secret@a:1,b:2/runs?sentinel_password=secret") == "redis+sentinel://a:1,b:2/runs"
