"""What others are told, and what becomes part of the timeline."""

from __future__ import annotations

from datetime import timedelta

from bot.local.workspace.kinds import Json
from bot.local.workspace.words import text_of
from bot.model.events import NoteAdded
from bot.model.incident_events import FileKept, StatusPosted
from tests.journeys.cast import form, has
from tests.slack.flows.conftest import Play, said
from tests.slack.test_outbox import until

TICK = "white_check_mark"


async def test_others_are_told_after_a_look_and_the_reminder_goes(play: Play) -> None:
    """It is due: Carol snoozes, a guest may not; Dave drafts, looks, posts in two channels; Bob stops the reminders."""
    cast, bench = play.cast, play.bench
    run = await play.a_run(bench.gate())
    await cast.dave.wait_for(has("status.open"))
    bench.clock.ahead += timedelta(minutes=16)
    await bench.tell(run.id, bench.gate(2))
    nag = await cast.dave.wait_for(has("status.snooze"))
    await cast.erin.click(nag["ts"], "status.stop")
    await cast.hears(cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await cast.carol.click(nag["ts"], "status.snooze")
    await play.until(lambda run: run.incident.resting_until is not None, run.id)
    await play.gone(cast.dave, nag["ts"])
    await cast.dave.command("/dr update")
    draft = await cast.dave.wait_for_view(form("status.submit"))
    due = int((bench.clock.now() + timedelta(minutes=30)).timestamp())
    values = {"what": "Orders fail in us-east-1.", "text": "We ask <!channel> for a go.", "next": due}
    await cast.dave.submit(values)
    preview = await cast.dave.wait_for_view(form("status.post"))
    told_before = [await _heard(play, name) for name in ("orders", "payments")]
    await cast.dave.submit({})
    for name in ("orders", "payments"):
        await cast.alice.wait_for_text("Orders fail in us-east-1.", channel=name)
    bench.clock.ahead += timedelta(minutes=31)
    await bench.tell(run.id, bench.gate(3))
    again = await cast.bob.wait_for(has("status.stop"))
    await cast.bob.click(again["ts"], "status.stop")
    await play.until(lambda run: run.incident.stopped, run.id)
    await play.gone(cast.dave, again["ts"])

    assert "Orders API" in str(draft["state"])
    assert "Orders fail in us-east-1." in text_of(preview)
    assert told_before == [[], []], "a preview tells nobody anything"
    facts = [record.fact for record in await bench.desk.records(run.id)]
    assert [fact.channels for fact in facts if isinstance(fact, StatusPosted)] == [("#orders", "#payments")]
    for name in ("orders", "payments"):
        (heard,) = await _heard(play, name)
        assert "<!channel>" not in str(heard)
    assert len(play.calls("chat.delete")) == 2


async def test_what_is_said_becomes_part_of_the_story(play: Play) -> None:
    """Carol's emoji, Bob's shortcut on her graph, Alice's word in the thread, a guest refused; edits are followed."""
    cast, bench = play.cast, play.bench
    run = await play.a_run(bench.by_hand())
    card = await cast.carol.wait_for(has("run.note"))
    lag = await cast.carol.say("the replica lags 40 s")
    await cast.erin.react(lag["ts"], "pushpin")
    await cast.hears(cast.erin, "Guests may not use this bot. Ask a full member on the roster.")
    await cast.erin.react(lag["ts"], "pushpin", take_back=True)
    await cast.carol.react(lag["ts"], "pushpin")
    await cast.carol.wait_for(lambda m: m["ts"] == lag["ts"] and TICK in _marks(m))
    await cast.carol.edit(lag["ts"], "the replica lags 4 s")
    await _noted(play, run.id, "Edited: Carol Díaz: the replica lags 4 s")
    await cast.carol.react(lag["ts"], "pushpin", take_back=True)
    await _noted(play, run.id, "Withdrawn: Carol Díaz: the replica lags 4 s")
    await cast.carol.react(lag["ts"], "pushpin")
    await _noted(play, run.id, "Carol Díaz: the replica lags 4 s")
    await cast.carol.delete(lag["ts"])
    await _noted(play, run.id, "Deleted in Slack: Carol Díaz: the replica lags 4 s")
    graph = await cast.carol.say("orders by region", files={"graph.png": b"\x89PNG" + bytes(400)})
    await cast.bob.shortcut("add_to_timeline", graph["ts"])
    await cast.hears(cast.bob, "Noted on {run}.", run=f"`{run.id}`")
    await cast.alice.say("@dr note the DBA is here", thread=card["ts"])
    await _noted(play, run.id, "the DBA is here")
    await cast.dave.command("/dr note support case 1780 & <more>")
    await cast.hears(cast.dave, "Noted on {run}.", run=f"`{run.id}`")
    await _noted(play, run.id, "support case 1780 & <more>")

    told = await _notes(play, run.id)
    assert told[0] == "Carol Díaz: the replica lags 40 s", "nothing is erased"
    assert "Carol Díaz: orders by region" in told
    records = await bench.desk.records(run.id)
    first = next(each.fact for each in records if isinstance(each.fact, NoteAdded))
    assert first.said_at is not None
    assert abs(first.said_at.timestamp() - float(lag["ts"])) < 0.001, "the message's time is the event's"
    assert [each.fact.name for each in records if isinstance(each.fact, FileKept)] == ["graph.png"]


async def _heard(play: Play, channel: str) -> list[Json]:
    messages = await play.cast.alice.messages(channel)
    return [message for message in messages if "Orders fail" in said(message)]


async def _notes(play: Play, run: str) -> list[str]:
    return [each.fact.text for each in await play.bench.desk.records(run) if isinstance(each.fact, NoteAdded)]


async def _noted(play: Play, run: str, words: str) -> None:
    """Until the timeline has it."""

    async def is_noted() -> bool:
        return words in await _notes(play, run)

    await until(is_noted)


def _marks(message: Json) -> list[str]:
    return [each["name"] for each in message.get("reactions") or []]
