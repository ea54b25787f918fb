"""Rows 37-41, 47 and 48 of the fault list: Slack is slow, away or gone, and the channel is right afterwards."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from bot.local.workspace.faults import Fault
from bot.model.events import GateExpired, NoteAdded, RunFinished, RunPaused, RunResumed, StepSettled
from tests.slack.conftest import Bench
from tests.slack.test_outbox import event_ids, until


async def test_row_37_a_limited_slack_is_left_alone_and_approvals_come_first(bench: Bench) -> None:
    """Nothing is sent before Retry-After is over; then the approval goes out before forty remarks, each once."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("The plan")
        bench.slack.faults.add(Fault("ratelimited", "chat.postMessage", times=1, seconds=3.0))
        await bench.tell(run.id, *(NoteAdded(text=f"remark {number}.") for number in range(40)))
        await until(lambda: _was_limited(bench))
        limited = time.time()
        await bench.tell(run.id, bench.gate())

        await carol.wait_for_text("remark 39.", timeout=40)
        posts = [each for each in bench.slack.api.calls if each.method == "chat.postMessage" and each.at > limited]
        posted = event_ids(await carol.messages())

    assert posts[0].at - limited >= 2.8
    assert "gate:declare:1" in str(posts[0].args)
    assert set(posted.values()) == {1}
    assert len(posted) == 40 + 3


async def _was_limited(bench: Bench) -> bool:
    return any(each.status == 429 for each in bench.slack.api.calls)


async def test_row_38_the_run_goes_on_while_slack_answers_503(bench: Bench) -> None:
    """The journal takes votes and facts as ever; the channel is right within half a minute of Slack's return."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        await carol.wait_for_text("Approval needed")
        await carol.wait_for_text("The plan")
        bench.slack.faults.add(Fault("status", "*", status=503))
        await bench.tell(run.id, StepSettled(step="declare", seen="2 of 2", how="granted"), bench.by_hand())
        await asyncio.sleep(4)
        bench.slack.faults.clear()
        back = time.monotonic()

        await carol.wait_for_text("By hand: The payment provider", timeout=30)
        took = time.monotonic() - back
        posted = event_ids(await carol.messages())

    assert took <= 30
    assert set(posted.values()) == {1}


async def test_row_39_hours_without_slack_are_told_once_within_half_a_minute(bench: Bench) -> None:
    """Six hours of a run, Slack silent from the first: card, requests, lines and exports, each once, in 30 s."""
    async with bench.door(), bench.person("carol") as carol:
        bench.slack.faults.add(Fault("drop_before", "*"))
        run = await bench.a_run(bench.gate())
        for hour in range(6):
            bench.clock.ahead += timedelta(hours=1)
            await bench.tell(
                run.id,
                GateExpired(step="declare", round=hour + 1, then="escalate"), bench.gate(hour + 2),
                RunPaused(why=f"hour {hour}"), RunResumed(), NoteAdded(text=f"remark of hour {hour}."),
            )  # fmt: skip
            await asyncio.sleep(0.3)
        await bench.tell(run.id, RunFinished(outcome="aborted", why="a false alarm"))
        bench.slack.faults.clear()
        back = time.monotonic()

        await carol.wait_for(lambda m: bool(m.get("files")), timeout=40)
        for hour in range(6):
            await carol.wait_for_text(f"remark of hour {hour}.", timeout=40)
        took = time.monotonic() - back
        messages = await carol.messages()

    posted = event_ids(messages)
    assert took <= 30
    assert set(posted.values()) == {1}
    assert {f"{run.id}:gate:declare:{number}" for number in range(1, 8)} <= set(posted)
    assert not any("gate.approve" in str(m.get("blocks")) for m in messages)


async def test_row_40_a_post_whose_answer_was_lost_is_found_again(bench: Bench) -> None:
    """The client sends each request once; the outbox looks for its event before it posts anew."""
    bench.slack.faults.add(Fault("drop_after", "chat.postMessage", times=2))
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())

        await carol.wait_for_text("The plan", timeout=30)
        posted = event_ids(await carol.messages())

    assert posted == {f"{run.id}:{key}": 1 for key in ("card", "gate:declare:1", "plan")}


async def test_row_41_an_event_that_comes_four_times_counts_once(bench: Bench) -> None:
    """Also when two replicas get it, and when the taking back arrives before the reaction it takes back."""
    async with bench.door("bot-1"), bench.door("bot-2"), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("RTO, time to be back")
        said = await carol.say("the replica lags 40 s")
        await carol.react(said["ts"], "pushpin")
        await until(lambda: _notes(bench, run.id, 1))
        added = _reaction(bench, "reaction_added", said["ts"])
        await carol.react(said["ts"], "pushpin", take_back=True)
        await until(lambda: _notes(bench, run.id, 2))

        for attempt in range(1, 4):
            await bench.slack.links.deliver("events_api", added, attempt=attempt, reason="timeout")
        late = {**added, "event_id": "Ev0LATE"}
        await bench.slack.links.deliver("events_api", late)
        await asyncio.sleep(1)

    assert await _notes(bench, run.id, 2), "a reaction that is gone by now captures nothing"


def _reaction(bench: Bench, kind: str, ts: str) -> dict[str, object]:
    event = {
        "type": kind, "user": "U03CAROL00", "reaction": "pushpin", "item_user": "U03CAROL00",
        "item": {"type": "message", "channel": "C0INCIDENTS", "ts": ts}, "event_ts": ts,
    }  # fmt: skip
    return {
        "type": "event_callback", "team_id": "T0LOCALDR0", "api_app_id": "A0DR000000", "event_id": "Ev0AGAIN",
        "event_time": int(time.time()), "event": event,
    }  # fmt: skip


async def _notes(bench: Bench, run: str, count: int) -> bool:
    facts = [record.fact for record in await bench.desk.records(run)]
    return sum(isinstance(fact, NoteAdded) for fact in facts) == count


async def test_row_47_an_answer_finds_another_way_when_the_first_is_closed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The response URL is gone and ephemerals fail: the person is told by direct message; the note stands."""
    bench.slack.faults.add(Fault("error", "chat.postEphemeral", code="user_not_in_channel"))
    monkeypatch.setattr(bench.slack.api.urls, "mint", _closed)
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("RTO, time to be back")

        await carol.command("/dr note the DBA is here")
        told = await carol.wait_for_text("Noted on", channel="U03CAROL00")

    assert told
    assert await _notes(bench, run.id, 1)


def _closed(*_: object, **__: object) -> str:
    return "http://127.0.0.1:9/response/expired"


async def test_row_48_a_bot_that_was_removed_goes_on_in_the_fallback_channel(bench: Bench) -> None:
    """A new card and every open request appear where somebody can read them, within half a minute."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("The plan")
        bench.slack.faults.add(Fault("error", "chat.*", times=1, code="not_in_channel"))
        gone = time.monotonic()

        await bench.tell(run.id, bench.gate())
        await carol.wait_for_text("Approval needed", timeout=30, channel="status-internal")
        took = time.monotonic() - gone

    assert took <= 30
    assert (await bench.sent.load(run.id))["gate:declare:1"].channel == "C0STATUSINT"


async def test_row_48_a_fallback_that_refuses_once_is_tried_again(bench: Bench) -> None:
    """Both channels turn the bot away for a moment: the request still appears."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("The plan")
        bench.slack.faults.add(Fault("error", "chat.*", times=3, code="not_in_channel"))

        await bench.tell(run.id, bench.gate())
        asked = await carol.wait_for_text("Approval needed", timeout=40, channel="status-internal")

    assert asked
