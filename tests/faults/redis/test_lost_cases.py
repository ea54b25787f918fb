"""A case is under the same promises as a run: chained, kept on this host, and brought back after Redis lost it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import keys
from bot.adapters.redis.cases import RedisCases
from bot.adapters.redis.connection import connect
from bot.model.case import Case, CaseDismissed, CaseEntry, CaseFact, CaseOpened, RemindAsked
from bot.model.errors import Unavailable
from bot.model.people import BOT
from bot.model.records import first_break
from bot.usecases.rebuild import find
from bot.usecases.rebuild_cases import find_cases, write_case_back
from bot.wiring.store import Ruin, remembered
from tests.builders import NOW
from tests.faults.redis.parts import Bot, Server, a_bot, a_server
from tests.toys import ToyCloud

pytestmark = pytest.mark.asyncio
CASE, SERVICE = "case:orders-api-1123-00001", "orders-api"


@dataclass
class Scene:
    """One replica with a case in which three things have happened."""

    server: Server
    bot: Bot
    redis: Redis
    journal: Path
    cases: RedisCases

    async def tell(self, *facts: CaseFact) -> None:
        at = len(await self.cases.read(CASE))
        entries = [CaseEntry(at=NOW + timedelta(minutes=at), actor=BOT, fact=fact) for fact in facts]
        assert await self.cases.append(CASE, entries, at=at)

    async def rebuilt(self) -> dict[str, str]:
        """What `dr rebuild --apply` does."""
        known = remembered([self.journal])
        ruin = Ruin(self.redis, self.bot.store.inner, self.bot.clock)
        done = {each.case.id: await write_case_back(each, ruin.journals) for each in find_cases(known.memories)}
        await ruin.give_birth_mark(known.birth_mark)
        return done


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    with a_server(tmp_path / "redis") as server:
        server.start()
        async with a_bot(server.url, tmp_path / "home", ToyCloud()) as bot:
            redis = connect(server.url)
            made = Scene(server, bot, redis, tmp_path / "home" / "journal", RedisCases(redis, bot.store.journals))
            await made.cases.open_for(SERVICE, CASE)
            await made.tell(CaseOpened(service=SERVICE, why="alarm"))
            await made.tell(RemindAsked(at=NOW), RemindAsked(at=NOW + timedelta(minutes=9)))
            yield made
            await redis.aclose()


async def test_a_case_is_chained_and_kept_on_this_host(scene: Scene) -> None:
    """Its records hang together, and every one of them is in the local journal."""
    records = await scene.bot.store.inner.read(CASE)

    (memory,) = remembered([scene.journal]).memories
    assert [record.seq for record in records] == [1, 2, 3]
    assert first_break(records) is None
    assert list(memory.records) == list(records)


@pytest.mark.parametrize("seq", [1, 2, 3])
async def test_an_edit_of_any_record_of_a_case_shows(scene: Scene, seq: int) -> None:
    """Another word in the store is another hash."""
    lines = [fields for _, fields in await scene.redis.xrange(keys.log(CASE))]
    lines[seq - 1][b"b"] = lines[seq - 1][b"b"].replace(b"2026", b"2025")
    await scene.redis.delete(keys.log(CASE))
    for number, fields in enumerate(lines, start=1):
        await scene.redis.xadd(keys.log(CASE), fields, id=f"{number}-1")

    broken_at = first_break(await scene.bot.store.inner.read(CASE))

    assert broken_at == seq


async def test_a_wiped_redis_is_no_redis_without_cases(scene: Scene, tmp_path: Path) -> None:
    """The case is frozen rather than gone, a new start is refused, and nothing is opened in its place."""
    await scene.redis.flushall()

    with pytest.raises(Unavailable, match="Redis has lost case:orders-api"):
        await scene.cases.read(CASE)
    with pytest.raises(Unavailable, match="wiped, or it is another one: it does not know case:orders-api"):
        async with a_bot(scene.server.url, tmp_path / "home", ToyCloud()):
            pass


async def test_rebuild_brings_an_open_case_back_with_its_place(scene: Scene) -> None:
    """Byte for byte, listed, and the service's one open case again; it goes on from there."""
    before = await scene.bot.store.inner.read(CASE)
    await scene.redis.flushall()

    done = await scene.rebuilt()
    await scene.tell(CaseDismissed(reason="a bad deployment"))

    after = await scene.bot.store.inner.read(CASE)
    assert done == {CASE: "written back; it is open"}
    assert list(after[:3]) == list(before)
    assert first_break(after) is None
    assert await scene.cases.recent() == [CASE]
    assert Case.of(CASE, await scene.cases.read(CASE)).ending is not None


async def test_rebuild_opens_no_answered_case(scene: Scene) -> None:
    """It is on record again, and the service is free for the next question."""
    await scene.tell(CaseDismissed(reason="a bad deployment"))
    await scene.redis.flushall()

    done = await scene.rebuilt()

    assert done == {CASE: "written back; it is answered"}
    assert await scene.cases.recent() == [CASE]
    assert await scene.cases.open_cases() == {}


async def test_rebuild_leaves_a_whole_case_alone(scene: Scene) -> None:
    """Nothing was lost, nothing is written; and it is no run."""
    found, headless = find(remembered([scene.journal]).memories)

    done = await scene.rebuilt()

    assert done == {CASE: "left alone: Redis has all of it"}
    assert (found, headless) == ([], [])


async def test_a_lost_tail_of_a_case_is_refilled_before_the_next_word(scene: Scene) -> None:
    """Redis came back without the last entries; they are put back when it is read."""
    kept = (await scene.redis.xrange(keys.log(CASE)))[0]
    late = [id for id, at in (await scene.redis.hgetall(keys.ids(CASE))).items() if int(at) > 1]
    await scene.redis.delete(keys.log(CASE))
    await scene.redis.xadd(keys.log(CASE), kept[1], id=kept[0])
    await scene.redis.hdel(keys.ids(CASE), *late)
    await scene.redis.hset(keys.head(CASE), mapping={"seq": 1, "hash": kept[1][b"h"]})

    await scene.tell(RemindAsked(at=NOW + timedelta(minutes=20)))
    records = await scene.bot.store.inner.read(CASE)

    assert [record.seq for record in records] == [1, 2, 3, 4]
    assert first_break(records) is None
