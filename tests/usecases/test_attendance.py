"""Approvals right before a step is sent: the roster and Slack are asked again, and silence is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import pytest

from bot.engine.machine import Begin, Write, moves
from bot.model.action import Risk
from bot.model.events import (
    GateGranted,
    GateOpened,
    PersonChose,
    RunCreated,
    StepNeedsPerson,
    StepSettled,
    VoteCast,
    VoteVoided,
)
from bot.model.people import BOT, Person
from bot.model.plan import GatePlan
from bot.model.roll import Account, Lent, Membership, Roll, unlisted_person
from bot.model.run import Run
from bot.model.service import Catalog, GroupRule
from bot.usecases.attendance import Attendance, roll_of
from tests.builders import BEN, CHLOE, NOW, Story, a_gate, a_plan, a_step, records_of

FRANK = unlisted_person("U09FRANK00", "Frank")
CATALOG = Catalog(
    tiers={}, people={each.id: each for each in (BEN, CHLOE)}, roles={}, services={},
    groups={"@sre-leads": GroupRule(slack_usergroup="S0LEADS000")},
)  # fmt: skip


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def new_id(self) -> str:
        return "id"


class Slack:
    """Says what it is told to say, and remembers what it was asked."""

    def __init__(self, roll: Roll) -> None:
        self.roll = roll
        self.asked: list[tuple[dict[str, str], tuple[str, ...]]] = []

    async def look(self, groups: Mapping[str, str], accounts: Collection[str]) -> Roll:
        self.asked.append((dict(groups), tuple(accounts)))
        return self.roll


def a_run(*voters: Person, gate: GatePlan, granted: bool = True) -> Run:
    plan = a_plan(a_step("promote_db", gate=gate))
    story = Story(plan)
    story.tell(RunCreated(plan=plan))
    story.tell(GateOpened(step="promote_db", text="Promote?", expires_at=NOW.replace(year=2030)))
    for person in voters:
        lent = Lent(groups=("@sre-leads",), at=NOW) if person is FRANK else None
        cast = VoteCast(
            step="promote_db", round=1, person=person.id, decision="approve", plan_hash=plan.hash, lent=lent
        )
        story.tell(cast, by=person)
    if granted:
        story.tell(GateGranted(step="promote_db", by=tuple(person.id for person in voters)))
    return Run.of(story.records)


def a_roll(*, members: tuple[str, ...] = (), gone: tuple[str, ...] = (), age: timedelta = timedelta(0)) -> Roll:
    said = {"@sre-leads": Membership(usergroup="S0LEADS000", accounts=members, at=NOW - age)}
    accounts = [each.slack or "" for each in (BEN, CHLOE, FRANK)]
    seen = {each: Account(account=each, is_active=each not in gone, at=NOW - age) for each in accounts}
    return Roll(groups=said, accounts=seen)


async def what_follows(run: Run, slack: Slack) -> list[object]:
    roster = Attendance(lambda: CATALOG, slack, Clock())
    await roster.call(run)
    return [move.fact if isinstance(move, Write) else move for move in moves(run, NOW, roster.objection)]


async def test_an_account_that_was_deactivated_meanwhile_voids_its_vote_and_people_are_asked_again() -> None:
    """The roster still lists Ben; Slack does not."""
    run = a_run(BEN, CHLOE, gate=a_gate(2))

    facts = await what_follows(run, Slack(a_roll(gone=(BEN.slack or "",))))

    void, again = facts
    assert isinstance(void, VoteVoided)
    assert isinstance(again, GateOpened)
    assert (void.person, again.round) == ("ben", 2)
    assert "no full member's any more" in void.why


async def test_approvers_who_stand_let_the_step_begin() -> None:
    """Slack is asked about exactly those whose votes carry it."""
    slack = Slack(a_roll())
    facts = await what_follows(a_run(BEN, CHLOE, gate=a_gate(2)), slack)

    assert [type(fact) for fact in facts] == [Begin]
    assert slack.asked == [({"@sre-leads": "S0LEADS000"}, (BEN.slack, CHLOE.slack))]


@pytest.mark.parametrize(("strict", "still"), [(False, True), (True, False)], ids=["R2", "R3"])
async def test_slacks_word_carries_a_vote_below_r3_only(strict: bool, still: bool) -> None:
    """Frank is on no roster."""
    gate = GatePlan(kind="approve", groups=("@sre-leads",), count=1, expires=timedelta(minutes=10), strict=strict)
    facts = await what_follows(a_run(FRANK, gate=gate), Slack(a_roll(members=(FRANK.slack or "",))))

    assert (type(facts[0]) is Begin) is still


async def test_who_left_the_user_group_approved_nothing() -> None:
    """The gate asks again."""
    gate = GatePlan(kind="approve", groups=("@sre-leads",), count=1, expires=timedelta(minutes=10))
    facts = await what_follows(a_run(FRANK, gate=gate), Slack(a_roll()))

    assert [type(fact) for fact in facts] == [VoteVoided, GateOpened]


async def test_slack_is_asked_again_before_a_retry() -> None:
    """Whoever left while the step failed and people thought approved nothing of what comes next."""
    run = a_run(FRANK, gate=a_gate(1))
    asked = StepNeedsPerson(step="promote_db", why="denied", choices=("retry",))
    for seq, fact in enumerate((asked, PersonChose(step="promote_db", choice="retry")), start=run.seq + 1):
        run = run.foreseen(fact, NOW, 0, BOT, seq=seq)

    found = await what_follows(run, Slack(a_roll()))

    assert [type(each) for each in found] == [VoteVoided, GateOpened]


@pytest.mark.parametrize(
    ("age", "told"), [(timedelta(minutes=5), False), (timedelta(minutes=20), True)], ids=["answers", "silent"]
)
async def test_a_silent_slack_is_told_with_the_time_of_its_last_word(age: timedelta, told: bool) -> None:
    """The last word stands; the intent says how old it is."""
    run = a_run(BEN, CHLOE, gate=a_gate(2))
    roster = Attendance(lambda: CATALOG, Slack(a_roll(age=age)), Clock())

    await roster.call(run)

    assert roster.vouched_at(run, "promote_db") == (NOW - age if told else None)
    assert [type(move) for move in moves(run, NOW, roster.objection)] == [Begin]


async def test_a_run_without_votes_asks_slack_nothing() -> None:
    """Waiting costs no requests."""
    slack = Slack(a_roll())
    await Attendance(lambda: CATALOG, slack, Clock()).call(a_run(gate=a_gate(2), granted=False))

    assert slack.asked == []


async def test_whoever_let_the_whole_plan_pass_is_looked_at_before_the_step_that_rests_on_it() -> None:
    """Frank has left the user group since; nobody was asked about him while the gate was long settled."""
    slack = Slack(a_roll())
    run, roster = let_pass(FRANK), Attendance(lambda: CATALOG, slack, Clock())

    before = [type(move) for move in moves(run, NOW, roster.objection)]
    await roster.call(run)
    after = [move.fact.kind for move in moves(run, NOW, roster.objection) if isinstance(move, Write)]

    assert before == [Begin], "Slack was not asked yet; it is before the intent is written"
    assert after == ["vote_voided", "change_found", "gate_opened"]
    assert slack.asked == [({"@sre-leads": "S0LEADS000"}, (FRANK.slack,))]


async def test_the_age_of_slacks_word_is_told_of_those_further_up_too() -> None:
    """The step has no votes of its own; it rests on the gate's."""
    roster = Attendance(lambda: CATALOG, Slack(a_roll(age=timedelta(minutes=20))), Clock())
    run = let_pass(BEN)

    await roster.call(run)

    assert roster.vouched_at(run, "cut") == NOW - timedelta(minutes=20)


def let_pass(voter: Person) -> Run:
    """A run whose whole plan this person let pass, with a disruptive step that may begin now."""
    go = a_step("go", kind="approve", gate=a_gate(1, groups=("@sre-leads",)))
    plan = a_plan(go, a_step("cut", risk=Risk.DISRUPTIVE, needs=("go",)))
    facts = (
        GateOpened(step="go", text="Go?", expires_at=NOW.replace(year=2030)),
        VoteCast(step="go", round=1, person=voter.id, decision="approve", plan_hash=plan.hash),
        GateGranted(step="go", by=(voter.id,)),
        StepSettled(step="go", seen="granted", how="granted"),
    )
    return Run.of(records_of(*facts, plan=plan))


async def test_an_account_is_asked_about_where_slack_feeds_no_group() -> None:
    """Who was deactivated decides nothing, whatever the gate asks."""
    slack = Slack(Roll())
    gate = a_gate(groups=("@eng-directors",))

    await roll_of(slack, CATALOG, [gate, None], [BEN])
    await roll_of(slack, CATALOG, [gate], [])

    assert slack.asked == [({}, (BEN.slack,))]
