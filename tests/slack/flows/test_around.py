"""Around a run: what waits for whom, what is refused and how, and the ways to steer, stop or replace it."""

from __future__ import annotations

from datetime import timedelta

from bot.local.workspace.words import action_ids, text_of
from bot.model.events import RunFinished
from bot.model.run import Status
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run
from tests.journeys.cast import form, has
from tests.slack.flows.conftest import STEPS, Play, begun, said
from tests.slack.test_outbox import until

PHRASE = {"typed": "orders-api us-west-2"}


async def test_home_shows_everybody_what_is_theirs(play: Play) -> None:
    """Alice is asked to agree, Carol to work, Dave may look on, Fay reads that she is on no roster; one click away."""
    cast, bench = play.cast, play.bench
    run = await play.a_run(bench.gate())
    await cast.alice.open_home()
    asked = await cast.alice.wait_for_home(lambda view: cast.says("Approve or deny") in text_of(view))
    await cast.alice.press("gate.approve", view_id=asked["id"])
    await cast.alice.wait_for_view(form("gate.submit"))
    await cast.alice.submit(PHRASE)
    await play.until(lambda run: len(run.steps["declare"].votes) == 1, run.id)
    await cast.alice.open_home()
    voted = await cast.alice.wait_for_home(lambda view: cast.says("Nothing waits for you.") in text_of(view))
    await play.agreed(run, "declare", "alice", "bob")
    await bench.tell(run.id, bench.by_hand())
    await cast.carol.open_home()
    work = await cast.carol.wait_for_home(lambda view: cast.says("Do by hand") in text_of(view))
    await cast.carol.press("manual.answer", view_id=work["id"])
    await cast.carol.wait_for_view(form("manual.submit"))
    await cast.carol.close_view()
    await cast.dave.open_home()
    looks = await cast.dave.wait_for_home(lambda view: run.id in text_of(view))
    await cast.fay.open_home()
    stranger = await cast.fay.wait_for_home(lambda view: "catalog.yaml" in text_of(view))

    assert "gate.approve" not in action_ids(voted)
    assert cast.says("Nothing waits for you.") in text_of(looks)
    assert [each for each in action_ids(stranger) if each.startswith(("gate.", "manual."))] == []
    for view in (asked, work, looks, stranger):
        assert "Orders API" in text_of(view)
        assert text_of(view).count("• ") <= 40, "at most ten rows of each of four kinds"


async def test_dr_alone_says_what_is_possible_now(play: Play) -> None:
    """Carol may start, Alice is asked, Fay may look, a guest is sent away; each is told what is theirs."""
    cast, bench = play.cast, play.bench
    await cast.carol.command("/dr")
    first = await cast.hears(cast.carol, "You may start")
    run = await play.a_run(bench.gate())
    await cast.alice.wait_for(has("gate.approve"))
    await cast.alice.command("/dr")
    asked = await cast.hears(cast.alice, "Waiting for you")
    await cast.fay.command("/dr help")
    looking = await cast.fay.wait_for(lambda m: bool(m.get("is_ephemeral")) and "catalog.yaml" in text_of(m))
    await cast.erin.command("/dr")
    await cast.hears(cast.erin, "Guests may not use this bot. Ask a full member on the roster.")

    assert "/dr failover orders-api" in text_of(first)
    assert cast.says("Approve or deny") in text_of(asked)
    assert run.id in text_of(asked)
    assert "/dr abort orders-api" not in text_of(looking)
    assert "/dr switch" in text_of(looking)


async def test_a_refusal_says_why_and_what_to_do_to_one_person_and_to_the_record(play: Play) -> None:
    """Six mistakes of six people: each is told alone, with the next move; those about the run stand in its story."""
    cast = play.cast
    run = await play.a_run(play.bench.gate())
    ask = await cast.alice.wait_for(has("gate.approve"))
    card = await cast.alice.wait_for(has("run.pause"))
    await cast.carol.command("/dr failver orders-api")
    slip = await cast.carol.wait_for(lambda m: bool(m.get("is_ephemeral")))
    await cast.min.command("/dr status order-api")
    unknown = await cast.min.wait_for(lambda m: bool(m.get("is_ephemeral")))
    await cast.carol.click(ask["ts"], "gate.approve")
    await cast.hears(cast.carol, "You started this run, so your approval does not count. Ask another approver.")
    await cast.dave.click(ask["ts"], "gate.approve")
    group = await cast.dave.wait_for(lambda m: bool(m.get("is_ephemeral")))
    await cast.erin.click(card["ts"], "run.pause")
    await cast.hears(cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await cast.fay.command("/dr pause orders-api")
    await cast.fay.wait_for(lambda m: bool(m.get("is_ephemeral")) and "U07FAY0000" in text_of(m))
    await cast.bob.wait_for(lambda m: m.get("thread_ts") == card["ts"] and "Fay Osman" in said(m))

    assert "failover" in text_of(slip)
    assert "orders-api" in text_of(unknown)
    assert "@sre-leads" in text_of(group)
    assert await play.refusals(run) == [
        ("Carol Díaz", "self-approval"), ("Dave Lund", "not-an-approver"), ("Erin Wu", "guest-account"),
        ("Fay Osman", "not-on-roster"),
    ]  # fmt: skip
    assert not any(message.get("is_ephemeral") for message in await cast.bob.messages()), "nobody else is disturbed"
    assert not (await play.bench.desk.run(run.id)).paused


async def test_an_abort_says_what_it_does_before_it_is_done(play: Play) -> None:
    """Fay may not, Dave looks and goes on, Alice pauses first, Carol aborts; before and after stand on the card."""
    cast = play.cast
    run = await play.a_run(begun("preflight"), steps=STEPS)
    card = await cast.carol.wait_for(has("run.pause"))
    await cast.fay.click(card["ts"], "run.more", "abort")
    await cast.fay.wait_for_view(lambda view: "U07FAY0000" in text_of(view))
    await cast.dave.click(card["ts"], "run.more", "abort_rollback")
    await cast.dave.wait_for_view(form("abort.submit"))
    await cast.dave.close_view()
    await cast.carol.command("/dr abort orders-api false alarm")
    shown = await cast.carol.wait_for_view(form("abort.submit"))
    before = (await play.bench.desk.run(run.id)).aborting
    await cast.alice.click(card["ts"], "run.pause")
    await play.until(lambda run: run.paused, run.id)
    await cast.carol.submit({"reason": "false alarm"})
    await cast.hears(cast.carol, "This card is old: the run has moved on since it was drawn. "
                                 "Look at the current one before you decide.")  # fmt: skip
    await cast.carol.command("/dr abort orders-api false alarm")
    await cast.carol.wait_for_view(form("abort.submit"))
    await cast.carol.submit({"reason": "false alarm"})
    ended = await play.until(lambda run: run.aborting is not None, run.id)

    assert before is None
    assert cast.says("What AWS has accepted already is watched to its end.") in text_of(shown)
    assert ended.aborting is not None
    assert ended.aborting.why == "false alarm"


async def test_a_planned_run_goes_on_unplanned_with_nothing_approved(play: Play) -> None:
    """The primary dies in a switchover: another plan is shown, the old run ends first, the new one asks again."""
    cast, bench = play.cast, play.bench
    impact = (bench.clock.now() - timedelta(minutes=4)).isoformat()
    asked = Asked("orders-api", inputs={"mode": "planned", "impact_started_at": impact})
    old = await start_run(bench.desk, await plan_run(bench.desk, asked, bench.caller("carol")), bench.caller("carol"))
    await bench.tell(old.id, bench.gate())
    await cast.alice.command("/dr approve orders-api declare")
    await cast.alice.wait_for_view(form("gate.submit"))
    await cast.alice.submit(PHRASE)
    await cast.bob.command("/dr note us-east-1 stopped answering")
    await cast.hears(cast.bob, "Noted on {run}.", run=f"`{old.id}`")
    await cast.fay.command("/dr switch orders-api")
    await cast.fay.wait_for_view(lambda view: "U07FAY0000" in text_of(view))
    await cast.carol.command("/dr switch orders-api")
    shown = await cast.carol.wait_for_view(form("plan.start"))
    await cast.carol.submit({})
    await play.until(lambda run: run.aborting is not None, old.id)
    between = await bench.desk.journals.open_runs()
    await bench.tell(old.id, RunFinished(outcome="aborted", why="another plan"))

    async def is_open() -> bool:
        return list(await bench.desk.journals.open_runs()) not in ([], [old.id])

    await until(is_open)
    new = await bench.desk.run((await bench.desk.journals.open_runs())[0])
    void = "*Approvals that count no longer:* {steps}. They are asked for again."
    assert cast.says(void, steps="“GO / NO-GO”") in text_of(shown)
    assert list(between) == [old.id]
    assert (await bench.desk.run(old.id)).status is Status.ABORTED
    assert new.plan.inputs["mode"] == "unplanned"
    assert new.plan.hash != old.plan.hash
    assert new.plan.impact_started_at == old.plan.impact_started_at
    assert all(not step.votes for step in new.steps.values())
