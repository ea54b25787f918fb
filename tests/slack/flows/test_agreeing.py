"""Approvals, the point of no return, and clicks that come too late."""

from __future__ import annotations

from bot.local.workspace.words import action_ids, elements, text_of
from bot.model.events import StepSettled, VoteCast
from bot.model.step_run import Phase
from tests.journeys.cast import dates, form, has
from tests.slack.flows.conftest import STEPS, Play, is_done, said

OPEN, FORM = has("gate.approve"), form("gate.submit")
PHRASE = {"typed": "orders-api us-west-2"}
BOTH = {"en": "operations and incident commander", "ko": "운영, 인시던트 지휘자(IC)"}


async def test_an_approval_is_asked_in_the_channel_and_counts_two_people(play: Play) -> None:
    """Carol asked for it, a guest reads along; Alice and Bob type the phrase, and the message tells the count."""
    cast = play.cast
    run = await play.a_run(play.bench.gate())
    ask = await cast.alice.wait_for(OPEN)
    await cast.carol.click(ask["ts"], "gate.approve")
    own = await cast.hears(cast.carol, "You started this run, so your approval does not count. Ask another approver.")
    await cast.erin.click(ask["ts"], "gate.approve")
    await cast.hears(cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await cast.alice.click(ask["ts"], "gate.approve")
    await cast.alice.wait_for_view(FORM)
    slip = await cast.alice.submit({"typed": "orders us-west-2"})
    await cast.alice.submit({**PHRASE, "comment": "The region's own status page is red."})
    once = await cast.dave.wait_for(lambda m: m["ts"] == ask["ts"] and "Alice Kim" in _tally(m, play, 1))
    await cast.bob.click(ask["ts"], "gate.approve")
    await cast.bob.wait_for_view(FORM)
    await cast.bob.submit(PHRASE)
    done = await cast.dave.wait_for(lambda m: m["ts"] == ask["ts"] and not action_ids(m))
    await play.agreed(run, "declare", "alice", "bob")

    assert "thread_ts" not in ask
    assert not ask.get("is_ephemeral")
    assert {"<@U01ALICE00>", "<@U02BOB0000>", "<@U06MIN0000>"} <= set(said(ask).replace(",", " ").split())
    assert "@sre-leads" in said(ask)
    assert slip["errors"] == {"typed": cast.says("Type exactly: {phrase}", phrase=PHRASE["typed"])}
    assert own["ts"] not in {message["ts"] for message in await cast.alice.messages()}, "only Carol is told"
    assert dates(once), "when each of them said so, in the reader's zone"
    assert "The region's own status page is red." in said(once)
    assert cast.says("*APPROVED.* The run goes on.") in text_of(done)
    votes = [each.fact for each in await play.bench.desk.records(run.id) if isinstance(each.fact, VoteCast)]
    assert [vote.person for vote in votes] == ["alice", "bob"]


async def test_the_point_of_no_return_takes_two_roles_and_a_phrase(play: Play) -> None:
    """Carol calls it as ops, Alice confirms as commander; Dave is neither, and Carol cannot be both."""
    cast = play.cast
    run = await play.a_run(steps=STEPS)
    asked = play.bench.gate().model_copy(update={"step": "promote_db", "typed": "orders-db us-west-2"})
    await play.bench.tell(run.id, asked)
    ask = await cast.alice.wait_for(OPEN)
    await cast.fay.click(ask["ts"], "gate.approve")
    await cast.fay.wait_for(lambda m: bool(m.get("is_ephemeral")) and "U07FAY0000" in said(m))
    await cast.dave.click(ask["ts"], "gate.approve")
    neither = await cast.dave.wait_for(lambda m: bool(m.get("is_ephemeral")))
    await cast.carol.click(ask["ts"], "gate.approve")
    question = await cast.carol.wait_for_view(FORM)
    await cast.carol.submit({"typed": "orders-db us-west-2"})
    called = await cast.bob.wait_for(lambda m: m["ts"] == ask["ts"] and cast.says("operations") in _tally(m, play, 1))
    await cast.carol.click(called["ts"], "gate.approve")
    await cast.hears(cast.carol, "You have voted on this already; it needs {asked}.", asked=BOTH[cast.language])
    await cast.alice.click(called["ts"], "gate.approve")
    await cast.alice.wait_for_view(FORM)
    await cast.alice.submit({"typed": "orders-db us-west-2"})
    await cast.bob.wait_for(lambda m: m["ts"] == ask["ts"] and not action_ids(m))

    votes = [each.fact for each in await play.bench.desk.records(run.id) if isinstance(each.fact, VoteCast)]
    assert [(vote.person, vote.role) for vote in votes] == [("carol", "ops"), ("alice", "ic")]
    assert "Dave Lund" in said(neither)
    assert cast.says("⚑ *This is the point of no return.* From here the way is forward.") in text_of(ask)
    assert {each["action_id"]: each.get("style") for each in elements(ask)} == {
        "gate.approve": "danger", "gate.deny": None,
    }  # fmt: skip
    assert "focus_on_load" not in str(question), "nothing that cannot be taken back is one Enter away"


async def test_a_click_that_comes_too_late_is_answered_and_not_obeyed(play: Play) -> None:
    """Four people press what an old copy still shows them; each is told, and each attempt is on record, once."""
    cast, bench = play.cast, play.bench
    run = await play.a_run(bench.gate())
    card, ask = await cast.carol.wait_for(has("run.pause")), await cast.alice.wait_for(OPEN)
    old_card, old_ask = play.frozen(card), play.frozen(ask)
    await bench.tell(run.id, bench.gate(2))
    await cast.alice.click(old_ask["ts"], "gate.approve")
    await cast.alice.wait_for(lambda m: bool(m.get("is_ephemeral")))
    await cast.bob.command("/dr pause orders-api")
    await play.until(lambda run: run.paused, run.id)
    await cast.dave.click(old_card["ts"], "run.pause")
    told = await cast.dave.wait_for(lambda m: bool(m.get("is_ephemeral")))
    await cast.bob.command("/dr resume orders-api")
    await play.until(lambda run: not run.paused, run.id)
    await play.agreed(run, "declare", "alice", "bob")
    await bench.tell(run.id, bench.by_hand())
    hand = await cast.carol.wait_for(has("manual.answer"))
    old_hand = play.frozen(hand)
    await bench.tell(run.id, StepSettled(step="allowlist", seen="PSP-4711", how="answered"))
    await cast.carol.click(old_hand["ts"], "manual.answer")
    await cast.reads(cast.carol, "This card is old: the run has moved on since it was drawn. "
                                 "Look at the current one before you decide.")  # fmt: skip

    assert await play.refusals(run) == [
        (who, "stale-card") for who in ("Alice Kim", "Dave Lund", "Carol Díaz")
    ]  # fmt: skip
    assert cast.says("Open the current run card") in text_of(told)
    assert is_done("allowlist")(await bench.desk.run(run.id))
    assert (await bench.desk.run(run.id)).steps["declare"].phase is Phase.SETTLED


def _tally(message: dict[str, object], play: Play, given: int) -> str:
    """The part of a request that tells who has agreed; empty before."""
    count = play.cast.says("{given} of {count}", given=given, count=2)
    return text_of(message).partition(f"*{count}*")[2]
