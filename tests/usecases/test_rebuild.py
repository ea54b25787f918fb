"""Which past is believed after Redis has lost it."""

from __future__ import annotations

from bot.model.events import Fact, NoteAdded, RunCreated, RunTaken, StepExecuted, StepStarted
from bot.model.people import BOT
from bot.model.records import Draft, Record, seal
from bot.ports.witness import Kept, Memory
from bot.usecases.rebuild import ABOVE, find, newest_chain
from tests.builders import NOW, a_plan, a_step

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
