"""What every journal promises. The twin in memory and the real Redis answer to the same tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.redis.journal import RedisJournals
from bot.model.errors import Fenced, JournalConflict
from bot.model.events import Fact, NoteAdded, RunCreated, RunFinished, Unknown
from bot.model.people import BOT
from bot.model.records import Draft, first_break, seal
from bot.ports.journal import Head, Journals
from bot.ports.witness import Refillable
from tests.builders import NOW, a_plan
from tests.contracts.conftest import STORES, emptied

pytestmark = pytest.mark.asyncio
EMPTY = Head(seq=0, hash="", epoch=0)
RUN = a_plan().run


@pytest.fixture(params=STORES)
async def journals(request: pytest.FixtureRequest) -> AsyncIterator[Journals]:
    if request.param == "memory":
        yield MemoryJournals()
        return
    async with emptied(request) as redis:
        yield RedisJournals(redis, barrier=True)


def draft(id: str, fact: Fact) -> Draft:
    return Draft(id=id, at=NOW, actor=BOT, fact=fact)


async def created(journals: Journals) -> Head:
    head, _ = await journals.append(RUN, [draft("c", RunCreated(plan=a_plan()))], at=EMPTY, epoch=None, durable=True)
    return head


async def taken(journals: Journals, owner: str) -> tuple[Head, str]:
    """Take by force: no sign of life counts."""
    answer = await journals.take(RUN, owner, fresh=timedelta(0))
    assert answer is not None
    return answer


async def test_reads_back_what_was_written(journals: Journals) -> None:
    """Values survive the trip, types, order and chain included."""
    head = await created(journals)
    await journals.append(RUN, [draft("1", NoteAdded(text="x")), draft("2", NoteAdded(text="y"))], at=head, epoch=None)

    records = await journals.read(RUN)

    assert [record.seq for record in records] == [1, 2, 3]
    assert records[0].fact == RunCreated(plan=a_plan())
    assert first_break(records) is None


async def test_reads_only_what_is_new(journals: Journals) -> None:
    """A follower asks for what it has not seen."""
    head = await created(journals)
    await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=head, epoch=None)

    assert [record.seq for record in await journals.read(RUN, after=1)] == [2]


async def test_refuses_a_writer_who_has_not_seen_the_latest(journals: Journals) -> None:
    """Two writers cannot both believe they moved the run."""
    head = await created(journals)
    await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=head, epoch=None)

    with pytest.raises(JournalConflict):
        await journals.append(RUN, [draft("2", NoteAdded(text="y"))], at=head, epoch=None)
    assert len(await journals.read(RUN)) == 2


async def test_a_repeat_is_answered_not_repeated(journals: Journals) -> None:
    """The answer was lost, the writer sends again: one record, the first answer."""
    head = await created(journals)
    first = await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=head, epoch=None)

    again = await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=head, epoch=None)

    assert (again[1], len(await journals.read(RUN))) == (first[1], 2)


async def test_an_older_epoch_is_fenced(journals: Journals) -> None:
    """After a takeover the former owner writes nothing more."""
    head = await created(journals)
    old, _ = await taken(journals, "a")
    new, previous = await taken(journals, "b")

    with pytest.raises(Fenced):
        await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=head, epoch=old.epoch)
    assert (new.epoch, previous) == (old.epoch + 1, "a")


async def test_a_repeat_under_an_epoch_that_is_over_is_fenced(journals: Journals) -> None:
    """The answer was lost, and meanwhile another worker took the run: what was written stands, but is not ours."""
    await created(journals)
    old, _ = await taken(journals, "a")
    await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=old, epoch=old.epoch)
    await taken(journals, "b")

    with pytest.raises(Fenced):
        await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=old, epoch=old.epoch)


async def test_lost_records_are_written_back_as_they_were(journals: Refillable) -> None:
    """Into the place where they were, and only there; every hold of before is over."""
    head = await created(journals)
    old, _ = await taken(journals, "a")
    lost = [record for record, _ in seal([draft("1", NoteAdded(text="x"))], run=RUN, epoch=0, after=1, prev=head.hash)]

    elsewhere = await journals.refill(RUN, lost, at=EMPTY, epoch=7)
    there = await journals.refill(RUN, lost, at=head, epoch=7)

    with pytest.raises(Fenced):
        await journals.append(RUN, [draft("2", NoteAdded(text="y"))], at=old, epoch=old.epoch)
    tip, _ = await taken(journals, "b")
    assert (elsewhere, there, tip.epoch) == (False, True, 8)
    assert first_break(await journals.read(RUN)) is None


async def test_a_living_owner_is_not_robbed(journals: Journals) -> None:
    """Within its lease the run stays with whoever gave a sign of life; the epoch stands."""
    await created(journals)
    head, _ = await taken(journals, "a")

    robbed = await journals.take(RUN, "b", fresh=timedelta(seconds=60))

    assert robbed is None
    assert await journals.beat(RUN, epoch=head.epoch)
    assert not await journals.beat(RUN, epoch=head.epoch - 1)


async def test_parks_only_where_it_stands(journals: Journals) -> None:
    """A signal that arrived meanwhile keeps the run with its owner."""
    await created(journals)
    held, _ = await taken(journals, "a")
    await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=held, epoch=None)

    moved = await journals.park(RUN, at=held)
    head = await journals.head(RUN)
    parked = head is not None and await journals.park(RUN, at=head)

    assert (moved, parked) == (False, True)


async def test_what_was_said_to_a_parked_run_shows_until_it_is_taken(journals: Journals) -> None:
    """Whoever died between writing and waking leaves a trace for the sweeper."""
    await created(journals)
    held, _ = await taken(journals, "a")
    await journals.park(RUN, at=held)
    calm = await journals.head(RUN)
    await journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=held, epoch=None)
    said = await journals.head(RUN)
    await taken(journals, "b")
    heard = await journals.head(RUN)

    assert [head is not None and head.is_unheard for head in (calm, said, heard)] == [False, True, False]


async def test_open_runs_end_when_the_run_does(journals: Journals) -> None:
    """The index follows the journal."""
    head = await created(journals)
    was_open = await journals.open_runs()

    await journals.append(RUN, [draft("f", RunFinished(outcome="completed"))], at=head, epoch=None)

    assert (list(was_open), list(await journals.open_runs()), list(await journals.recent_runs())) == ([RUN], [], [RUN])


async def test_one_active_run_per_service(journals: Journals) -> None:
    """A claim is held until the run is over, and repeats are harmless."""
    head = await created(journals)
    assert await journals.claim_service("orders-api", RUN) is None

    busy = await journals.claim_service("orders-api", "other")
    await journals.append(RUN, [draft("f", RunFinished(outcome="completed"))], at=head, epoch=None)

    assert (busy, await journals.claim_service("orders-api", "other")) == (RUN, None)


async def test_a_run_that_is_being_started_keeps_its_claim(journals: Journals) -> None:
    """Two people start at the same instant: the second is refused although the first has no journal yet."""
    claimed = await journals.claim_service("orders-api", RUN)

    second = await journals.claim_service("orders-api", "other")

    assert (claimed, second, await journals.claim_service("orders-api", RUN)) == (None, RUN, None)


async def test_a_version_keeps_its_content(journals: Journals) -> None:
    """Whoever comes with other text learns what was registered first; asking registers nothing."""
    before = await journals.pinned_digest("r", "1")
    answers = [await journals.pin_runbook("r", "1", digest, "text") for digest in ("aaa", "aaa", "bbb")]

    assert (before, answers) == (None, ["aaa", "aaa", "aaa"])
    assert await journals.pinned_digest("r", "1") == "aaa"
    assert await journals.pinned_digest("r", "2") is None


async def test_facts_of_a_newer_bot_are_kept(journals: Journals) -> None:
    """An unknown kind travels unharmed, fields and chain included."""
    head = await created(journals)
    await journals.append(RUN, [draft("1", Unknown(kind="moon_phase", phase="full"))], at=head, epoch=None)  # type: ignore[call-arg]

    records = await journals.read(RUN)

    assert records[1].fact.model_dump() == {"kind": "moon_phase", "phase": "full"}
    assert first_break(records) is None


async def test_changes_are_hinted(journals: Journals) -> None:
    """A listener hears of appends."""
    hints = journals.changes()
    heard = asyncio.ensure_future(anext(hints))  # type: ignore[arg-type]
    head = await created(journals)
    for number in range(100):
        await asyncio.wait({heard}, timeout=0.02)
        if heard.done():
            break
        head, _ = await journals.append(RUN, [draft(str(number), NoteAdded(text="x"))], at=head, epoch=None)

    run, seq = await heard

    assert (run, seq > 0) == (RUN, True)
