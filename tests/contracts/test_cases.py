"""What every store of cases promises. The twin in memory and the real Redis answer to the same tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.adapters.memory.cases import MemoryCases
from bot.adapters.redis.cases import RedisCases
from bot.adapters.redis.journal import RedisJournals
from bot.model.case import Case, CaseDismissed, CaseEntry, CaseFact, CaseOpened, RemindAsked, is_case
from bot.model.people import BOT
from bot.ports.cases import Cases
from tests.builders import NOW
from tests.contracts.conftest import STORES, emptied

pytestmark = pytest.mark.asyncio
CASE = "case:orders-api-1123-00001"


@pytest.fixture(params=STORES)
async def cases(request: pytest.FixtureRequest) -> AsyncIterator[Cases]:
    if request.param == "memory":
        yield MemoryCases()
        return
    async with emptied(request) as redis:
        yield RedisCases(redis, RedisJournals(redis))


def entry(fact: CaseFact, minute: int = 0) -> CaseEntry:
    return CaseEntry(at=NOW + timedelta(minutes=minute), actor=BOT, fact=fact)


OPENED = entry(CaseOpened(service="orders-api", why="alarm"))


async def test_a_service_has_one_open_case_whoever_asks_at_once(cases: Cases) -> None:
    """Ten replicas hear the same alarm: one case stands, and all are told which."""
    stands = await asyncio.gather(*(cases.open_for("orders-api", f"case:{number}") for number in range(10)))

    assert len(set(stands)) == 1
    assert await cases.open_cases() == {"orders-api": stands[0]}


async def test_only_the_case_itself_gives_its_place_up(cases: Cases) -> None:
    """A late close of an older case leaves the newer one alone."""
    await cases.open_for("orders-api", CASE)

    await cases.close("orders-api", "case:older")
    before = await cases.open_cases()
    await cases.close("orders-api", CASE)

    assert before == {"orders-api": CASE}
    assert await cases.open_cases() == {}


async def test_what_is_appended_is_read_back_in_order(cases: Cases) -> None:
    """Entries come back as they were."""
    asked = entry(RemindAsked(at=NOW), 1)
    assert await cases.append(CASE, [OPENED], at=0)

    assert await cases.append(CASE, [asked], at=1)

    assert tuple(await cases.read(CASE)) == (OPENED, asked)
    assert tuple(await cases.read("case:other")) == ()


async def test_of_two_writers_who_saw_the_same_one_wins(cases: Cases) -> None:
    """Compare and append: the other one looks again."""
    await cases.append(CASE, [OPENED], at=0)
    facts = (CaseDismissed(reason="a bad deployment"), RemindAsked(at=NOW))

    won = await asyncio.gather(*(cases.append(CASE, [entry(fact, 1)], at=1) for fact in facts))

    assert sorted(won) == [False, True]
    assert len(await cases.read(CASE)) == 2


async def test_the_newest_cases_are_listed_first(cases: Cases) -> None:
    """Closed ones, too."""
    for number in range(3):
        opened = OPENED.model_copy(update={"at": NOW + timedelta(minutes=number)})
        await cases.append(f"case:{number}", [opened], at=0)

    assert list(await cases.recent(2)) == ["case:2", "case:1"]


async def test_an_id_tells_a_case_from_a_run() -> None:
    """And a case that does not begin with its opening is none."""
    assert is_case(CASE)
    assert not is_case("orders-api-1123-00001")
    with pytest.raises(ValueError, match="case_opened"):
        Case.of(CASE, [entry(RemindAsked(at=NOW))])
