"""Slack's user groups at a gate: whose vote counts on Slack's word, for how long, and where only the roster decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.approval.policy import lent_words
from bot.approval.votes import Ballot, judge
from bot.model.errors import Refused
from bot.model.events import GateOpened, VoteCast
from bot.model.people import Person
from bot.model.plan import GatePlan
from bot.model.roll import FRESH, LAPSES, Account, Lent, Membership, Roll, unlisted_person
from bot.model.run import Run
from bot.model.service import Catalog, GroupRule
from tests.builders import ANA, BEN, DEV, NOW, a_plan, a_step, records_of

GATE = GatePlan(kind="approve", groups=("@sre-leads",), count=2, expires=timedelta(minutes=10))
STRANGER = unlisted_person("U09FRANK00", "Frank")
MEMBERS = tuple(person.slack for person in (ANA, DEV, STRANGER) if person.slack)


def a_roll(age: timedelta = timedelta(0), *, members: tuple[str, ...] = MEMBERS, gone: str = "") -> Roll:
    said = Membership(usergroup="S0LEADS000", accounts=members, at=NOW - age)
    seen = {gone: Account(account=gone, is_active=False, at=NOW - age)} if gone else {}
    return Roll(groups={"@sre-leads": said}, accounts=seen)


def a_run(*votes: str, strict: bool = False) -> Run:
    plan = a_plan(a_step("go", kind="approve", gate=GATE.model_copy(update={"strict": strict})))
    opened = GateOpened(step="go", round=1, text="Go?", expires_at=NOW + timedelta(minutes=10))
    cast = [VoteCast(step="go", round=1, person=each, decision="approve", plan_hash=plan.hash) for each in votes]
    return Run.of(records_of(opened, *cast, plan=plan))


def ballot(run: Run, person: Person) -> Ballot:
    return Ballot("go", person, "approve", run.plan.hash)


@pytest.mark.parametrize("person", [DEV, STRANGER], ids=["another group's", "nobody on the roster"])
def test_a_member_in_slack_counts_and_the_vote_says_on_whose_word(person: Person) -> None:
    """The evidence is the group, and when Slack said so."""
    run = a_run()

    counted = judge(run, ballot(run, person), NOW, a_roll(timedelta(minutes=3)))

    assert counted.lent == Lent(groups=("@sre-leads",), at=NOW - timedelta(minutes=3))


def test_a_vote_that_the_roster_carries_needs_no_word_of_slack() -> None:
    """Ben is in the group by the roster."""
    run = a_run()

    assert judge(run, ballot(run, BEN), NOW, a_roll(members=(BEN.slack or "",))).lent is None


@pytest.mark.parametrize(
    ("person", "roll", "votes", "strict", "reason"),
    [
        (STRANGER, Roll(), (), False, "not-an-approver"),
        (STRANGER, a_roll(members=()), (), False, "not-an-approver"),
        (STRANGER, a_roll(LAPSES), (), False, "not-an-approver"),
        (STRANGER, a_roll(), (), True, "not-an-approver"),
        (DEV, a_roll(), (), True, "not-an-approver"),
        (ANA, a_roll(), (), False, "self-approval"),
        (unlisted_person(ANA.slack or "", "Ana"), a_roll(), (), False, "self-approval"),
        (STRANGER, a_roll(), (STRANGER.id,), False, "second-vote"),
        (Person(id="frank", name="Frank", slack=STRANGER.slack), a_roll(), (STRANGER.id,), False, "second-vote"),
        (BEN, a_roll(gone=BEN.slack or ""), (), False, "deactivated-account"),
        (STRANGER, a_roll(gone=STRANGER.slack or ""), (), False, "deactivated-account"),
    ],
    ids=[
        "slack never said", "left in slack", "said a day ago", "R3, stranger", "R3, colleague", "requester",
        "requester by account alone", "voted already", "voted, then came onto the roster", "deactivated, by terminal",
        "deactivated member",
    ],
)  # fmt: skip
def test_slacks_word_lends_nothing(person: Person, roll: Roll, votes: Any, strict: bool, reason: str) -> None:
    """Nobody votes twice or for themselves by it, R3 never takes it, and it does not last."""
    run = a_run(*votes, strict=strict)

    with pytest.raises(Refused) as refused:
        judge(run, ballot(run, person), NOW, roll)

    assert refused.value.reason == reason


def test_the_word_of_slack_holds_for_a_day() -> None:
    """A moment before it lapses it counts."""
    run = a_run()

    assert judge(run, ballot(run, STRANGER), NOW, a_roll(LAPSES - timedelta(seconds=1))).lent is not None


@pytest.mark.parametrize(
    ("roll", "says"),
    [
        (a_roll(), "@sre-leads: 3 members in Slack."),
        (a_roll(2 * FRESH), "@sre-leads: 3 members, as Slack said at {at}; it has not answered since."),
        (a_roll(LAPSES), "@sre-leads: Slack does not say who is in it, so only the roster counts."),
        (Roll(), "@sre-leads: Slack does not say who is in it, so only the roster counts."),
    ],
    ids=["fresh", "last known", "lapsed", "never"],
)
def test_approvers_read_how_old_the_word_is(roll: Roll, says: str) -> None:
    """And a strict gate says nothing of Slack."""
    groups = {"@sre-leads": GroupRule(slack_usergroup="S0LEADS000")}
    catalog = Catalog(tiers={}, people={}, roles={}, services={}, groups=groups).with_roll(roll)

    at: datetime = NOW - 2 * FRESH
    assert lent_words(GATE, catalog, NOW) == (says.format(at=f"{at:%H:%M} UTC"),)
    assert lent_words(GATE.model_copy(update={"strict": True}), catalog, NOW) == ()
