"""Slack on its bad days, and the promise that nothing is lost and nothing is said twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from bot.local.workspace.faults import Fault
from bot.local.workspace.kinds import Json
from bot.local.workspace.words import text_of
from bot.model.events import NoteAdded, RunFinished, RunPaused, StepSettled
from tests.slack.conftest import Bench


def event_ids(messages: list[Json]) -> Counter[str]:
    """How often each of our messages stands in the channel."""
    payloads = [message["metadata"]["event_payload"] for message in messages if message.get("metadata")]
    return Counter(one for payload in payloads for one in payload.get("ids") or [payload["id"]])


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    """Poll a condition."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


async def test_a_lost_answer_is_searched_before_anything_is_sent_again(bench: Bench) -> None:
    """The post arrived, its answer did not: the channel shows it once."""
    bench.slack.faults.add(Fault("drop_after", "chat.postMessage", times=3))
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())

        await carol.wait_for(lambda m: "What would happen" in text_of(m) or "The plan" in text_of(m), timeout=30)
        posted = event_ids(await carol.messages())

    assert posted[f"{run.id}:card"] == 1
    assert posted[f"{run.id}:gate:declare:1"] == 1
    assert set(posted.values()) == {1}


async def test_an_outage_of_slack_loses_nothing(bench: Bench) -> None:
    """Everything that happened while Slack was down stands there afterwards, in its final form, once."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("Failover of orders-api")
        bench.slack.faults.add(Fault("status", "chat.*", status=503))
        await bench.tell(run.id, bench.gate(), RunPaused(why="the DBA is on the phone"))
        await asyncio.sleep(1.5)
        before = event_ids(await carol.messages())
        bench.slack.faults.clear()

        await carol.wait_for_text("Approval needed", timeout=30)
        await carol.wait_for_text("the DBA is on the phone", timeout=30)
        after = event_ids(await carol.messages())

    assert f"{run.id}:gate:declare:1" not in before
    assert set(after.values()) == {1}


async def test_retry_after_is_obeyed_and_only_the_newest_card_is_drawn(bench: Bench) -> None:
    """While Slack wants to be left alone nothing is sent; then the card jumps to the newest state."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        card = await carol.wait_for_text("Failover of orders-api")
        await carol.wait_for_text("The plan")
        bench.slack.faults.add(Fault("ratelimited", "chat.update", times=1, seconds=4.0))
        await bench.tell(run.id, RunPaused(why="first"))
        await asyncio.sleep(4.6)
        meanwhile = await carol.message(card["ts"])
        await bench.tell(run.id, RunPaused(why="second"))

        drawn = await carol.wait_for(lambda m: m["ts"] == card["ts"] and "second" in text_of(m), timeout=15)

    assert "first" not in text_of(meanwhile)
    assert "first" not in text_of(drawn)


async def test_lines_that_wait_travel_together_and_arrive_once(bench: Bench) -> None:
    """Ten remarks in a second are few messages in the thread, in order, even when an answer is lost."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        card = await carol.wait_for_text("RTO, time to be back")
        await carol.wait_for_text("The plan")
        bench.slack.faults.add(Fault("drop_after", "chat.postMessage", times=1))
        await bench.tell(run.id, *(NoteAdded(text=f"remark {number}.") for number in range(10)))
        await carol.wait_for_text("remark 9.", timeout=20)

        async def are_noted() -> bool:
            known = await bench.sent.load(run.id)
            return sum(key.startswith("event:") and bool(sent.ts) for key, sent in known.items()) == 10

        await until(are_noted)
        thread = await carol.thread(card["ts"])

    lines = [message for message in thread if "remark" in text_of(message)]
    assert len(lines) <= 3
    assert set(event_ids(thread).values()) == {1}
    said = " ".join(text_of(message) for message in lines)
    assert [said.index(f"remark {number}.") for number in range(10)] == sorted(
        said.index(f"remark {number}.") for number in range(10)
    )


async def test_two_replicas_post_everything_once(bench: Bench) -> None:
    """One leads; when it goes, the other takes over without repeating anything."""
    async with AsyncExitStack() as second, bench.person("carol") as carol:
        async with bench.door("bot-1"):
            await second.enter_async_context(bench.door("bot-2"))
            bench.slack.faults.add(Fault("delay", "chat.postMessage", times=4, seconds=0.4))
            run = await bench.a_run(bench.gate())
            await carol.wait_for_text("Approval needed")
            await carol.wait_for_text("The plan")
        settled = StepSettled(step="declare", seen="2 of 2", how="granted")
        await bench.tell(run.id, settled, bench.by_hand())

        await carol.wait_for_text("By hand", timeout=30)
        posted = event_ids(await carol.messages())

    assert set(posted.values()) == {1}


async def test_a_deleted_card_is_posted_again(bench: Bench) -> None:
    """Somebody removed the card: the next change brings a new one."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        old = await carol.wait_for_text("Failover of orders-api")
        await carol.wait_for_text("The plan")
        del bench.slack.world.channel("C0INCIDENTS").messages[old["ts"]]

        await bench.tell(run.id, RunPaused(why="look again"))
        new = await carol.wait_for(lambda m: m["ts"] != old["ts"] and "look again" in text_of(m), timeout=20)

    assert (await bench.sent.load(run.id))["card"].ts == new["ts"]


async def test_an_archived_channel_is_left_for_the_fallback(bench: Bench) -> None:
    """The run goes on being told where somebody can read it."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("Failover of orders-api")
        await carol.wait_for_text("The plan")
        bench.slack.world.channel("C0INCIDENTS").is_archived = True

        await bench.tell(run.id, bench.gate())
        await carol.wait_for_text("Approval needed", timeout=30, channel="status-internal")
        await carol.wait_for_text("RTO, time to be back", timeout=30, channel="status-internal")

    assert (await bench.sent.load(run.id))["card"].channel == "C0STATUSINT"


@pytest.mark.parametrize(
    "fault", [Fault("drop_after", "files.completeUploadExternal", times=1), Fault("status", "upload", times=1)]
)
async def test_exports_are_shared_once_however_the_first_try_fails(bench: Bench, fault: Fault) -> None:
    """Four files, once, however often the upload is tried; Slack's bad day is no failure of ours."""
    bench.slack.faults.add(fault)
    async with AsyncExitStack() as stack:
        lines = stack.enter_context(capture_logs())
        await stack.enter_async_context(bench.door())
        carol = await stack.enter_async_context(bench.person("carol"))
        run = await bench.a_run(RunFinished(outcome="aborted", why="a false alarm"))

        async def is_noted() -> bool:
            known = (await bench.sent.load(run.id)).get("exports")
            return known is not None and bool(known.ts)

        await until(is_noted, 30)
        shared = [message for message in await carol.messages() if message.get("files")]

    assert len(shared) == 1
    assert len(shared[0]["files"]) == 4
    assert "letter-not-delivered" not in [line["event"] for line in lines]


async def test_an_export_that_somebody_asked_for_is_not_the_last_one(bench: Bench) -> None:
    """It told half of the story; when Slack stumbles over the whole one, that is brought again all the same."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        card = await carol.wait_for_text("RTO, time to be back")
        await carol.command("/dr export")
        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and f"{run.id}.md" in text_of(m))
        bench.slack.faults.add(Fault("status", "files.completeUploadExternal", status=503, times=1))

        await bench.tell(run.id, RunFinished(outcome="aborted", why="a false alarm"))

        async def is_noted() -> bool:
            known = (await bench.sent.load(run.id)).get("exports")
            return known is not None and bool(known.ts)

        await until(is_noted, 30)
        shared = [message for message in await carol.thread(card["ts"]) if message.get("files")]

    assert [len(message["files"]) for message in shared] == [4, 4]
    assert "for the review" in shared[-1]["text"]


async def test_nothing_is_exported_where_strangers_read(bench: Bench) -> None:
    """The run stands in no channel, since all are shared; whoever asks for its files there is told why not."""
    for channel in ("C0INCIDENTS", "C0STATUSINT"):
        bench.slack.world.channel(channel).is_ext_shared = True
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.command("/dr export md")

        said = await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))
        files = await carol.files()

    assert "is shared with another organisation" in text_of(said)
    assert files == []
    assert not any(record.fact.kind == "exported" for record in await bench.desk.records(run.id))


async def test_a_restart_finds_everything_as_it_was(bench: Bench) -> None:
    """A new process that finds nothing to change says nothing."""
    async with bench.person("carol") as carol:
        async with bench.door("bot-1"):
            run = await bench.a_run(bench.gate())
            await carol.wait_for_text("The plan")
            await carol.wait_for_text("Approval needed")
            before = event_ids(await carol.messages())
        async with bench.door("bot-2"):
            await bench.tell(run.id, RunPaused(why="a marker"))
            await carol.wait_for(
                lambda m: "a marker" in text_of(m) and m.get("thread_ts", m["ts"]) != m["ts"], timeout=20
            )
        after = event_ids(await carol.messages())

    assert before[f"{run.id}:card"] == 1
    assert set(after.values()) == {1}
    assert len(after) == len(before) + 1
