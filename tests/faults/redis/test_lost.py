"""Redis has lost what it knew, wholly or in part (rows 25, 26, 27, 30, 33, 61, 68)."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from bot.adapters.local_journal import Line, LocalJournal
from bot.adapters.redis import keys
from bot.adapters.redis.connection import Unsafe, check, connect
from bot.cli.rooms import Remembered
from bot.model.errors import Fenced, Unavailable
from bot.model.events import Fact, GateOpened, NoteAdded, RunPaused, RunResumed, StepStarted, VoteCast
from bot.model.people import BOT
from bot.model.plan import Mode
from bot.model.records import Draft, first_break
from bot.model.run import Status
from bot.model.step_run import Phase
from bot.settings import Settings
from bot.usecases.rebuild import find, write_back
from bot.wiring.store import Ruin, remembered
from tests.builders import NOW, a_gate
from tests.engine.stories import toy
from tests.faults.redis.parts import CAROL, Bot, Server, a_bot, a_server, a_toy_plan, eventually, working
from tests.toys import ToyCloud

PLAN = a_toy_plan(toy("scale"), toy("promote", "toy.promote", needs=["scale"]), toy("shift", needs=["promote"]))
RUN = PLAN.run


def wait_in(cloud: ToyCloud, name: str) -> tuple[threading.Event, threading.Event]:
    """A call of this name is reached, and goes on when it is let go."""
    reached, go = threading.Event(), threading.Event()

    def wait(written: str) -> None:
        if written == name:
            reached.set()
            assert go.wait(20)

    cloud.trouble = wait
    return reached, go


async def rebuilt(server: Server, bot: Bot, *places: Path) -> dict[str, str]:
    """What `dr rebuild --apply` does."""
    redis = connect(server.url)
    ruin = Ruin(redis, bot.store.inner, bot.clock)
    known: Remembered = remembered(places)
    found, _ = find(known.memories)
    done = {each.run.id: await write_back(each, ruin.journals, ruin.clock, CAROL) for each in found}
    await ruin.give_birth_mark(known.birth_mark)
    await redis.aclose()
    return done


async def truncated(server: Server, run: str, seq: int) -> None:
    """Redis as it stood at event `seq`: what a power cut under everysec or a failover leaves behind."""
    redis = connect(server.url)
    kept = (await redis.xrange(keys.log(run)))[:seq]
    late = [id for id, at in (await redis.hgetall(keys.ids(run))).items() if int(at) > seq]
    await redis.delete(keys.log(run))
    for id, fields in kept:
        await redis.xadd(keys.log(run), fields, id=id)
    for id in late:
        await redis.hdel(keys.ids(run), id)
    stood = {"seq": seq, "hash": kept[-1][1][b"h"], "owner": "", "epoch": 1, "beat": 0}
    await redis.hset(keys.head(run), mapping=stood)
    await redis.aclose()


async def test_row_25_and_26_a_lost_tail_is_refilled(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """The new primary knows less than this host: the tail is written back, old holds are void, and the run goes on."""
    plan = a_toy_plan(toy("scale"), toy("shift", needs=["scale"], gate=a_gate()))
    async with a_bot(server.url, tmp_path / "home", cloud) as bot:
        async with working(bot):
            await bot.start(plan)
            assert await eventually(lambda: _asks(bot, plan.run))
        before = await bot.records(plan.run)
        held = max(record.epoch for record in before)
        await truncated(server, plan.run, 3)

        taken = await bot.store.journals.take(plan.run, "bot-b", fresh=PLAN.steps[0].timeout * 0)

        after = await bot.records(plan.run)
    assert after == before
    assert first_break(after) is None
    assert taken is not None
    assert taken[0].epoch > held
    assert cloud.sent("scale") == 1


async def test_row_26_a_run_that_went_on_without_the_tail_is_paused(
    server: Server, tmp_path: Path, cloud: ToyCloud
) -> None:
    """Where the chain does not fit, nobody guesses: the missing events are named and a person decides."""
    async with a_bot(server.url, tmp_path / "home", cloud) as bot:
        await bot.start(PLAN)
        await bot.say(RUN, NoteAdded(text="one"))
        await bot.say(RUN, NoteAdded(text="two"))
        await truncated(server, RUN, 1)
        async with a_bot(server.url, tmp_path / "other", cloud, owner="bot-b") as other:
            await other.say(RUN, NoteAdded(text="elsewhere"))

        records = await bot.store.journals.read(RUN)

        run = await bot.run(RUN)
        again = await bot.store.journals.read(RUN)
    told = [record.fact.text for record in records if isinstance(record.fact, NoteAdded)]
    assert run.status is Status.PAUSED
    assert "2 note_added by Carol; 3 note_added by Carol" in told[-1]
    assert (first_break(records), again) == (None, records)


async def test_row_27_the_old_primary_s_writer_is_refused(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """After the refill a worker that held the run on the old primary writes nothing more."""
    async with a_bot(server.url, tmp_path / "home", cloud) as bot:
        await bot.start(PLAN)
        taken = await bot.store.journals.take(RUN, "bot-a", fresh=PLAN.steps[0].timeout)
        assert taken is not None
        await bot.say(RUN, NoteAdded(text="lost"))
        await truncated(server, RUN, 1)
        await bot.store.journals.take(RUN, "bot-b", fresh=PLAN.steps[0].timeout)

        with pytest.raises(Fenced):
            await bot.store.journals.append(
                RUN, [_draft(bot, NoteAdded(text="late"))], at=taken[0], epoch=taken[0].epoch
            )


@pytest.mark.parametrize(
    ("extra", "why"),
    [(("--maxmemory-policy", "allkeys-lru"), "allkeys-lru"), (("--appendonly", "no"), "append-only file is off")],
)
async def test_row_30_an_unsafe_redis_is_refused(
    tmp_path: Path, cloud: ToyCloud, extra: tuple[str, ...], why: str
) -> None:
    """A store that may forget is refused with the setting to change; waiting for it would be no use."""
    with a_server(tmp_path / "unsafe", extra=extra) as server:
        server.start()
        async with a_bot(server.url, tmp_path / "home", cloud, ready=False) as bot:
            with pytest.raises(Unsafe, match=why):
                await bot.store.until_ready()


@pytest.mark.parametrize(("policy", "why"), [("noeviction", ""), ("allkeys-lru", "could be evicted")])
async def test_row_30_the_word_for_a_provider_stands_for_the_file_alone(tmp_path: Path, policy: str, why: str) -> None:
    """A managed store that shows no append-only file is taken on somebody's word; one that evicts is not."""
    word = {"DR_REDIS_DURABILITY": "provider"}
    with a_server(tmp_path / "managed", extra=("--appendonly", "no", "--maxmemory-policy", policy)) as server:
        redis = connect(server.start().url)

        without = await check(redis, url=server.url, provider_keeps=Settings.from_env({}).provider_keeps)
        problems = await check(redis, url=server.url, provider_keeps=Settings.from_env(word).provider_keeps)

        await redis.aclose(close_connection_pool=True)
    assert any("append-only file is off" in problem for problem in without)
    assert [why in problem for problem in problems] == ([True] if why else [])


async def test_row_33_flushall_under_a_running_bot(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """The outcome in flight is kept, nothing is restarted or started, people are told, and a rebuild brings it back."""
    reached, go = wait_in(cloud, "promote")
    admin = connect(server.url)
    async with a_bot(server.url, tmp_path / "home", cloud) as bot, working(bot):
        await bot.start(PLAN)
        assert await asyncio.to_thread(reached.wait, 10)
        await admin.flushall()
        go.set()
        assert await eventually(lambda: bot.store.witness.kept(RUN))
        with pytest.raises(Unavailable, match="dr rebuild"):
            await bot.start(PLAN.model_copy(update={"run": "another"}))
        assert await eventually(lambda: "wiped" in bot.store.journals._troubles)
        empty = await bot.records(RUN)
        with pytest.raises(Unavailable, match="dr rebuild"):
            await bot.store.journals.open_runs()

        done = await rebuilt(server, bot, tmp_path / "home" / "journal")

        run = await bot.run(RUN)
        await bot.say(RUN, RunResumed())
        await bot.dispatcher.ensure(RUN)
        over = await eventually(lambda: bot.is_over(RUN), within=20)
        records = await bot.records(RUN)
    assert empty == []
    assert (done, run.status) == ({RUN: "written back, paused"}, Status.PAUSED)
    assert over
    assert [cloud.sent(name) for name in ("scale", "promote", "shift")] == [1, 1, 1]
    assert first_break(records) is None
    await admin.aclose()


async def test_row_33_one_deleted_key_freezes_that_run_alone(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """A journal deleted by hand is not taken for a run that never was; other runs go on."""
    other = a_toy_plan(toy("scale"), run="other", mode="dry_run")
    admin = connect(server.url)
    async with a_bot(server.url, tmp_path / "home", cloud) as bot:
        await bot.start(PLAN)
        await admin.delete(keys.log(RUN), keys.head(RUN), keys.ids(RUN))

        with pytest.raises(Unavailable, match="frozen"):
            await bot.store.journals.take(RUN, "bot-a", fresh=PLAN.steps[0].timeout)

        with pytest.raises(Unavailable, match="frozen"):
            await bot.store.journals.read(RUN)
        async with working(bot):
            bot.store.journals.felt("well", bot.store.witness.incarnation)
            await bot.start(other)
            assert await eventually(lambda: bot.is_over(other.run))
    await admin.aclose()


async def test_row_33_a_wiped_redis_is_not_a_new_one(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """A bot that starts on an empty Redis, on a host that knows open runs, starts nothing and names the way out."""
    async with a_bot(server.url, tmp_path / "home", cloud) as bot:
        await bot.start(PLAN)
    admin = connect(server.url)
    await admin.flushall()
    await admin.aclose()

    async with a_bot(server.url, tmp_path / "home", cloud, ready=False) as bot:
        with pytest.raises(Unavailable, match=rf"wiped, or it is another one: it does not know {RUN}.*dr rebuild"):
            await bot.store.ready()
        done = await rebuilt(server, bot, tmp_path / "home" / "journal")
        await bot.store.ready()

        assert done == {RUN: "written back, paused"}
        assert await bot.store.journals.open_runs() == [RUN]


async def test_a_redis_with_another_mark_that_knows_every_run_was_not_wiped(
    server: Server, tmp_path: Path, cloud: ToyCloud
) -> None:
    """A rebuild from the files of a host that remembers another mark stops none of those that serve."""
    other = LocalJournal(tmp_path / "other")
    other.write([Line("home", b'{"incarnation":"another"}')])
    async with a_bot(server.url, tmp_path / "home", cloud) as bot, working(bot):
        await bot.start(PLAN.model_copy(update={"mode": Mode.DRY_RUN}))
        await bot.say(RUN, RunPaused(why="while we look"))
        await rebuilt(server, bot, tmp_path / "other")

        assert await eventually(lambda: bot.store.witness.incarnation == "another")
        assert bot.store.journals.trouble is None

    async with a_bot(server.url, tmp_path / "home", cloud) as restarted:
        assert restarted.store.journals.trouble is None


async def test_rebuild_merges_the_journals_of_all_replicas(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """Each host saw a part; together they know the chain, and an intent that nobody saw answered is in doubt."""
    async with a_bot(server.url, tmp_path / "a", cloud) as a, a_bot(server.url, tmp_path / "b", cloud, owner="b") as b:
        await a.start(PLAN)
        await b.store.journals.read(RUN)
        taken = await b.store.journals.take(RUN, "b", fresh=PLAN.steps[0].timeout)
        assert taken is not None
        intent = _draft(b, StepStarted(step="scale", attempt=1, token="t"))
        await b.store.journals.append(RUN, [intent], at=taken[0], epoch=taken[0].epoch, durable=True)
        before = await b.records(RUN)
        admin = connect(server.url)
        await admin.flushall()
        await admin.aclose()

        found, _ = find(remembered([tmp_path / "a" / "journal", tmp_path / "b" / "journal"]).memories)
        done = await rebuilt(server, a, tmp_path / "a" / "journal", tmp_path / "b" / "journal")

        after = await a.records(RUN)
        again = await rebuilt(server, a, tmp_path / "a" / "journal", tmp_path / "b" / "journal")
        head = await a.store.inner.head(RUN)
    assert found[0].in_doubt == ("scale",)
    assert after[: len(before)] == before
    assert [type(record.fact) for record in after[-2:]] == [RunPaused, NoteAdded]
    assert (done[RUN], again[RUN].startswith("left alone")) == ("written back, paused", True)
    assert head is not None
    assert head.epoch == taken[0].epoch + 1000


async def test_row_68_an_approval_that_is_not_in_the_chain_was_never_given(
    server: Server, tmp_path: Path, cloud: ToyCloud
) -> None:
    """The vote's host lost the lines between: the gate is asked again after the rebuild, never assumed granted."""
    gate = a_gate(count=1)
    plan = a_toy_plan(toy("scale", gate=gate))
    home = tmp_path / "home"
    async with a_bot(server.url, home, cloud) as bot:
        await bot.start(plan)
        await bot.say(RUN, GateOpened(step="scale", text="go?", expires_at=bot.clock.now() + gate.expires))
        vote = VoteCast(step="scale", round=1, person="ben", decision="approve", plan_hash=plan.hash)
        await bot.say(RUN, NoteAdded(text="this line will be torn"))
        await bot.say(RUN, vote)
        _tear_line_with(home / "journal", b"this line will be torn")
        admin = connect(server.url)
        await admin.flushall()
        await admin.aclose()

        await rebuilt(server, bot, home / "journal")

        run = await bot.run(RUN)
    assert run.steps["scale"].phase is Phase.GATE
    assert run.steps["scale"].votes == ()
    assert run.status is Status.PAUSED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
async def test_row_61_disk_full(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """On a full disk no step that changes something begins, people are told, and it goes on when there is room."""
    async with a_bot(server.url, tmp_path / "home", cloud) as bot:
        await bot.start(PLAN)
        journal = bot.store.witness._journal
        assert journal._file is not None
        day, real = journal._file
        journal._file = (day, os.open("/dev/full", os.O_WRONLY))
        async with working(bot):
            assert await eventually(lambda: bot.store.journals.trouble is not None)
            trouble = bot.store.journals.trouble
            await asyncio.sleep(0.5)
            sent = cloud.sent("scale")
            os.close(journal._file[1])
            journal._file = (day, real)

            over = await eventually(lambda: bot.is_over(RUN), within=20)
    assert trouble is not None
    assert (trouble.kind, sent, over, cloud.sent("scale")) == ("disk", 0, True, 1)


@pytest.mark.skipif(os.getuid() == 0, reason="root writes anywhere")
async def test_row_61_a_home_that_cannot_be_written(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """A read-only home starts no run and says which folder it is about; runs can still be read."""
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    async with a_bot(server.url, home, cloud) as bot:
        with pytest.raises(Unavailable, match="DR_HOME"):
            await bot.start(PLAN)
        assert await bot.store.journals.read(RUN) in ([], ())


async def test_a_torn_tail_is_dropped(server: Server, tmp_path: Path, cloud: ToyCloud) -> None:
    """A line cut off by the power is left out, and what is written after it is not swallowed."""
    home = tmp_path / "home"
    async with a_bot(server.url, home, cloud) as bot:
        await bot.start(PLAN)
    file = next((home / "journal").glob("*.jsonl"))
    file.write_bytes(file.read_bytes() + Line("record", b'{"run":"x"}', "h").packed()[:20])

    async with a_bot(server.url, home, cloud) as bot:
        await bot.say(RUN, NoteAdded(text="after"))

    known = remembered([home / "journal"])
    assert (known.damaged, len(known.memories[0].records)) == (1, 2)


def _tear_line_with(folder: Path, word: bytes) -> None:
    file = next(folder.glob("*.jsonl"))
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(line[: len(line) // 2] + b"\n" if word in line else line for line in lines))


def _draft(bot: Bot, fact: Fact) -> Draft:
    return Draft(id=bot.clock.new_id(), at=NOW, actor=BOT, fact=fact)


async def _asks(bot: Bot, run: str) -> bool:
    return (await bot.run(run)).status is Status.WAITING
