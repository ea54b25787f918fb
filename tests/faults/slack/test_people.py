"""Rows 43-46, 50 and 52: who clicks what, when, and how often."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.approval.votes import Ballot
from bot.local.workspace.person import Person
from bot.local.workspace.words import text_of
from bot.model.errors import Refused
from bot.model.events import ActionRefused, GateExpired, RunPaused, VoteCast
from bot.usecases.decide import vote
from bot.usecases.desk import Caller
from tests.slack.conftest import Bench
from tests.slack.test_outbox import until

PHRASE = {"typed": "orders-api us-west-2"}


async def votes(bench: Bench, run: str) -> list[str]:
    facts = [record.fact for record in await bench.desk.records(run)]
    return [fact.person for fact in facts if isinstance(fact, VoteCast)]


async def refusals(bench: Bench, run: str) -> list[str]:
    facts = [record.fact for record in await bench.desk.records(run)]
    return [fact.reason for fact in facts if isinstance(fact, ActionRefused)]


async def ready(person: Person, ts: str) -> None:
    await person.click(ts, "gate.approve")
    await person.wait_for_view(lambda view: view["callback_id"] == "gate.submit")


async def test_row_43_a_double_click_is_one_approval(bench: Bench) -> None:
    """The form submitted twice at once: one vote, the second is told that it voted already."""
    async with bench.door(), bench.person("alice") as alice:
        run = await bench.a_run(bench.gate())
        ask = await alice.wait_for_text("Approval needed")
        await ready(alice, ask["ts"])
        await alice.submit(PHRASE)
        await until(lambda: _voted(bench, run.id, 1))

        await alice.click(ask["ts"], "gate.approve")
        view = await alice.wait_for_view(lambda view: "voted on this already" in text_of(view))

    assert view
    assert await votes(bench, run.id) == ["alice"]
    assert await refusals(bench, run.id) == ["second-vote"]


async def test_row_44_two_people_at_the_same_instant_on_two_replicas_both_count(bench: Bench) -> None:
    """The quorum of two is met by exactly two votes, whichever replica took which."""
    async with bench.door("bot-1"), bench.door("bot-2"), bench.person("alice") as alice, bench.person("bob") as bob:
        run = await bench.a_run(bench.gate())
        ask = await alice.wait_for_text("Approval needed")
        await asyncio.gather(ready(alice, ask["ts"]), ready(bob, ask["ts"]))

        await asyncio.gather(alice.submit(PHRASE), bob.submit(PHRASE))
        await until(lambda: _voted(bench, run.id, 2))
        shown = await alice.wait_for_text("APPROVED")

    assert sorted(await votes(bench, run.id)) == ["alice", "bob"]
    assert "2 of 2" in text_of(shown)


async def _voted(bench: Bench, run: str, count: int) -> bool:
    return len(await votes(bench, run)) == count


async def test_row_45_a_click_on_an_old_card_is_refused_with_a_link_to_the_new_one(bench: Bench) -> None:
    """The run moved on between the drawing and the click."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        card = await carol.wait_for_text("RTO, time to be back")
        await carol.wait_for_text("The plan")
        bench.slack.faults.active.clear()
        old = next(b for b in card["blocks"] if b["type"] == "actions" and "run.pause" in str(b))
        await bench.tell(run.id, RunPaused(why="elsewhere"))
        bench.slack.world.channel("C0INCIDENTS").messages[card["ts"]]["blocks"] = [old]

        await carol.click(card["ts"], "run.pause")
        said = await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))

    assert "This card is old" in text_of(said)
    assert "/archives/C0INCIDENTS/" in text_of(said)
    assert await refusals(bench, run.id) == ["stale-card"]


async def test_row_46_a_click_after_expiry_is_refused_and_a_fresh_request_counts(bench: Bench) -> None:
    """Nothing approves itself late; the next round does."""
    async with bench.door(), bench.person("alice") as alice:
        run = await bench.a_run(bench.gate())
        ask = await alice.wait_for_text("Approval needed")
        bench.clock.ahead += timedelta(minutes=11)
        await alice.click(ask["ts"], "gate.approve")
        await alice.wait_for_view(lambda view: "This request has expired" in text_of(view))
        await alice.close_view()
        await bench.tell(run.id, GateExpired(step="declare", round=1, then="escalate"), bench.gate(2))

        fresh = await alice.wait_for(lambda m: m["ts"] != ask["ts"] and "Approval needed" in text_of(m))
        await ready(alice, fresh["ts"])
        await alice.submit(PHRASE)
        await until(lambda: _voted(bench, run.id, 1))

    assert await refusals(bench, run.id) == ["expired"]


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("is_restricted", True, "guest-account"),
        ("is_bot", True, "bot-account"),
        ("deleted", True, "deactivated-account"),
        ("team_id", "T0ELSEWHERE", "other-team"),
        ("is_stranger", True, "other-team"),
        ("is_ultra_restricted", True, "guest-account"),
    ],
)
async def test_row_50_outsiders_are_refused_and_on_record(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, field: str, value: object, reason: str
) -> None:
    """Even with a name on the roster: what Slack says of the account decides, and the attempt is on record."""
    member = bench.slack.world.member("alice")
    as_slack = type(member).as_slack

    def other(self: object, *asked: bool, **named: bool) -> dict[str, object]:
        told = as_slack(self, *asked, **named)  # type: ignore[arg-type]
        return told | {field: value} if told["id"] == member.id else told

    monkeypatch.setattr(type(member), "as_slack", other)
    async with bench.door(), bench.person("alice") as alice:
        run = await bench.a_run(bench.gate())
        ask = await alice.wait_for_text("Approval needed")

        await alice.click(ask["ts"], "gate.approve")
        await until(lambda: _refused(bench, run.id))

    assert await refusals(bench, run.id) == [reason]
    assert await votes(bench, run.id) == []


async def _refused(bench: Bench, run: str) -> bool:
    return bool(await refusals(bench, run))


@pytest.mark.parametrize("via", ["slack", "cli"])
async def test_row_52_the_requester_is_one_person_at_every_door(bench: Bench, via: str) -> None:
    """Started in Slack, approved from a terminal or anywhere else: the same roster entry, so refused."""
    run = await bench.a_run(bench.gate())
    carol = Caller(bench.desk.library().catalog.people["carol"], via)
    ballot = Ballot("declare", carol.person, "approve", run.plan.hash, typed="orders-api us-west-2", round=1)

    with pytest.raises(Refused, match="your approval does not count"):
        await vote(bench.desk, run.id, carol, ballot)

    assert await refusals(bench, run.id) == ["self-approval"]


async def test_row_52_one_vote_in_slack_and_one_in_a_terminal_are_one_person(bench: Bench) -> None:
    """Two doors do not make two approvers."""
    run = await bench.a_run(bench.gate())
    alice = bench.desk.library().catalog.people["alice"]
    ballot = Ballot("declare", alice, "approve", run.plan.hash, typed="orders-api us-west-2", round=1)
    await vote(bench.desk, run.id, Caller(alice, "slack"), ballot)

    with pytest.raises(Refused, match="voted on this already"):
        await vote(bench.desk, run.id, Caller(alice, "cli"), ballot)

    assert await votes(bench, run.id) == ["alice"]
