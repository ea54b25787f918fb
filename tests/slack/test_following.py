"""After something was said: notes follow their messages, waiting people are reminded, cards are unpinned."""

from __future__ import annotations

from datetime import timedelta

from bot.local.workspace.person import Person
from bot.local.workspace.words import text_of
from bot.model.events import NoteAdded, RunFinished, RunPaused, StepSettled, StepStarted
from tests.slack.conftest import RUNBOOK, Bench
from tests.slack.test_outbox import until

NAGGING = RUNBOOK.replace(
    'pattern: "^PSP-[0-9]+$" }', 'pattern: "^PSP-[0-9]+$" }\n      nag: { every: 3m, escalate_after: 9m }'
)


async def notes(bench: Bench, run: str) -> list[str]:
    return [each.fact.text for each in await bench.desk.records(run) if isinstance(each.fact, NoteAdded)]


async def captured(bench: Bench, carol: Person, run: str, words: str) -> str:
    """A message that is on the timeline."""
    said = await carol.say(words)
    await carol.react(said["ts"], "pushpin")

    async def is_noted() -> bool:
        return any(words in note for note in await notes(bench, run))

    await until(is_noted)
    return str(said["ts"])


async def test_an_edited_note_is_told_with_its_new_words(bench: Bench) -> None:
    """The old words stay, the new ones stand beside them, once."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("RTO, time to be back")
        ts = await captured(bench, carol, run.id, "the replica lags 40 s")

        await carol.edit(ts, "the replica lags 4 s")

        async def is_followed() -> bool:
            return len(await notes(bench, run.id)) == 2

        await until(is_followed)
        told = await notes(bench, run.id)

    assert told == ["Carol Díaz: the replica lags 40 s", "Edited: Carol Díaz: the replica lags 4 s"]


async def test_a_deleted_message_stays_on_the_timeline(bench: Bench) -> None:
    """Deleting in Slack erases nothing here, and is itself noted, by nobody in particular."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("RTO, time to be back")
        ts = await captured(bench, carol, run.id, "I restarted the primary")

        await carol.delete(ts)

        async def is_followed() -> bool:
            return len(await notes(bench, run.id)) == 2

        await until(is_followed)
        told, records = await notes(bench, run.id), await bench.desk.records(run.id)

    assert told == [
        "Carol Díaz: I restarted the primary",
        "Deleted in Slack: Carol Díaz: I restarted the primary",
    ]
    assert records[-1].actor.name == "Slack"


async def test_what_nobody_captured_is_not_followed(bench: Bench) -> None:
    """People may talk, edit and delete; it is theirs."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for_text("RTO, time to be back")
        said = await carol.say("lunch?")
        await carol.edit(said["ts"], "lunch!")
        await carol.delete(said["ts"])

        await captured(bench, carol, run.id, "a marker")

    assert len(await notes(bench, run.id)) == 1


async def test_a_waiting_person_is_reminded_and_then_the_others_too(bench: Bench) -> None:
    """Every three minutes in the thread; after nine the channel sees it; what was missed is not made up for."""
    (bench.folder / "failover.yaml").write_text(NAGGING)
    bench.desk.library().refresh()
    async with bench.door(), bench.person("carol") as carol:
        await bench.a_run(bench.by_hand())
        await carol.wait_for_text("By hand: The payment provider")
        bench.clock.ahead += timedelta(minutes=3, seconds=5)
        first = await carol.wait_for_text("Waiting for 3m", timeout=25)
        bench.clock.ahead += timedelta(minutes=9)

        late = await carol.wait_for_text("everybody who may is asked now", timeout=25)
        said = [m for m in await carol.messages() if "already" in text_of(m)]

    assert "<@U03CAROL00>" in text_of(first)
    assert late.get("subtype") == "thread_broadcast"
    assert len(said) == 2


async def test_the_card_is_unpinned_at_the_end(bench: Bench) -> None:
    """Pinned while the run is open; afterwards its place is free."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run()
        await carol.wait_for(lambda m: bool(m.get("pinned")))

        await bench.tell(run.id, RunFinished(outcome="completed"))

        async def is_unpinned() -> bool:
            return not any(m.get("pinned") for m in await carol.messages())

        await until(is_unpinned, 20)
        assert "unpinned" in await bench.sent.load(run.id)


async def test_an_output_that_no_message_holds_is_a_file_in_the_thread(bench: Bench) -> None:
    """All of it, once, with nothing hidden in it and no secret."""
    long = "\n".join(f"line {number} \u202eAKIAIOSFODNN7EXAMPLE" for number in range(200))
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(StepStarted(step="declare", attempt=1), StepSettled(step="declare", seen=long))
        shared = await carol.wait_for(lambda m: bool(m.get("files")), timeout=20)
        content = (await carol.download(shared["files"][0])).decode()
        await bench.tell(run.id, RunPaused(why="again"))
        await carol.wait_for_text("again")
        files = await carol.files()

    assert "line 199" in content
    assert "AKIA" not in content
    assert "\u202e" not in content
    assert [file["name"] for file in files] == [f"{run.id}.declare.4.txt"]
