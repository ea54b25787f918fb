"""Votes are weighed by the roster as it is when they are used, not as it was when they were cast."""

from __future__ import annotations

from bot.engine.machine import Begin, Move, Write, moves
from bot.model.events import Fact, GateGranted, GateOpened, RunCreated, RunPaused, RunResumed, VoteCast, VoteVoided
from bot.model.people import BOT
from bot.model.run import Run
from bot.model.step_run import Phase
from tests.builders import BEN, CHLOE, NOW, Story, a_gate, a_plan, a_step

GROUPS = {"ben": ("@sre-leads",), "chloe": ("@eng-directors",)}


def still_there(person: str, groups: tuple[str, ...], by_roster: bool = True) -> str:
    return "" if any(group in groups for group in GROUPS[person]) else "{name} left the group that decides this"


def without_ben(person: str, groups: tuple[str, ...], by_roster: bool = True) -> str:
    return "{name} left the group that decides this" if person == "ben" else still_there(person, groups)


def told(*facts: Fact) -> Run:
    """A run with one gated step, two votes in, and these facts."""
    plan = a_plan(a_step("promote_db", gate=a_gate(2)))
    story = Story(plan)

    story.tell(RunCreated(plan=plan))
    story.tell(GateOpened(step="promote_db", text="Promote?", expires_at=NOW.replace(year=2030)))
    for person in (BEN, CHLOE):
        cast = VoteCast(step="promote_db", round=1, person=person.id, decision="approve", plan_hash=plan.hash)
        story.tell(cast, by=person)
    story.tell(*facts)
    return Run.of(story.records)


def written(found: list[Move]) -> list[Fact]:
    return [move.fact for move in found if isinstance(move, Write)]


def test_two_votes_of_people_who_still_may_open_the_gate() -> None:
    """The roster agrees: granted."""
    found = list(moves(told(), NOW, still_there))

    assert written(found) == [GateGranted(step="promote_db", by=("ben", "chloe"))]


def test_row_51_a_vote_of_somebody_who_left_before_the_grant_is_void() -> None:
    """One vote is left, the gate stays open, and the journal says whose vote fell."""
    run = told()

    facts = written(list(moves(run, NOW, without_ben)))

    assert [type(fact) for fact in facts] == [VoteVoided]
    after = run.foreseen(facts[0], NOW, 1, BOT, seq=run.seq + 1)
    assert [vote.person for vote in after.steps["promote_db"].votes] == ["chloe"]
    assert after.steps["promote_db"].phase is Phase.GATE
    assert not list(moves(after, NOW, without_ben))


def test_row_51_a_granted_gate_is_asked_anew_when_an_approver_left_before_the_step_began() -> None:
    """The run was paused after the grant; at the resume the step does not begin on a void approval."""
    granted = GateGranted(step="promote_db", by=("ben", "chloe"))
    run = told(granted, RunPaused(), RunResumed())

    found = list(moves(run, NOW, without_ben))

    assert not any(isinstance(move, Begin) for move in found)
    assert [fact.kind for fact in written(found)] == ["vote_voided", "gate_opened"]
    assert written(found)[1].round == 2  # type: ignore[union-attr]


def test_row_51_a_granted_gate_of_people_who_stayed_begins() -> None:
    """Nothing is asked twice for nothing."""
    found = list(moves(told(GateGranted(step="promote_db", by=("ben", "chloe"))), NOW, still_there))

    assert [type(move) for move in found] == [Begin]
