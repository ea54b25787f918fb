"""The run card, the lines below it, and a wait that shows how far it is."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from bot.local.workspace.words import action_ids
from bot.model.events import NoteAdded, StepFailed, StepNeedsPerson, StepObserved, StepSettled
from bot.model.step_run import Phase
from tests.journeys.cast import dates, form, has
from tests.slack.flows.conftest import STEPS, Play, begun, said

CARD = has("run.note")


async def test_one_card_tells_where_we_are_and_is_edited_in_place(play: Play) -> None:
    """Carol pauses, Alice goes on, Bob notes, Dave reads the story; a guest's click is refused; the card stays one."""
    cast = play.cast
    run = await play.a_run(begun("preflight"), steps=STEPS)
    card = await cast.carol.wait_for(lambda m: CARD(m) and bool(m.get("pinned")))
    await cast.carol.click(card["ts"], "run.pause")
    await cast.dave.wait_for(lambda m: m["ts"] == card["ts"] and has("run.resume")(m))
    await cast.erin.click(card["ts"], "run.resume")
    await cast.hears(cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await cast.alice.click(card["ts"], "run.resume")
    shown = await cast.dave.wait_for(lambda m: m["ts"] == card["ts"] and has("run.pause")(m))
    await cast.bob.click(card["ts"], "run.note")
    await cast.bob.wait_for_view(form("note.submit"))
    await cast.bob.submit({"note": "the DBA is on the phone"})
    await cast.hears(cast.bob, "The note is on the timeline.")
    await cast.dave.click(card["ts"], "run.timeline")
    await cast.dave.wait_for_view(lambda view: "the DBA is on the phone" in str(view))

    deadline = run.plan.impact_started_at + timedelta(minutes=30) if run.plan.impact_started_at else None
    assert deadline is not None
    assert int(deadline.timestamp()) in dates(shown), "absolute, in the reader's zone: no edit for a countdown"
    assert shown["blocks"][0]["type"] == "header"
    assert len(shown["blocks"][1]["fields"]) >= 4
    assert {"run.pause", "run.note", "status.open", "run.timeline", "run.more"} <= set(action_ids(shown))
    for words in ("RTO, time to be back", "RPO, data that may be lost", "Roles", "Runbook"):
        assert cast.says(words) in said(shown)
    edits = [str(call["blocks"]) for call in play.calls("chat.update", card["ts"])]
    assert all(one != two for one, two in pairwise(edits)), "an edit without news disturbs"
    assert [m["ts"] for m in await cast.dave.messages() if has("run.more")(m)] == [card["ts"]]


async def test_steps_are_told_in_the_thread_and_failures_in_the_channel_too(play: Play) -> None:
    """What went well stays below the card; what broke is asked in the channel, and three people answer in turn."""
    cast = play.cast
    long = "\n".join(f"line {number} of what the check printed" for number in range(120))
    run = await play.a_run(begun("preflight"), StepSettled(step="preflight", seen=long), steps=STEPS)
    card = await cast.carol.wait_for(CARD)
    output = await cast.carol.wait_for(lambda m: bool(m.get("files")))
    choices = StepNeedsPerson(step="scale_api", why="AccessDenied: ecs:UpdateService",
                              choices=("retry", "skip", "rollback", "abort"))  # fmt: skip
    beside = StepFailed(step="wait_capacity", attempt=1, why="0 of 20 targets healthy")
    await play.bench.tell(run.id, begun("scale_api"), choices, begun("wait_capacity"), beside)
    failed = await cast.carol.wait_for(lambda m: m.get("subtype") == "thread_broadcast" and "0 of 20" in said(m))
    ask = await cast.carol.wait_for(has("ask.retry"))
    await cast.fay.click(ask["ts"], "ask.retry")
    await cast.fay.wait_for(lambda m: bool(m.get("is_ephemeral")) and "U07FAY0000" in said(m))
    await cast.carol.click(ask["ts"], "ask.retry")
    await play.until(lambda run: run.steps["scale_api"].chosen == "retry", run.id)
    await cast.bob.wait_for(lambda m: m["ts"] == ask["ts"] and not action_ids(m) and "Carol" in said(m))
    await play.bench.tell(run.id, begun("scale_api", 2), choices)
    again = await cast.alice.wait_for(lambda m: has("ask.skip")(m) and m["ts"] != ask["ts"])
    await cast.alice.click(again["ts"], "ask.skip")
    await cast.alice.wait_for_view(form("ask.submit"))
    await cast.alice.submit({"reason": "half the fleet is enough tonight"})
    await play.until(lambda run: run.steps["scale_api"].chosen == "skip", run.id)
    await cast.dave.command("/dr note support is told")
    await cast.hears(cast.dave, "Noted on {run}.", run=f"`{run.id}`")

    thread = await cast.bob.thread(card["ts"])
    loud = [m for m in thread if m.get("subtype") == "thread_broadcast"]
    assert [m["ts"] for m in loud] == [failed["ts"]]
    assert any(cast.says("Is the standby ready?") in said(m) for m in thread if m not in loud)
    assert output["thread_ts"] == card["ts"]
    assert "line 119" in (await cast.carol.download(output["files"][0])).decode()
    assert "thread_ts" not in ask


async def test_a_wait_shows_how_far_it_is_and_asks_when_it_took_too_long(play: Play) -> None:
    """One line, one moment, no edit for every look; then three ways on: Carol waits, Alice goes on with less."""
    cast, bench = play.cast, play.bench

    def seen(count: int) -> StepObserved:
        words = f"{count} of 20 targets healthy"
        return StepObserved(step="wait_capacity", seen=words, look_at=bench.clock.now() + timedelta(seconds=15))

    def asks() -> StepNeedsPerson:
        return StepNeedsPerson(step="wait_capacity", why="not there after 17 min: 16 of 20 targets healthy",
                               choices=("wait_on", "go_on", "abort"))  # fmt: skip

    run = await play.a_run(begun("wait_capacity"), seen(14), steps=STEPS)
    card = await cast.carol.wait_for(lambda m: CARD(m) and "14 of 20" in said(m))
    began = (await bench.desk.run(run.id)).steps["wait_capacity"].intent_at
    await bench.tell(run.id, seen(15))
    await cast.fay.click(card["ts"], "run.pause")
    await cast.dave.wait_for(lambda m: m.get("thread_ts") == card["ts"] and "Fay" in said(m))
    await bench.tell(run.id, seen(16), asks())
    ask = await cast.carol.wait_for(has("ask.wait_on"))
    await cast.carol.click(ask["ts"], "ask.wait_on")
    await play.until(lambda run: run.steps["wait_capacity"].phase is Phase.EXECUTED, run.id)
    await bench.tell(run.id, asks())
    again = await cast.alice.wait_for(lambda m: has("ask.go_on")(m) and m["ts"] != ask["ts"])
    stale = play.frozen(again)
    await cast.alice.click(again["ts"], "ask.go_on")
    await play.until(lambda run: run.steps["wait_capacity"].chosen == "go_on", run.id)
    await cast.bob.click(stale["ts"], "ask.wait_on")
    await cast.bob.wait_for(lambda m: bool(m.get("is_ephemeral")))
    await bench.tell(run.id, NoteAdded(text="a marker"))
    await cast.dave.wait_for(lambda m: "a marker" in said(m))

    assert began is not None
    assert int((began + timedelta(minutes=17)).timestamp()) in dates(card)
    assert action_ids(ask) == ["ask.wait_on", "ask.go_on", "ask.abort"]
    assert "16 of 20" in said(ask)
    edits = " ".join(str(call["blocks"]) for call in play.calls("chat.update", card["ts"]))
    assert "15 of 20" not in edits, "how far a wait is costs one edit in 30 s, and the card had just been edited"
    assert (await bench.desk.run(run.id)).steps["wait_capacity"].phase is Phase.ASKING
    assert "action_refused" in await play.kinds(run)
