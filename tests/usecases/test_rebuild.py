"""Which past is believed after Redis has lost it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.adapters.memory.journal import MemoryJournals
from bot.model.errors import JournalConflict
from bot.model.events import Fact, NoteAdded, RunCreated, RunFinished, RunTaken, StepExecuted, StepStarted
from bot.model.people import BOT
from bot.model.records import Draft, Record, first_break, seal
from bot.model.run import Run
from bot.model.step_run import Phase
from bot.ports.journal import Head
from bot.ports.witness import Kept, Memory
from bot.usecases.rebuild import ABOVE, find, newest_chain, write_back
from tests.builders import NOW, a_plan, a_step
from tests.usecases.desks import HandClock

PLAN = a_plan(a_step("one"), a_step("two", needs=("one",)))
RUN = PLAN.run


def grown(onto: list[Record], *facts: Fact, epoch: int = 0, by: str = "") -> list[Record]:
    """A chain with these facts on top."""
    seq, prev = (onto[-1].seq, onto[-1].hash) if onto else (0, "")
    drafts = [Draft(id=f"{by}{seq}.{n}.{epoch}", at=NOW, actor=BOT, fact=fact) for n, fact in enumerate(facts)]
    return [*onto, *(record for record, _ in seal(drafts, run=RUN, epoch=epoch, after=seq, prev=prev))]


CREATED = grown([], RunCreated(plan=PLAN))


def test_of_two_branches_the_higher_epoch_wins() -> None:
    """A long branch of a worker that was fenced gives way to the short one of its successor."""
    old = grown(CREATED, *[NoteAdded(text=str(n)) for n in range(5)], epoch=1)
    new = grown(CREATED, RunTaken(owner="b"), epoch=2)

    assert newest_chain([*old, *new]) == tuple(new)


def test_a_hole_ends_the_chain() -> None:
    """What lies behind a missing record is beside the chain, since nobody can tell what it followed."""
    whole = grown(CREATED, NoteAdded(text="1"), NoteAdded(text="2"))

    assert newest_chain([whole[0], whole[2]]) == (whole[0],)


def test_a_changed_record_is_not_believed() -> None:
    """A record whose hash does not follow is not part of any chain."""
    whole = grown(CREATED, NoteAdded(text="1"))
    forged = whole[1].model_copy(update={"fact": NoteAdded(text="2")})

    assert newest_chain([whole[0], forged]) == (whole[0],)


def test_an_intent_behind_a_hole_is_in_doubt() -> None:
    """It may have been sent, so it is never dropped."""
    whole = grown(CREATED, NoteAdded(text="lost"))
    whole = grown(whole, StepStarted(step="one", attempt=1), epoch=4)

    (found,), _ = find([Memory(RUN, (whole[0], whole[2]))])

    assert (found.in_doubt, found.beside, found.epoch) == (("one",), 1, 4 + ABOVE)


def test_an_outcome_kept_on_the_host_is_joined_to_its_intent() -> None:
    """Union of outcomes: the step is executed, not in doubt."""
    whole = grown(CREATED, StepStarted(step="one", attempt=1), epoch=2)
    draft = Draft(id="kept", at=NOW, actor=BOT, fact=StepExecuted(step="one", attempt=1))

    (found,), _ = find([Memory(RUN, tuple(whole), (Kept(run=RUN, epoch=2, draft=draft),))])

    assert (found.in_doubt, [each.id for each in found.salvaged]) == ((), ["kept"])


def test_an_outcome_of_an_overtaken_worker_says_nothing() -> None:
    """The successor began the step anew; what its predecessor saw is older than that."""
    whole = grown(CREATED, StepStarted(step="one", attempt=1), epoch=3)
    draft = Draft(id="late", at=NOW, actor=BOT, fact=StepExecuted(step="one", attempt=1))

    (found,), _ = find([Memory(RUN, tuple(whole), (Kept(run=RUN, epoch=2, draft=draft),))])

    assert (found.in_doubt, found.salvaged) == (("one",), ())


def test_a_run_without_a_beginning_cannot_be_rebuilt() -> None:
    """It is named, not guessed."""
    whole = grown(CREATED, NoteAdded(text="1"))

    assert find([Memory(RUN, (whole[1],))]) == ([], [RUN])


class Cut(MemoryJournals):
    """The process dies right after the first write, or somebody else writes in between."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error: Exception | None = error

    async def append(self, run: str, drafts: Sequence[Draft], **how: Any) -> tuple[Head, Sequence[Record]]:
        if self.error is not None:
            raise self.error
        return await super().append(run, drafts, **how)


@pytest.mark.parametrize("kept", [True, False])
async def test_a_rebuild_that_is_cut_leaves_no_run_that_goes_on_by_itself(kept: bool) -> None:
    """Chain, salvage and pause are one write; what a second try finds is paused, and is left alone."""
    whole = grown(CREATED, StepStarted(step="one", attempt=1), epoch=2)
    draft = Draft(id="kept", at=NOW, actor=BOT, fact=StepExecuted(step="one", attempt=1))
    (found,), _ = find([Memory(RUN, tuple(whole), (Kept(run=RUN, epoch=2, draft=draft),) * kept)])
    journals = Cut(ConnectionError("killed"))

    with pytest.raises(ConnectionError):
        await write_back(found, journals, HandClock(), BOT)
    again = await write_back(found, journals, HandClock(), BOT)

    run = Run.of(await journals.read(RUN))
    assert run.paused
    assert run.steps["one"].phase is (Phase.EXECUTED if kept else Phase.STARTED)
    assert first_break(await journals.read(RUN)) is None
    assert again == "left alone: Redis has it, and has gone on from there"


async def test_a_rebuilt_run_tells_what_was_found_of_it() -> None:
    """The note comes last; where somebody wrote first, the pause stands all the same."""
    whole = grown(CREATED, StepStarted(step="one", attempt=1), epoch=2)
    (found,), _ = find([Memory(RUN, tuple(whole))])
    quiet, busy = MemoryJournals(), Cut(JournalConflict("moved"))

    said = [await write_back(found, journals, HandClock(), BOT) for journals in (quiet, busy)]

    assert said == ["written back, paused"] * 2
    note = (await quiet.read(RUN))[-1].fact
    assert isinstance(note, NoteAdded)
    assert note.text == "Rebuilt from local journals: 2 events. In doubt: one."
    assert Run.of(await busy.read(RUN)).paused


async def test_what_redis_has_or_has_more_of_is_left_alone() -> None:
    """Nothing is paused that is not lost."""
    whole = grown(CREATED, NoteAdded(text="1"))
    (found,), _ = find([Memory(RUN, tuple(whole))])
    (older,), _ = find([Memory(RUN, (whole[0],))])
    journals = MemoryJournals()
    await journals.refill(RUN, whole, at=Head(seq=0, hash="", epoch=0), epoch=1)

    said = [await write_back(each, journals, HandClock(), BOT) for each in (found, older)]

    assert said == ["left alone: Redis has all of it", "left alone: Redis has it, and has gone on from there"]
    assert list(await journals.read(RUN)) == whole


async def test_a_run_that_was_over_is_written_back_as_it_was() -> None:
    """It is not paused: nothing of it can go on."""
    whole = grown(CREATED, RunFinished(outcome="completed"))
    (found,), _ = find([Memory(RUN, tuple(whole))])
    journals = MemoryJournals()

    said = await write_back(found, journals, HandClock(), BOT)

    assert said == "written back; it is over"
    assert list(await journals.read(RUN)) == whole
