"""Whose vote counts, and when a gate is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.approval.quorum import ANY
from bot.approval.votes import GLASS, Ballot, Counted, judge, tally, withdrawn
from bot.model.errors import Refused
from bot.model.events import AbortAsked, Fact, GateOpened, RunFinished, VoteCast, VoteVoided
from bot.model.plan import GatePlan
from bot.model.run import Glass, Run
from tests.builders import ANA, BEN, CHLOE, DEV, NOW, a_person, a_plan, a_step, records_of

GATE = GatePlan(kind="approve", groups=("@sre-leads", "@eng-directors"), count=2, expires=timedelta(minutes=10))
PAIR = GatePlan(
    kind="confirm",
    roles=(("ops", ("@orders-sre",)), ("ic", ("@sre-leads", "@eng-directors"))),
    count=2,
    expires=timedelta(minutes=10),
)
PLAN = a_plan(a_step("go", kind="approve", gate=GATE))
PAIR_PLAN = a_plan(a_step("go", gate=PAIR))


def a_run(*facts: Fact, plan: Any = PLAN, typed: str | None = None) -> Run:
    opened = GateOpened(step="go", round=1, text="Go?", typed=typed, expires_at=NOW + timedelta(minutes=10))
    return Run.of(records_of(opened, *facts, plan=plan))


def ballot(person: Any = BEN, **more: Any) -> Ballot:
    return replace(Ballot("go", person, "approve", PLAN.hash), **more)


def cast(person: str, role: str = "", decision: Any = "approve", plan: Any = PLAN) -> VoteCast:
    return VoteCast(step="go", round=1, person=person, decision=decision, role=role, plan_hash=plan.hash)


def test_an_approver_counts() -> None:
    """Somebody of the group, who did not ask, on the plan as it is."""
    assert judge(a_run(), ballot(), NOW) == Counted(ANY, (ANY,))


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (ballot(ANA), "self-approval"),
        (ballot(DEV), "not-an-approver"),
        (ballot(plan_hash="0" * 64), "plan-changed"),
        (ballot(plan_hash=PLAN.hash[:8]), "plan-changed"),
        (ballot(round=0), "stale-card"),
        (ballot(round=2), "stale-card"),
        (ballot(step="scale"), "not-a-gate"),
    ],
    ids=["requester", "outsider", "other plan", "short hash", "old card", "a card of later", "no gate"],
)
def test_refuses_with_a_reason(case: Ballot, reason: str) -> None:
    """Default deny, and the person is told why."""
    with pytest.raises(Refused) as refused:
        judge(a_run(), case, NOW)
    assert refused.value.reason == reason


def test_the_requester_is_a_person_not_an_account() -> None:
    """The same person from another account is still the requester."""
    elsewhere = a_person(ANA.id, "Ana (CLI)", slack=None, cli="ana", groups=("@sre-leads",))

    with pytest.raises(Refused, match="You started this run"):
        judge(a_run(), ballot(elsewhere), NOW)


def test_one_vote_per_person() -> None:
    """The second says so."""
    with pytest.raises(Refused) as refused:
        judge(a_run(cast("ben")), ballot(), NOW)
    assert refused.value.reason == "second-vote"


def test_a_voided_approval_takes_no_denial_with_it() -> None:
    """Deny by anybody wins: whatever becomes of the approvals of the same person, their denial stands."""
    said = [cast("ben", decision="deny"), cast("ben"), cast("chloe")]

    run = a_run(*said, VoteVoided(step="go", round=1, person="ben", why="left the group"))

    assert tally(GATE, run.steps["go"].votes).denied_by == ("ben",)
    assert [vote.decision for vote in run.steps["go"].votes] == ["deny", "approve"]


def test_an_expired_gate_takes_no_vote() -> None:
    """Ten minutes are ten minutes."""
    due = NOW + timedelta(minutes=10)

    assert judge(a_run(), ballot(), due - timedelta(microseconds=1)).role == ANY
    with pytest.raises(Refused) as refused:
        judge(a_run(), ballot(), due)
    assert refused.value.reason == "expired"


def a_glass(person: str = "gus") -> Glass:
    return Glass(person, person, "go", "nobody else is awake", NOW, NOW + timedelta(hours=1), ("@glass",))


def test_whoever_breaks_the_glass_after_they_agreed_is_enough() -> None:
    """They said yes as one of two, and nobody else came."""
    run = a_run(cast("ben"), cast("ben", role=GLASS))

    assert tally(GATE, run.steps["go"].votes).granted


@pytest.mark.parametrize(("gone", "void"), [({"ben"}, []), ({"gus"}, ["gus"]), ({"ben", "gus"}, ["ben", "gus"])])
def test_a_grant_stands_while_those_who_are_left_are_enough(gone: set[str], void: list[str]) -> None:
    """One of two approvers left the group; the one who lifted the quorum did not, or did, too.

    Slack lends nobody the glass: whoever broke it is looked for on the roster.
    """
    votes = a_run(cast("ben"), cast("gus", role=GLASS)).steps["go"].votes

    def objection(person: str, groups: tuple[str, ...], by_roster: bool) -> str:
        assert by_roster or groups != ("@glass",)
        return "left" if person in gone else ""

    assert [vote.person for vote in withdrawn(GATE, votes, (a_glass(),), objection)] == void


@pytest.mark.parametrize("end", [AbortAsked(), RunFinished(outcome="completed")])
def test_a_run_that_is_over_takes_no_vote(end: Fact) -> None:
    """Nothing is left to approve."""
    with pytest.raises(Refused) as refused:
        judge(a_run(end), ballot(), NOW)
    assert refused.value.reason == "run-over"


@pytest.mark.parametrize(
    ("typed", "counts"), [("orders-api us-west-2", True), ("orders-api us-east-1", False), ("", False)]
)
def test_the_typed_phrase_is_exact(typed: str, counts: bool) -> None:
    """Naming the target is part of agreeing."""
    run = a_run(typed="orders-api us-west-2")
    if counts:
        assert judge(run, ballot(typed=typed), NOW).role == ANY
        return
    with pytest.raises(Refused) as refused:
        judge(run, ballot(typed=typed), NOW)
    assert refused.value.reason == "phrase-mismatch"


def test_a_denial_needs_no_phrase() -> None:
    """Stopping must be easy."""
    assert judge(a_run(typed="orders-api us-west-2"), ballot(decision="deny"), NOW) == Counted("", ())


def test_the_requester_may_deny() -> None:
    """Only approving one's own request is banned... and only members may say no."""
    lead = a_person(ANA.id, groups=("@sre-leads",))

    assert judge(a_run(), ballot(lead, decision="deny"), NOW) == Counted("", ())


def test_each_role_is_filled_by_another_person() -> None:
    """Challenge and response: whoever called it does not confirm it."""
    run = a_run(cast("ana", "ops", plan=PAIR_PLAN), plan=PAIR_PLAN)

    assert judge(run, ballot(CHLOE, plan_hash=PAIR_PLAN.hash), NOW) == Counted("ic", ("ic",))
    with pytest.raises(Refused) as refused:
        judge(run, ballot(DEV, plan_hash=PAIR_PLAN.hash), NOW)
    assert refused.value.reason == "role-taken"


def test_a_confirmation_raised_to_the_floor_takes_further_people() -> None:
    """One role is named and the risk asks for two people: the second is anybody of the groups but the requester."""
    gate = PAIR.model_copy(update={"roles": PAIR.roles[:1], "count": 2})
    plan = a_plan(a_step("go", gate=gate))
    run = a_run(cast("eve", "ops", plan=plan), plan=plan)

    assert judge(run, ballot(DEV, plan_hash=plan.hash), NOW).role == ANY
    with pytest.raises(Refused) as refused:
        judge(run, ballot(ANA, plan_hash=plan.hash), NOW)
    assert refused.value.reason == "self-approval"
    done = a_run(cast("eve", "ops", plan=plan), cast("dev", "", plan=plan), plan=plan)
    assert tally(gate, done.steps["go"].votes).granted


@pytest.mark.parametrize(
    ("votes", "granted"),
    [
        ([("ben", "approve")], False),
        ([("ben", "approve"), ("ben", "approve")], False),
        ([("ben", "approve"), ("chloe", "approve")], True),
        ([("ben", "approve"), ("chloe", "approve"), ("dev", "deny")], False),
    ],
)
def test_the_quorum_is_exact(votes: list[tuple[str, str]], granted: bool) -> None:
    """Distinct people, and one no wins."""
    run = a_run(*(cast(person, decision=decision) for person, decision in votes))

    assert tally(GATE, run.steps["go"].votes).granted is granted
