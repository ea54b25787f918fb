"""Breaking the glass: one person of the group, with a reason and a phrase, for a while; another one reviews it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.approval.glass import glass_words, open_glasses, phrase
from bot.approval.votes import Ballot, fallen, tally
from bot.engine.machine import Begin, moves
from bot.language import speaking
from bot.model.errors import Refused
from bot.model.events import ActionRefused, GateGranted, GateOpened
from bot.model.run import Run
from bot.model.service import BreakGlass
from bot.slack.views.glass import announcement
from bot.timeline.build import build_timeline
from bot.usecases.decide import break_glass, review, vote
from tests.builders import ANA, BEN, CHLOE, DEV, NOW, a_gate, a_person, a_plan, a_step, records_of
from tests.usecases.desks import Office, a_catalog, caller

GUS = a_person("gus", "Gus Brandt", groups=("@glass",))
RULE = BreakGlass(groups=("@glass",), channel="#exec")
CATALOG = a_catalog(people={each.id: each for each in (ANA, BEN, CHLOE, DEV, GUS)}, break_glass=RULE)
WHY = "the whole board is on one plane"
PLAN = a_plan(a_step("promote_db", gate=a_gate(2, strict=True)), a_step("shift", needs=("promote_db",), gate=a_gate(2)))


async def an_office(**catalog: Any) -> Office:
    office = await Office.open(PLAN, CATALOG.model_copy(update=catalog))
    opened = GateOpened(step="promote_db", text="Go?", typed="orders-global", expires_at=NOW + timedelta(minutes=10))
    await office.tell(opened)
    return office


def ballot(**more: Any) -> Ballot:
    return replace(Ballot("promote_db", GUS, "approve", PLAN.hash, "break glass orders-global"), **more)


def granted(run: Run) -> bool:
    gate = run.plan.step("promote_db").gate
    return gate is not None and tally(gate, run.steps["promote_db"].votes).granted


async def test_one_person_of_the_group_is_enough() -> None:
    """With the reason and the phrase; the gate opens, and the step behind it begins."""
    office = await an_office()

    run = await break_glass(office.desk, PLAN.run, caller(GUS), ballot(), WHY)

    assert granted(run)
    assert (run.glasses[0].person, run.glasses[0].until - NOW) == ("gus", timedelta(hours=1))
    after = await office.tell(GateGranted(step="promote_db", by=("gus",)))
    begun = [
        move
        for move in moves(after, NOW, lambda person, groups, by_roster: "" if person == "gus" else "{name} left")
        if isinstance(move, Begin)
    ]
    assert [move.step.id for move in begun] == ["promote_db"]


@pytest.mark.parametrize(
    ("who", "cast", "why", "reason"),
    [
        (BEN, ballot(person=BEN), WHY, "no-break-glass"),
        (GUS, ballot(), "it is urgent", "short-reason"),
        (GUS, ballot(), "   it is urgent        ", "short-reason"),
        (GUS, ballot(typed="orders-global"), WHY, "phrase-mismatch"),
        (GUS, ballot(plan_hash="0" * 64), WHY, "plan-changed"),
        (GUS, ballot(step="shift"), WHY, "gate-closed"),
        (GUS, ballot(round=7), WHY, "stale-card"),
    ],
    ids=["outsider", "short", "blank", "phrase", "plan", "closed", "old card"],
)  # fmt: skip
async def test_it_lifts_nothing_but_the_quorum(who: Any, cast: Ballot, why: str, reason: str) -> None:
    """Everything else still holds, and the attempt is on record."""
    office = await an_office()

    with pytest.raises(Refused) as refused:
        await break_glass(office.desk, PLAN.run, caller(who), cast, why)

    told = [record.fact for record in await office.records() if isinstance(record.fact, ActionRefused)]
    assert refused.value.reason == reason
    assert [fact.reason for fact in told] == [reason]


async def test_without_the_setting_nobody_may() -> None:
    """A catalogue that names no group has no glass."""
    office = await an_office(break_glass=None)

    with pytest.raises(Refused) as refused:
        await break_glass(office.desk, PLAN.run, caller(GUS), ballot(), WHY)
    assert refused.value.reason == "no-break-glass"


async def test_of_two_broken_glasses_the_one_of_the_voter_counts() -> None:
    """Somebody else's, over or given by a group that is left, takes nothing from it; the reason is the vote's word."""
    hal = a_person("hal", "Hal Oyo", groups=("@glass",))
    office = await an_office(people={**CATALOG.people, "hal": hal})
    await break_glass(office.desk, PLAN.run, caller(hal), ballot(person=hal), WHY)
    run = await break_glass(office.desk, PLAN.run, caller(GUS), ballot(), WHY)
    gate, votes = run.gate("promote_db"), run.steps["promote_db"].votes
    assert gate is not None

    def left(person: str, groups: tuple[str, ...], by_roster: bool) -> str:
        return "left" if person == "hal" else ""

    assert [vote.person for vote in fallen(gate, votes, run.glasses, office.clock.now(), left)] == ["hal"]
    assert [vote.comment for vote in votes] == [WHY, WHY]


async def test_a_denial_still_wins() -> None:
    """Anybody who may vote stops it."""
    office = await an_office()
    await vote(office.desk, PLAN.run, caller(BEN), Ballot("promote_db", BEN, "deny", PLAN.hash))

    run = await break_glass(office.desk, PLAN.run, caller(GUS), ballot(), WHY)

    assert not granted(run)


async def test_it_counts_for_later_gates_of_this_run_for_an_hour() -> None:
    """An ordinary vote of the same person is enough then; after the hour they are nobody again."""
    office = await an_office()
    await break_glass(office.desk, PLAN.run, caller(GUS), ballot(), WHY)
    await office.tell(GateOpened(step="shift", text="Go?", expires_at=NOW + timedelta(hours=3)))
    late = Ballot("shift", GUS, "approve", PLAN.hash)

    office.clock.wind(timedelta(hours=1))
    with pytest.raises(Refused) as refused:
        await vote(office.desk, PLAN.run, caller(GUS), late)
    office.clock.wind(timedelta(seconds=-1))
    run = await vote(office.desk, PLAN.run, caller(GUS), late)

    assert refused.value.reason == "not-an-approver"
    assert run.steps["shift"].votes[0].role == "break-glass"


async def test_it_stays_red_until_another_person_has_reviewed_it() -> None:
    """Not the one who broke it; in every door's words, and among what is left to do."""
    office = await an_office()
    run = await break_glass(office.desk, PLAN.run, caller(GUS), ballot(), WHY)
    red = glass_words(run)
    left = build_timeline(await office.records(), as_of=NOW).left_over

    with pytest.raises(Refused) as own:
        await review(office.desk, PLAN.run, caller(GUS), "it was right")
    after = await review(office.desk, PLAN.run, caller(DEV), "nobody could be reached; it was right")

    assert WHY in red
    assert [item.text for item in left] == [red]
    assert own.value.reason == "own-glass"
    assert (open_glasses(after), glass_words(after)) == ((), "")
    assert (after.glasses[0].reviewed_by, after.glasses[0].remark) == (
        DEV.name,
        "nobody could be reached; it was right",
    )
    with pytest.raises(Refused) as twice:
        await review(office.desk, PLAN.run, caller(BEN), "again")
    assert twice.value.reason == "nothing-to-review"


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_second_channel_reads_who_why_and_what_to_do(language: Any) -> None:
    """Until it is reviewed, and by whom afterwards."""
    office = await an_office()
    run = await break_glass(office.desk, PLAN.run, caller(GUS), ballot(), WHY)
    after = await review(office.desk, PLAN.run, caller(DEV), "it was right")

    with speaking(language):
        before, closed = announcement(run, run.glasses[0]), announcement(after, after.glasses[0])

    assert all(words in before.text for words in (GUS.name, WHY, f"/dr review {PLAN.run}"))
    assert all(words in closed.text for words in (GUS.name, DEV.name, "it was right"))
    assert "/dr review" not in closed.text


def test_the_phrase_names_the_gate_s_own() -> None:
    """And the service where the gate has none."""
    assert phrase(Run.of(records_of(plan=PLAN)), "promote_db") == "break glass orders-api"
