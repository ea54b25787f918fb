"""Things that are made and jobs that are followed: which states count, and whose job is ours."""

from __future__ import annotations

from uuid import UUID

import pytest

from bot.actions.base import Params
from bot.actions.shapes import Job, Made, Thing
from bot.model.action import Look, NotStarted, Observation, Pending, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads
from tests.actions.scripted import play

HERE = Params(region="us-west-2")
NOTHING = play(())


class House(Made[Params]):
    """A thing in whatever state it is given."""

    def __init__(self, there: Thing | None) -> None:
        self.there = there

    def called(self, params: Params) -> str:
        return "house"

    def thing(self, aws: Reads, params: Params) -> Thing | None:
        return self.there

    def source(self, aws: Reads, params: Params) -> Look:
        return Look(state="ready", change="nothing → house", targets=("house",))

    def execute(self, aws: Aws, params: Params, token: str) -> None:
        """Not asked here."""


class Errand(Job[Params]):
    """Jobs as they are given, newest first."""

    def __init__(self, *seen: Thing) -> None:
        self.seen = list(seen)

    def called(self, params: Params) -> str:
        return "errand"

    def source(self, aws: Reads, params: Params) -> Look:
        raise StepBroke("no such errand; correct the name.")

    def jobs(self, aws: Reads, params: Params) -> list[Thing]:
        return self.seen

    def execute(self, aws: Aws, params: Params, token: str) -> None:
        """Not asked here."""


@pytest.mark.parametrize(
    ("there", "expected", "state"),
    [
        (None, NotStarted, "ready"),
        (Thing(state="creating"), Pending, "blocked"),
        (Thing(state="a-state-from-tomorrow"), Pending, "blocked"),
        (Thing(state="available"), Settled, "already_done"),
    ],
)
def test_a_thing_is_absent_on_its_way_or_ready(there: Thing | None, expected: type[Observation], state: str) -> None:
    """The name is the identity: what is there under it was ours, or stands in the way."""
    house = House(there)

    seen, look = house.verify(NOTHING, HERE, {}), house.preflight(NOTHING, HERE)

    assert isinstance(seen, expected)
    assert look.state == state


def test_a_broken_thing_ends_the_wait() -> None:
    """Waiting for ever for what cannot come is worse than failing; the plan is blocked with the same words."""
    house = House(Thing(state="failed", note="no subnet"))

    with pytest.raises(StepBroke, match=r"house is failed \(no subnet\)"):
        house.verify(NOTHING, HERE, {})

    assert house.preflight(NOTHING, HERE).findings[0].blocking


def test_ours_is_the_newest_job_that_was_not_there_before() -> None:
    """An old success is not mistaken for ours, and neither is an old failure."""
    old = Thing(id="1", state="COMPLETED")
    before = Errand(old).remember(NOTHING, HERE)

    nothing = Errand(old).verify(NOTHING, HERE, before)
    running = Errand(Thing(id="2", state="RUNNING"), old).verify(NOTHING, HERE, before)
    again = Errand(Thing(id="3", state="COMPLETED"), Thing(id="2", state="FAILED"), old).verify(NOTHING, HERE, before)

    assert isinstance(nothing, NotStarted)
    assert isinstance(running, Pending)
    assert isinstance(again, Settled)


def test_a_retry_after_a_job_has_died_has_a_token_of_its_own() -> None:
    """AWS answers the old token with the dead job; what is in doubt keeps its token, or it would be done twice."""
    dead, alive = Thing(id="2", state="FAILED"), Thing(id="3", state="RUNNING")

    first = Errand().fresh([Thing(id="1", state="COMPLETED")], "token")
    retried = Errand().fresh([dead], "token")
    in_doubt = Errand().fresh([alive, dead], "token")
    again = Errand().fresh([Thing(id="3", state="FAILED"), dead], "token")

    assert first == "token"
    assert retried == in_doubt
    assert len({first, retried, again}) == 3
    assert UUID(retried)


def test_without_memory_no_job_is_claimed() -> None:
    """A stale success would end a step that never began."""
    with pytest.raises(StepBroke, match="look by hand"):
        Errand(Thing(id="1", state="COMPLETED")).verify(NOTHING, HERE, {})


def test_what_cannot_be_started_blocks_the_plan() -> None:
    """With the sentence that says what to do."""
    look = Errand().preflight(NOTHING, HERE)

    assert look.state == "blocked"
    assert "correct the name" in look.findings[0].text
