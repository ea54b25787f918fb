"""Redis is away, slow, or says no, while runs are on their way (rows 23, 24, 28, 29, 31, 32)."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import pytest

from bot.adapters.redis.connection import connect
from bot.adapters.redis.pipe import Pipe
from bot.model.errors import Unavailable
from bot.model.events import NoteAdded
from bot.model.records import first_break
from bot.model.run import Status
from tests.engine.stories import toy
from tests.faults.proxy import proxy_to
from tests.faults.redis.parts import Server, a_bot, a_toy_plan, eventually, working
from tests.toys import ToyCloud

PLAN = a_toy_plan(toy("scale"), toy("promote", "toy.promote", needs=["scale"]), toy("shift", needs=["promote"]))


class Held:
    """A call that AWS keeps open until it is let go."""

    def __init__(self, cloud: ToyCloud, name: str) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

        def wait(written: str) -> None:
            if written == name:
                self.reached.set()
                assert self.go.wait(20)

        cloud.trouble = wait


async def test_row_23_redis_down_at_start(tmp_path: Path, cloud: ToyCloud) -> None:
    """The bot waits, says what is missing, and begins when Redis is there, without anybody's help."""
    server = Server(tmp_path / "server")
    async with a_bot(server.url, tmp_path / "home", cloud, ready=False) as bot, working(bot):
        with pytest.raises(Unavailable, match="does not answer"):
            await bot.store.journals.open_runs()
        assert await eventually(lambda: bot.store.journals.trouble is not None)
        server.start()
        try:
            assert await eventually(lambda: bot.store.journals.trouble is None)
            await bot.start(PLAN)

            assert await eventually(lambda: bot.is_over(PLAN.run))
        finally:
            server.kill()


async def test_row_24_redis_killed_mid_step(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """The call in flight comes home into the local journal; nothing begins; afterwards everything is there once."""
    held = Held(cloud, "promote")
    async with a_bot(server.url, tmp_path / "home", cloud) as bot, working(bot):
        await bot.start(PLAN)
        assert await asyncio.to_thread(held.reached.wait, 10)
        server.kill()
        held.go.set()
        assert await eventually(lambda: bot.store.witness.kept(PLAN.run))
        kept = [each.draft.fact.kind for each in bot.store.witness.kept(PLAN.run)]
        await asyncio.sleep(1)
        sent_meanwhile = cloud.sent("shift")
        server.start()

        over = await eventually(lambda: bot.is_over(PLAN.run), within=15)

        records = await bot.records(PLAN.run)
        facts = [(record.fact.kind, getattr(record.fact, "step", "")) for record in records]
        assert (over, kept, sent_meanwhile) == (True, ["step_executed"], 0)
        assert [cloud.sent(name) for name in ("scale", "promote", "shift")] == [1, 1, 1]
        assert facts.count(("step_executed", "promote")) == 1
        assert len({record.id for record in records}) == len(records)
        assert first_break(records) is None
        assert not bot.store.witness.kept(PLAN.run)


async def test_row_24_the_bot_dies_too(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """Redis and then the bot go; the next process on this host tells the outcome that only its disk knew."""
    held = Held(cloud, "publish")
    plan = a_toy_plan(toy("publish", "toy.publish"), toy("shift", needs=["publish"]))
    async with a_bot(server.url, tmp_path / "home", cloud) as bot, working(bot):
        await bot.start(plan)
        assert await asyncio.to_thread(held.reached.wait, 10)
        server.kill()
        held.go.set()
        assert await eventually(lambda: bot.store.witness.kept(plan.run))
    server.start()

    async with a_bot(server.url, tmp_path / "home", cloud, owner="bot-b") as again, working(again):
        over = await eventually(lambda: again.is_over(plan.run), within=15)

        kinds = [record.fact.kind for record in await again.records(plan.run)]
    assert (over, cloud.sent("publish"), cloud.sent("shift")) == (True, 1, 1)
    assert "step_needs_person" not in kinds


async def test_row_24_a_bot_stops_while_redis_is_gone(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """Whenever in the outage it is told to stop, it does, within seconds: docket alone may never end."""
    for wait in (0.0, 0.3, 1.1):
        async with a_bot(server.url, tmp_path / "home", cloud) as bot, asyncio.timeout(20), working(bot):
            await asyncio.sleep(0.3)
            server.kill()
            await asyncio.sleep(wait)
        server.start()


@pytest.mark.parametrize("word", ["READONLY", "NOREPLICAS"])
async def test_row_28_redis_takes_no_writes(server: Server, tmp_path: Path, cloud: ToyCloud, word: str) -> None:
    """A replica, or a primary without enough replicas: never success, told, and forgotten when it is over."""
    admin = connect(server.url)
    async with a_bot(server.url, tmp_path / "home", cloud) as bot, working(bot):
        gate = Held(cloud, "scale")
        await bot.start(PLAN)
        assert await asyncio.to_thread(gate.reached.wait, 10)
        if word == "READONLY":
            await admin.replicaof("127.0.0.1", "1")
        else:
            await admin.config_set("min-replicas-to-write", 1)
        gate.go.set()
        assert await eventually(lambda: bot.store.witness.kept(PLAN.run))
        with pytest.raises(Unavailable):
            await bot.say(PLAN.run, NoteAdded(text="anybody?"))
        trouble = bot.store.journals.trouble
        if word == "READONLY":
            await admin.replicaof("NO", "ONE")
        else:
            await admin.config_set("min-replicas-to-write", 0)

        assert await eventually(lambda: bot.is_over(PLAN.run), within=15)

        assert trouble is not None
        assert trouble.kind == "refuses"
        assert word in trouble.why or "read only" in trouble.why or "NOREPLICAS" in trouble.why
        assert first_break(await bot.records(PLAN.run)) is None
        assert [cloud.sent(name) for name in ("scale", "promote", "shift")] == [1, 1, 1]
    await admin.aclose()


async def test_row_29_out_of_memory(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """A full Redis starts no run; the one on its way keeps its outcome here and goes on when there is room."""
    admin = connect(server.url)
    async with a_bot(server.url, tmp_path / "home", cloud) as bot, working(bot):
        gate = Held(cloud, "scale")
        await bot.start(PLAN)
        assert await asyncio.to_thread(gate.reached.wait, 10)
        await admin.config_set("maxmemory", "1mb")
        gate.go.set()
        assert await eventually(lambda: bot.store.witness.kept(PLAN.run))
        with pytest.raises(Unavailable, match=r"OOM|maxmemory"):
            await bot.start(PLAN.model_copy(update={"run": "another"}))
        told = bot.store.journals.trouble
        await admin.config_set("maxmemory", 0)

        assert await eventually(lambda: bot.is_over(PLAN.run), within=15)

        assert told is not None
        assert [cloud.sent(name) for name in ("scale", "promote", "shift")] == [1, 1, 1]
    await admin.aclose()


async def test_row_31_slow_redis(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """Half a second for every answer slows a run down, and neither breaks it nor counts as an outage."""
    async with proxy_to("127.0.0.1", server.port) as proxy:
        proxy.delay = 0.5
        url = f"redis://127.0.0.1:{proxy.port}/0"
        async with a_bot(url, tmp_path / "home", cloud) as bot, working(bot):
            plan = a_toy_plan(toy("scale"))
            await bot.start(plan)

            assert await eventually(lambda: bot.is_over(plan.run), within=30)

            assert bot.store.journals.trouble is None
            assert cloud.sent("scale") == 1


async def test_row_31_opening_a_connection_does_not_count_against_the_answer(server: Server) -> None:
    """A slow server answers an opening and a command each in time, though not both in the time of one."""
    async with proxy_to("127.0.0.1", server.port) as proxy:
        proxy.delay = 0.7  # opening takes two answers
        redis = connect(f"redis://127.0.0.1:{proxy.port}/0")
        assert await Pipe(redis, answer_within=1.9)("SET", "a", "1") == b"OK"
        await redis.aclose()


@pytest.mark.parametrize("what", [b"run_taken", b"step_started", b"step_executed", b"step_settled", b"run_finished"])
async def test_row_32_the_answer_is_lost_after_redis_applied(
    server: Server, tmp_path: Path, cloud: ToyCloud, what: bytes
) -> None:
    """An append that was applied and not answered is told once, whichever it was, and nothing is sent twice."""
    async with proxy_to("127.0.0.1", server.port) as proxy:
        async with a_bot(f"redis://127.0.0.1:{proxy.port}/0", tmp_path / "home", cloud) as bot, working(bot):
            proxy.cut_reply_to = what
            await bot.start(PLAN)

            over = await eventually(lambda: bot.is_over(PLAN.run), within=15)

            records = await bot.records(PLAN.run)
            finished = [record for record in records if record.fact.kind == "run_finished"]
            begun = [record.fact.step for record in records if record.fact.kind == "step_started"]
            status = (await bot.run(PLAN.run)).status
        assert (over, proxy.cuts) == (True, 1)
        assert (len(finished), begun) == (1, ["scale", "promote", "shift"])
        assert first_break(records) is None
        assert [cloud.sent(name) for name in ("scale", "promote", "shift")] == [1, 1, 1]
        assert status is Status.COMPLETED


async def test_row_31_a_frozen_redis_is_noticed_soon(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """A server that accepts and never answers is told within ten seconds, and every call comes back by itself."""
    async with (
        proxy_to("127.0.0.1", server.port) as proxy,
        a_bot(f"redis://127.0.0.1:{proxy.port}/0", tmp_path / "home", cloud) as bot,
        working(bot),
    ):
        proxy.frozen = True
        began = time.monotonic()

        told = await eventually(lambda: bot.store.journals.trouble is not None)

        took = time.monotonic() - began
        proxy.frozen = False
        assert told
        assert took < 10
        assert await eventually(lambda: bot.store.journals.trouble is None)
