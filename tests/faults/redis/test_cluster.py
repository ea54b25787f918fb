"""Runs on a Redis Cluster: spread over its shards, driven through docket, and alive when a shard changes hands."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import RedisError

from bot.adapters.redis import keys
from bot.adapters.redis.connection import birth_mark, check, connect, follow, mark_installation
from bot.adapters.redis.journal import RedisJournals
from bot.adapters.redis.pipes import pipe_to
from bot.adapters.redis.pulse import feel
from bot.adapters.redis.sent import RedisLeases, RedisSent
from bot.adapters.redis.topology import Client, Cluster
from bot.adapters.vitals.redis import RedisProbe
from bot.model.errors import Unavailable
from bot.model.plan import Plan
from bot.model.records import first_break
from bot.ports.sent import Sent
from tests.engine.stories import toy
from tests.faults.redis.cluster import Shards, a_cluster, keys_of, said
from tests.faults.redis.parts import a_bot, a_toy_plan, eventually, working
from tests.faults.redis.test_lost import wait_in
from tests.toys import ToyCloud

STEPS = ("scale", "promote", "shift")


def a_run(number: int) -> Plan:
    """Three changes in a row, which no other run makes."""
    scale, promote, shift = (f"{name}_{number}" for name in STEPS)
    steps = toy(scale), toy(promote, "toy.promote", needs=[scale]), toy(shift, needs=[promote])
    return a_toy_plan(*steps, run=f"orders-{number}")


PLANS = [a_run(number) for number in range(4)]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shards]:
    """Three primaries without replicas."""
    with a_cluster(tmp_path_factory.mktemp("three"), 3) as running:
        yield running


@pytest.fixture
async def shards(three: Shards) -> Shards:
    """The same three, empty."""
    async with client(three) as redis:
        await redis.flushall()
    return three


@asynccontextmanager
async def client(shards: Shards) -> AsyncIterator[Client]:
    redis = connect(shards.url)
    yield redis
    await redis.aclose(close_connection_pool=True)


async def test_whole_runs_are_driven_through_docket_over_three_shards(
    shards: Shards, tmp_path: Path, cloud: ToyCloud
) -> None:
    """Each change once, chains whole, and the runs' journals really lie on different servers."""
    async with a_bot(shards.url, tmp_path / "home", cloud) as bot, working(bot):
        for plan in PLANS:
            await bot.start(plan)

        over = [await eventually(lambda plan=plan: bot.is_over(plan.run), 60) for plan in PLANS]  # type: ignore[misc]  # a loop's own

        records = [await bot.records(plan.run) for plan in PLANS]
    logs = [[key for key in keys_of(server) if key.endswith(":log")] for server in shards.primaries]
    assert all(over)
    assert [first_break(each) for each in records] == [None] * len(PLANS)
    assert {cloud.sent(f"{name}_{number}") for name in STEPS for number in range(len(PLANS))} == {1}
    assert sum(map(len, logs)) == len(PLANS)
    assert sum(bool(each) for each in logs) > 1, "all on one server: the test shows nothing"


async def test_commands_of_one_moment_reach_the_server_of_their_key(shards: Shards) -> None:
    """Three hundred at once over three servers, and none gets another's answer."""
    async with client(shards) as redis:
        pipe = pipe_to(redis)

        answers = await asyncio.gather(*(pipe("SET", f"key-{number}", number, "GET") for number in range(300)))
        again = await asyncio.gather(*(pipe("GET", f"key-{number}") for number in range(300)))

    assert answers == [None] * 300
    assert again == [str(number).encode() for number in range(300)]
    assert all(keys_of(server) for server in shards.primaries)


async def test_a_slot_that_moves_takes_its_callers_along(shards: Shards) -> None:
    """While it is on its way the other server is asked (ASK), afterwards for good (MOVED); nobody is refused."""
    key, new = "moving-house", "{moving-house}:new"
    source = shards.holder(key)
    target = next(server for server in shards.primaries if server is not source)
    slot = said(source, "CLUSTER", "KEYSLOT", key)
    async with client(shards) as redis:
        pipe = pipe_to(redis)
        await pipe("SET", key, "here")
        said(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", said(source, "CLUSTER", "MYID"))
        said(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", said(target, "CLUSTER", "MYID"))

        under_way = await asyncio.gather(pipe("SET", new, "there"), pipe("GET", key), pipe("GET", new))
        said(source, "MIGRATE", "127.0.0.1", target.port, key, 0, 5000)
        for server in (target, source):
            said(server, "CLUSTER", "SETSLOT", slot, "NODE", said(target, "CLUSTER", "MYID"))
        arrived = await asyncio.gather(pipe("GET", key), pipe("GET", new), redis.get(key))

    for server in shards.primaries:  # home again, for the other stories
        said(server, "FLUSHALL")
    for server in (source, target):
        said(server, "CLUSTER", "SETSLOT", slot, "NODE", said(source, "CLUSTER", "MYID"))
    assert under_way == [b"OK", b"here", b"there"]
    assert arrived == [b"here", b"there", b"here"]


async def test_what_stands_in_slack_and_who_may_post_live_in_a_cluster(shards: Shards) -> None:
    """One hash for each run, one lease for all."""
    sent = Sent(channel="C1", ts="1.0", digest="d")
    async with client(shards) as redis:
        leases = RedisLeases(redis)
        await RedisSent(redis).put("orders-1", "card", sent)

        held = [await leases.hold("slack", owner, ttl=timedelta(seconds=5)) for owner in ("a", "b", "a")]
        await leases.release("slack", "a")

        assert await RedisSent(redis).load("orders-1") == {"card": sent}
        assert held == [True, False, True]
        assert await leases.hold("slack", "b", ttl=timedelta(seconds=5))


@pytest.mark.parametrize(
    ("setting", "value", "good", "seen"),
    [("maxmemory-policy", "allkeys-lru", "noeviction", "evicted"), ("appendonly", "no", "yes", "append-only")],
)
async def test_one_unsafe_shard_makes_the_cluster_unsafe(
    shards: Shards, setting: str, value: str, good: str, seen: str
) -> None:
    """Whichever server it is, the start-up check and the doctor find it."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[str]:
        yield shards.url

    async with client(shards) as redis:
        before = await check(redis, url=shards.url)
        said(shards.primaries[2], "CONFIG", "SET", setting, value)
        try:
            found = await check(redis, url=shards.url)
            report = {vital.name: vital for vital in await RedisProbe(opened).look()}
        finally:
            said(shards.primaries[2], "CONFIG", "SET", setting, good)

    assert before == []
    assert len(found) == 1
    assert seen in found[0]
    assert (report["redis"].state, report["redis safety"].state) == ("ok", "failed")
    assert "3 servers" in report["redis"].seen


async def test_a_shard_that_was_wiped_takes_the_birth_mark_of_the_cluster(shards: Shards) -> None:
    """Two of three servers remember: it is not the store any more in which this host's runs live."""
    async with client(shards) as redis:
        mark = await mark_installation(redis, "installed-once")
        again = await mark_installation(redis, "installed-twice")
        well = await feel(redis, "bot-a")
        wiped = next(server for server in shards.primaries if server is not shards.holder(keys.INCARNATION))
        said(wiped, "FLUSHALL")

        felt = await feel(redis, "bot-a")

        assert (mark, again, well) == ("installed-once", "installed-once", ("well", "installed-once"))
        assert felt == ("well", "")
        assert await birth_mark(redis) == ""


async def test_one_shard_that_takes_no_writes_is_felt(shards: Shards) -> None:
    """A run whose journal lies there would stand still."""
    async with client(shards) as redis:
        said(shards.primaries[1], "CONFIG", "SET", "maxmemory", "1")
        try:
            state, why = await feel(redis, "bot-a")
        finally:
            said(shards.primaries[1], "CONFIG", "SET", "maxmemory", "0")

    assert state == "refuses"
    assert "takes no writes" in why


@pytest.mark.parametrize("key", [keys.log(PLANS[0].run), "{dr-runs}:stream"], ids=["the journal", "the deliveries"])
async def test_a_replica_takes_over_and_the_run_goes_on(tmp_path: Path, cloud: ToyCloud, key: str) -> None:
    """The primary that holds this dies in the middle of a run: the cluster promotes its replica, and we follow.
    The next run begins as if nothing had been."""
    plan, following = PLANS[:2]
    reached, go = wait_in(cloud, "promote_0")
    with a_cluster(tmp_path / "pair", 3, replicas=True) as pair:
        holder = pair.holder(key)
        async with a_bot(pair.url, tmp_path / "home", cloud) as bot, working(bot):
            await bot.start(plan)
            assert await eventually(reached.is_set, 60)
            holder.kill()
            go.set()

            over = await eventually(lambda: bot.is_over(plan.run), 60)

            records = await bot.records(plan.run)
            await bot.start(following)
            followed = await eventually(lambda: bot.is_over(following.run), 60)

    assert (over, followed) == (True, True)
    assert first_break(records) is None
    assert [cloud.sent(f"{name}_{number}") for number in (0, 1) for name in STEPS] == [1] * 6


async def test_a_line_that_broke_asks_the_others_who_holds_the_slot_now(tmp_path: Path) -> None:
    """Without any other traffic, the next command but one finds the new primary."""
    with a_cluster(tmp_path / "pair", replicas=True) as pair:
        async with client(pair) as redis:
            pipe = pipe_to(redis)
            await pipe("SET", "a", "1")

            async def knows_both() -> bool:
                await follow(redis)
                return isinstance(redis, Cluster) and len(redis.get_nodes()) == 2

            assert await eventually(knows_both), "a replica that came later was not noticed"
            assert await eventually(lambda: keys_of(pair.followers[0]))
            pair.primaries[0].kill()
            with pytest.raises(RedisDown):
                await pipe("GET", "a")
            said(pair.followers[0], "CLUSTER", "FAILOVER", "TAKEOVER")
            with suppress(RedisDown):
                await pipe("GET", "a")

            assert await pipe("GET", "a") == b"1"


async def test_a_shard_that_is_silent_is_not_passed_over(tmp_path: Path) -> None:
    """Whether it is safe nobody knows; the other one's word is not enough."""
    with a_cluster(tmp_path / "two", 2) as two:
        async with client(two) as redis:
            before = await check(redis, url=two.url)
            frozen = two.primaries[1].process
            assert frozen is not None
            frozen.send_signal(signal.SIGSTOP)
            try:
                with pytest.raises(Unavailable, match="does not answer"):
                    await check(redis, url=two.url)
            finally:
                frozen.send_signal(signal.SIGCONT)

    assert before == []


async def test_a_cluster_that_is_away_at_the_start_is_waited_for(tmp_path: Path, cloud: ToyCloud) -> None:
    """docket meets a cluster when it is opened; the bot opens all the same, and drives when somebody is there."""
    plan = PLANS[0]
    with a_cluster(tmp_path / "late") as late:
        late.primaries[0].kill()
        async with a_bot(late.url, tmp_path / "home", cloud, ready=False) as bot, working(bot):
            with pytest.raises(Unavailable):
                await bot.store.ready()
            late.primaries[0].start()

            async def begun() -> bool:
                with suppress(Unavailable, RedisError):
                    await bot.start(plan)
                    return True
                return False

            assert await eventually(begun, 60)
            over = await eventually(lambda: bot.is_over(plan.run), 60)

    assert over


@pytest.mark.parametrize(
    "url", ["redis+cluster://127.0.0.1:7001", "rediss+cluster://u:secret@one:7001?max_connections=9"]
)
async def test_the_forms_that_docket_knows_are_ours(url: str) -> None:
    """Nothing is sent before the first command."""
    redis = connect(url)

    assert isinstance(redis, Cluster)
    assert RedisJournals(redis)
