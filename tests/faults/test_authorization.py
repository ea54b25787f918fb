"""No history of votes, groups, accounts, glasses and clocks lets a step begin that should not; carelessness shows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.approval.authorize import Standing
from tests.faults.mutations import MUTATIONS, Mutation
from tests.faults.town import FLAWS, GROUPS, NAMES, SLIPS, STANDINGS, Flaw, Slip, Town, play

HISTORIES = 1500
"""Here; `make test-faults FAULTS=authorization` plays a hundred thousand."""
MOST = 6000
"""Histories that a mutation may go unnoticed; most are seen within ten."""


def histories(seed: int) -> Iterator[bytes]:
    """Endless, and the same for the same seed."""
    chance = random.Random(seed)  # a test's dice
    while True:
        yield chance.randbytes(chance.randrange(40, 120))


@settings(max_examples=HISTORIES, suppress_health_check=list(HealthCheck))
@given(st.binary(min_size=8, max_size=140))
def test_no_step_begins_unauthorised(data: bytes) -> None:
    """The oracle, which shares no code with the product, agrees with every step that begins."""
    assert play(data).wrong == []


def test_histories_do_begin_steps() -> None:
    """Else the promise above would be cheap: in one history of three or more a step begins."""
    began = sum(play(data).began > 0 for data in islice(histories(3), 200))

    assert began > 60


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_every_careless_decision_is_noticed(mutation: Mutation) -> None:
    """One function of the product is wrong, and some history has a step that should not have begun."""
    with mutation.at_work():
        noticed = any(play(data).wrong for data in islice(histories(7), MOST))

    assert noticed, mutation.name


def test_the_mutations_are_many_and_none_is_left_behind() -> None:
    """At least thirty, each of another name; afterwards the product decides as before."""
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 30
    assert all(not play(data).wrong for data in islice(histories(7), 50))


PEOPLE, STEPS = st.sampled_from(NAMES), st.sampled_from(("flip", "promote"))


class Days(RuleBasedStateMachine):
    """The same town, move by move, so that a failure is told as a story."""

    town: Town

    @initialize(numbers=st.lists(st.integers(0, 50), min_size=4, max_size=4))
    def begin(self, numbers: list[int]) -> None:
        left = iter(numbers)
        self.town = Town(lambda below: next(left, 0) % below)

    @rule(who=PEOPLE, step=STEPS, approves=st.booleans(), slip=st.sampled_from(SLIPS))
    def vote(self, who: str, step: str, approves: bool, slip: Slip) -> None:
        self.town.vote(who, step, approves=approves, slip=slip)

    @rule(who=PEOPLE, step=STEPS)
    def agree(self, who: str, step: str) -> None:
        self.town.vote(who, step, approves=True)

    @rule(who=PEOPLE, step=STEPS, flaw=st.sampled_from(FLAWS))
    def break_glass(self, who: str, step: str, flaw: Flaw) -> None:
        self.town.break_glass(who, step, flaw=flaw)

    @rule(who=PEOPLE, group=st.sampled_from(GROUPS))
    def edit_the_roster(self, who: str, group: str) -> None:
        self.town.move(who, group)

    @rule(who=PEOPLE, standing=st.sampled_from(STANDINGS))
    def change_the_account(self, who: str, standing: Standing) -> None:
        self.town.account(who, standing)

    @rule(minutes=st.integers(0, 70))
    def wait(self, minutes: int) -> None:
        self.town.wait(timedelta(minutes=minutes))

    @rule()
    def pause_or_resume(self) -> None:
        self.town.pause()

    @rule(step=STEPS)
    def ask_again(self, step: str) -> None:
        self.town.ask_again(step)

    @rule(step=STEPS)
    def change_the_call(self, step: str) -> None:
        self.town.change_the_call(step)

    @rule()
    def the_engine_has_its_turn(self) -> None:
        self.town.turn()

    @invariant()
    def nothing_began_that_should_not(self) -> None:
        if hasattr(self, "town"):
            assert self.town.wrong == []


TestDays = Days.TestCase
TestDays.settings = settings(max_examples=60, stateful_step_count=30, suppress_health_check=list(HealthCheck))
