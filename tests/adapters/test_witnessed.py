"""The journals with this host's memory beside them, where it matters which of the two fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.adapters.local_journal import LocalJournal
from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.witness import LocalWitness
from bot.adapters.witnessed import WitnessedJournals
from bot.model.errors import JournalConflict, Unavailable
from bot.model.events import Fact, NoteAdded, RunCreated, RunFinished, StepExecuted, StepStarted
from bot.model.people import BOT
from bot.model.records import Draft
from bot.ports.journal import Head
from bot.ports.witness import Kept
from tests.builders import NOW, a_plan
from tests.toys import WoundClock

DAY = date(2026, 3, 14)
RUN = a_plan().run
EMPTY = Head(seq=0, hash="", epoch=0)


class House:
    """Witnessed journals over memory, with a disk that can be filled."""

    def __init__(self, folder: Path) -> None:
        self.inner = MemoryJournals()
        self.journal = LocalJournal(folder, lambda: DAY)
        self.witness = LocalWitness.open(self.journal)
        self.journals = WitnessedJournals(self.inner, self.witness, WoundClock())

    async def held(self) -> Head:
        """A created run, taken."""
        await self.journals.append(RUN, [draft("0", RunCreated(plan=a_plan()))], at=EMPTY, epoch=None, durable=True)
        taken = await self.journals.take(RUN, "a", fresh=timedelta(0))
        assert taken is not None
        return taken[0]

    def fill_the_disk(self) -> Callable[[], None]:
        """Answers how to make room again."""
        assert self.journal._file is not None
        real = self.journal._file
        self.journal._file = (DAY, os.open("/dev/full", os.O_WRONLY))

        def make_room() -> None:
            self.journal._file = real

        return make_room


def draft(id: str, fact: Fact) -> Draft:
    return Draft(id=id, at=NOW, actor=BOT, fact=fact)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
async def test_row_61_an_intent_that_is_not_on_our_disk_goes_no_further(tmp_path: Path) -> None:
    """Redis took it and the disk did not: the caller is stopped before its call, and goes on with the same draft."""
    house = House(tmp_path)
    head = await house.held()
    intent = draft("1", StepStarted(step="scale_api", attempt=1))
    make_room = house.fill_the_disk()

    with pytest.raises(Unavailable, match="No space left"):
        await house.journals.append(RUN, [intent], at=head, epoch=head.epoch, durable=True)
    make_room()
    await house.journals.append(RUN, [intent], at=head, epoch=head.epoch, durable=True)

    assert [record.id for record in await house.inner.read(RUN)] == ["0", "1"]
    assert (house.witness.tip(RUN), house.journals.trouble) == (2, None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
async def test_row_61_an_outcome_is_not_refused_for_a_full_disk(tmp_path: Path) -> None:
    """What has happened is told to Redis all the same, and the trouble is known."""
    house = House(tmp_path)
    head = await house.held()
    house.fill_the_disk()

    await house.journals.append(RUN, [draft("1", StepExecuted(step="scale_api", attempt=1))], at=head, epoch=head.epoch)

    assert house.journals.trouble is not None
    assert house.journals.trouble.kind == "disk"


async def test_an_acknowledged_word_is_on_this_host_too(tmp_path: Path) -> None:
    """What a person was told is stored survives a Redis that loses its last second."""
    house = House(tmp_path)
    head = await house.held()
    await house.journals.append(RUN, [draft("1", NoteAdded(text="x"))], at=head, epoch=None)

    again = LocalWitness.open(LocalJournal(tmp_path, lambda: DAY))

    assert again.tip(RUN) == 2


@pytest.mark.parametrize(("mark", "kind"), [("mark", None), ("", "wiped"), ("another", "wiped")])
async def test_the_birth_mark_tells_a_wiped_redis(tmp_path: Path, mark: str, kind: str | None) -> None:
    """Gone or different, while this host knows open runs: wiped; nothing new is started until it is back."""
    house = House(tmp_path)
    house.witness.settle_in("mark")
    await house.held()

    house.journals.felt("well", mark)

    assert (house.journals.trouble.kind if house.journals.trouble else None) == kind
    new = draft("n", RunCreated(plan=a_plan(run="new")))
    if kind:
        with pytest.raises(Unavailable, match="dr rebuild"):
            await house.journals.append("new", [new], at=EMPTY, epoch=None)
        house.journals.felt("well", "mark")
    await house.journals.append("new", [new], at=EMPTY, epoch=None)


async def test_what_the_journal_took_is_in_the_log(tmp_path: Path) -> None:
    """An operator follows a run in the log of the bot that drives it; what was refused is not told as done."""
    house = House(tmp_path)

    with capture_logs() as lines:
        head = await house.held()
        await house.journals.append(RUN, [draft("1", StepStarted(step="scale_api", attempt=1))], at=head, epoch=1)
        with pytest.raises(JournalConflict):
            await house.journals.append(RUN, [draft("2", NoteAdded(text="late"))], at=head, epoch=1)

    assert [(line["event"], line["run"], line["seq"]) for line in lines] == [
        ("run-created", RUN, 1),
        ("step-started", RUN, 2),
    ]


async def test_a_run_that_this_host_never_saw_is_not_missed(tmp_path: Path) -> None:
    """Only what was seen here can be lost; somebody asks for a run that there never was, and nothing is frozen."""
    house = House(tmp_path)

    taken = await house.journals.take("nobody-0314-00000", "a", fresh=timedelta(0))

    assert taken == (EMPTY, "")
    assert house.journals.trouble is None


async def test_a_run_that_ended_without_what_this_host_remembers_is_not_begun_anew(tmp_path: Path) -> None:
    """It is over, whatever was lost on the way: no pause is written behind its end."""
    house = House(tmp_path)
    head = await house.held()
    await house.journals.append(RUN, [draft("1", NoteAdded(text="seen here"))], at=head, epoch=None)
    del house.inner._logs[RUN].records[1:]
    there = await house.inner.head(RUN)
    assert there is not None
    await house.inner.append(RUN, [draft("end", RunFinished(outcome="aborted"))], at=there, epoch=None)

    records = await house.journals.read(RUN)

    assert [record.id for record in records] == ["0", "end"]


async def test_an_outcome_of_a_run_that_was_never_seen_counts_as_no_run(tmp_path: Path) -> None:
    """Its records went to another host; what is kept of it here waits, and a wiped Redis is not told by it."""
    house = House(tmp_path)

    await house.witness.keep([Kept(run="elsewhere", epoch=3, draft=draft("x", StepExecuted(step="one", attempt=1)))])

    assert (house.witness.unfinished(), house.witness.open_runs()) == ([], [])
    assert [each.draft.id for each in house.witness.kept("elsewhere")] == ["x"]
