"""What people do in Slack, and what they get back."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.adapters.redis import keys
from bot.local.workspace.person import Person
from bot.local.workspace.words import text_of
from bot.model.events import ActionRefused, GateOpened, NoteAdded, PersonChose, RunPaused, StepNeedsPerson, StepStarted
from tests.slack.conftest import Bench


async def refusals(bench: Bench, run_id: str) -> list[str]:
    """The reasons on the run's record."""
    facts = [record.fact for record in await bench.desk.records(run_id)]
    return [fact.reason for fact in facts if isinstance(fact, ActionRefused)]


async def test_help_runs_and_status_answer_only_the_one_who_asked(bench: Bench) -> None:
    """Reading is for every member, and nobody else is disturbed."""
    async with bench.door(), bench.person("dave") as dave:
        await dave.command("/dr help")
        await dave.wait_for(lambda m: bool(m.get("is_ephemeral")) and "/dr failover" in text_of(m))
        await dave.command("/dr runs")
        await dave.wait_for(lambda m: bool(m.get("is_ephemeral")) and "No run is open" in text_of(m))
        await dave.command("/dr status orders-api")
        await dave.wait_for(lambda m: bool(m.get("is_ephemeral")) and "can be started: failover" in text_of(m))
        run = await bench.a_run(bench.gate())
        await dave.wait_for_text("The plan")  # it hangs under the card, which is on record by then
        await dave.command("/dr status")

        said = await dave.wait_for(lambda m: bool(m.get("is_ephemeral")) and run.id in text_of(m))

    assert "needs 2 of" in text_of(said)
    assert "Open the run card" in text_of(said)


async def test_what_a_service_owes_is_told_to_the_one_who_asks(bench: Bench) -> None:
    """Before any run has changed something: nothing."""
    async with bench.door(), bench.person("dave") as dave:
        await dave.command("/dr debt orders-api")

        said = await dave.wait_for(lambda m: bool(m.get("is_ephemeral")))

    assert text_of(said).startswith("`orders-api` owes nothing.")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("failver orders-api", "Did you mean failover"),
        ("timeline nope", "There is no run called"),
        ("status order-api", "Did you mean orders-api"),
        ("note nothing is open", "No run is open"),
    ],
)
async def test_a_mistake_is_answered_with_the_next_move(bench: Bench, line: str, says: str) -> None:
    """A slip gets a sentence, to its author alone."""
    async with bench.door(), bench.person("carol") as carol:
        await carol.command(f"/dr {line}")

        said = await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))

    assert says in text_of(said)


async def test_an_unknown_service_is_told_inside_the_modal(bench: Bench) -> None:
    """The modal that opened at once tells the nearest name."""
    async with bench.door(), bench.person("carol") as carol:
        await carol.command("/dr failover order-api")

        view = await carol.wait_for_view(lambda view: "There is no service" in text_of(view))

    assert "Did you mean orders-api?" in text_of(view)


async def test_a_denial_is_final_and_says_why(bench: Bench) -> None:
    """One denial closes the gate."""
    async with bench.door(), bench.person("alice") as alice:
        run = await bench.a_run(bench.gate())
        ask = await alice.wait_for_text("Approval needed")
        await alice.click(ask["ts"], "gate.deny")
        await alice.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        await alice.submit({"comment": "The region is coming back."})

        closed = await alice.wait_for(lambda m: m["ts"] == ask["ts"] and "DENIED" in text_of(m))

    assert "The region is coming back." in text_of(closed)
    assert (await bench.desk.run(run.id)).steps["declare"].votes[0].decision == "deny"


async def test_a_click_on_an_old_request_is_answered_not_obeyed(bench: Bench) -> None:
    """The message of round one opens nothing once round two is out."""
    async with bench.door(), bench.person("alice") as alice:
        run = await bench.a_run(bench.gate())
        ask = await alice.wait_for_text("Approval needed")
        second: GateOpened = bench.gate(2)
        bench.slack.world.channel("C0INCIDENTS").messages[ask["ts"]] = frozen = dict(ask)
        await bench.tell(run.id, second)
        await alice.wait_for(lambda m: m["ts"] != ask["ts"] and "Approval needed" in text_of(m))
        bench.slack.world.channel("C0INCIDENTS").messages[ask["ts"]] = frozen | {"blocks": ask["blocks"]}
        await alice.click(ask["ts"], "gate.approve")

        await alice.wait_for(lambda m: bool(m.get("is_ephemeral")) and "replaced by a newer one" in text_of(m))

    assert await refusals(bench, run.id) == ["stale-card"]


async def test_a_click_on_an_old_card_steers_nothing(bench: Bench) -> None:
    """The card as it stood on somebody's screen before another one paused the run and let it go on again."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.by_hand())
        card = dict(await carol.wait_for_text("RTO, time to be back"))
        await bench.tell(run.id, RunPaused(why="the network team"))
        drawn = await carol.wait_for(lambda m: m["ts"] == card["ts"] and "run.resume" in str(m["blocks"]))
        bench.slack.world.channel("C0INCIDENTS").messages[card["ts"]] = dict(drawn) | {"blocks": card["blocks"]}
        await carol.click(card["ts"], "run.pause")

        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and "the run has moved on" in text_of(m))

    assert await refusals(bench, run.id) == ["stale-card"]


async def test_an_abort_says_its_consequence_and_asks_again(bench: Bench) -> None:
    """The menu opens a form; only its button aborts."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.by_hand())
        card = await carol.wait_for_text("RTO, time to be back")
        await carol.click(card["ts"], "run.more", "abort")
        form = await carol.wait_for_view(lambda view: view["callback_id"] == "abort.submit")
        assert "Nothing has been changed yet" in text_of(form)
        assert (await bench.desk.run(run.id)).aborting is None

        await carol.submit({"reason": "false alarm"})
        await carol.wait_for(lambda m: "An abort was asked for" in text_of(m))

    aborting = (await bench.desk.run(run.id)).aborting
    assert aborting is not None
    assert aborting.why == "false alarm"


async def test_an_abort_is_bound_to_the_state_its_form_was_shown_for(bench: Bench) -> None:
    """Somebody else paused the run while this person read what an abort would do."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.by_hand())
        card = await carol.wait_for_text("RTO, time to be back")
        await carol.click(card["ts"], "run.more", "abort")
        await carol.wait_for_view(lambda view: view["callback_id"] == "abort.submit")
        await bench.tell(run.id, RunPaused(why="the network team"))
        await carol.submit({"reason": "false alarm"})

        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and "the run has moved on" in text_of(m))

    assert (await bench.desk.run(run.id)).aborting is None
    assert await refusals(bench, run.id) == ["stale-card"]


async def test_notes_reach_the_timeline_from_the_card_the_command_and_a_reaction(bench: Bench) -> None:
    """Whatever way is nearest; the same message is one note however often its event arrives."""
    async with bench.door(), bench.person("alice") as alice:
        run = await bench.a_run(bench.by_hand())
        card = await alice.wait_for_text("RTO, time to be back")
        await alice.wait_for_text("The plan")
        await alice.click(card["ts"], "run.note")
        await alice.wait_for_view(lambda view: view["callback_id"] == "note.submit")
        await alice.submit({"note": "support case 1780 & <more>"})
        await alice.command("/dr note the PSP's line is “busy”")
        said = await alice.say("orders are failing in eu too")
        await alice.react(said["ts"], "pushpin")
        await alice.wait_for(lambda m: m["ts"] == said["ts"] and "white_check_mark" in str(m.get("reactions")))
        await alice.react(said["ts"], "pushpin", take_back=True)
        await alice.wait_for_text("Withdrawn")

        records = await bench.desk.records(run.id)

    notes = [record.fact.text for record in records if record.fact.kind == "note_added"]
    assert notes[0] == "support case 1780 & <more>"
    assert notes[1] == "the PSP's line is “busy”"
    assert notes.count("Alice Kim: orders are failing in eu too") == 1


async def test_a_mention_in_the_thread_works_where_commands_do_not(bench: Bench) -> None:
    """Slash commands do not exist in threads; a mention does."""
    async with bench.door(), bench.person("carol") as carol:
        await bench.a_run(bench.by_hand())
        card = await carol.wait_for_text("RTO, time to be back")
        await carol.say("@dr note the DBA is here", thread=card["ts"])

        await carol.wait_for(lambda m: "Noted on" in text_of(m))


@pytest.mark.parametrize(
    ("line", "kept"),
    [("@dr note @alice calls AWS", "@alice calls AWS"), ("@dr note ask @carol, then @dave", "ask @carol, then @dave")],
)
async def test_whoever_is_named_beside_the_bot_stays_in_the_note(bench: Bench, line: str, kept: str) -> None:
    """Only the bot's own name is left out: who does what is the point of many notes."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.by_hand())
        card = await carol.wait_for_text("RTO, time to be back")
        await carol.say(line, thread=card["ts"])
        await carol.wait_for(lambda m: "Noted on" in text_of(m))

        records = await bench.desk.records(run.id)

    assert kept in next(each.fact.text for each in records if isinstance(each.fact, NoteAdded))


async def test_a_lost_run_keeps_no_message_from_the_timeline_of_another(bench: Bench, redis: Redis) -> None:
    """What people say is captured while the journal of a run that is still listed as open cannot be read."""
    async with bench.door(), bench.person("alice") as alice:
        run = await bench.a_run(bench.by_hand())
        await alice.wait_for_text("RTO, time to be back")
        await redis.zadd(keys.ACTIVE, {"orders-api-0101-aaaaa": 1})
        said = await alice.say("orders are failing in eu too")
        await alice.react(said["ts"], "pushpin")

        await alice.wait_for(lambda m: m["ts"] == said["ts"] and "white_check_mark" in str(m.get("reactions")))

    records = await bench.desk.records(run.id)
    assert [each.fact.text for each in records if isinstance(each.fact, NoteAdded)]


@pytest.mark.parametrize(
    "packed", ['{"ref": "x", "of_a_newer_bot": 1}', "[]", "{", ""], ids=["newer", "a list", "torn", "nothing"]
)
async def test_a_form_of_another_version_is_answered_in_the_form(bench: Bench, packed: str) -> None:
    """Slack would otherwise blame the connection, and people would press the button again and again."""
    async with bench.door(), bench.person("alice") as alice:
        run = await bench.a_run(bench.gate())
        asked = await alice.wait_for_text("Fail orders-api over to us-west-2?")
        await alice.click(asked["ts"], "gate.approve")
        form = await alice.wait_for_view(lambda view: view["callback_id"] == "gate.submit")
        bench.slack.world.modals["U01ALICE00"][-1].body["private_metadata"] = packed
        await alice.submit({"typed": "orders-api us-west-2"}, form["id"])

        await alice.wait_for_view(lambda view: "cannot be read any more" in str(view["blocks"]))

    assert (await bench.desk.run(run.id)).steps["declare"].votes == ()


@pytest.mark.parametrize(
    "line", ["approve", "deny orders-api", "answer", "glass orders-api declare", "switch orders-api mode=unplanned",
             "abort", "skip orders-api declare", "failover orders-api"],
)  # fmt: skip
async def test_a_mention_that_needs_a_form_is_told_where_to_type_it(bench: Bench, line: str) -> None:
    """Slack lets no mention open a form, however often it is repeated."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        card = await carol.wait_for_text("RTO, time to be back")
        await carol.say(f"@dr {line}", thread=card["ts"])

        said = await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))

    assert f"Type: /dr {line}" in text_of(said)
    assert await refusals(bench, run.id) == []


async def test_a_question_is_answered_by_a_click_and_a_skip_by_a_reason(bench: Bench) -> None:
    """Each choice is a button; skipping asks why."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(*bench.trouble())
        ask = await carol.wait_for_text("A decision is needed")
        assert "&lt;!channel&gt;" in str(ask["blocks"])
        await carol.click(ask["ts"], "ask.skip")
        await carol.wait_for_view(lambda view: view["callback_id"] == "ask.submit")
        await carol.submit({"reason": "not needed today"})

        await carol.wait_for(lambda m: m["ts"] == ask["ts"] and "Decided" in text_of(m))

    chosen = [r.fact for r in await bench.desk.records(run.id) if isinstance(r.fact, PersonChose)]
    assert [(fact.choice, fact.reason) for fact in chosen] == [("skip", "not needed today")]


async def test_a_skip_is_for_the_question_that_was_shown(bench: Bench) -> None:
    """While Carol writes, the step is tried again and fails otherwise: she decided about the first failure."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(*bench.trouble())
        ask = await carol.wait_for_text("A decision is needed")
        await carol.click(ask["ts"], "ask.skip")
        await carol.wait_for_view(lambda view: view["callback_id"] == "ask.submit")
        again = StepNeedsPerson(step="allowlist", why="half of it is done", choices=("retry", "skip", "abort"))
        await bench.tell(
            run.id, PersonChose(step="allowlist", choice="retry"), StepStarted(step="allowlist", attempt=2), again
        )
        await carol.submit({"reason": "not needed today"})

        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and "This card is old" in text_of(m))

    chosen = [r.fact for r in await bench.desk.records(run.id) if isinstance(r.fact, PersonChose)]
    assert [fact.choice for fact in chosen] == ["retry"]
    assert await refusals(bench, run.id) == ["stale-card"]


async def test_a_double_click_counts_once(bench: Bench) -> None:
    """The second click is told that nobody is asked any more."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(*bench.trouble())
        ask = await carol.wait_for_text("A decision is needed")
        await asyncio.gather(carol.click(ask["ts"], "ask.retry"), carol.click(ask["ts"], "ask.retry"))

        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))

    chosen = [r.fact for r in await bench.desk.records(run.id) if isinstance(r.fact, PersonChose)]
    assert len(chosen) == 1
    assert await refusals(bench, run.id) == ["stale-card"]


async def test_an_export_is_shared_in_the_thread(bench: Bench) -> None:
    """`/dr export md` answers with where the file is."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        await carol.wait_for_text("RTO, time to be back")
        await carol.command("/dr export md")

        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and f"{run.id}.md" in text_of(m))
        files = await carol.files()

    assert [file["name"] for file in files] == [f"{run.id}.md"]


async def shown(bench: Bench, carol: Person) -> None:
    """Somebody at the first replica looks at a plan."""
    async with bench.door("bot-1"):
        await carol.command("/dr failover orders-api")
        await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")
        await carol.submit({"in:impact_started_at": int(time.time()) - 60})
        await carol.wait_for_view(lambda view: view["callback_id"] == "plan.start")


async def test_a_plan_is_started_by_whichever_replica_gets_the_click(bench: Bench) -> None:
    """One shows it, the other starts the very same one."""
    async with bench.person("carol") as carol:
        await shown(bench, carol)
        async with bench.door("bot-2"):
            await carol.submit({})
            await carol.wait_for_view(lambda view: "Its card is in" in text_of(view))

    assert len(await bench.desk.journals.recent_runs()) == 1


@pytest.mark.parametrize("how", ["expired", "lost"])
async def test_a_plan_that_was_lost_is_shown_again_before_it_starts(bench: Bench, redis: Redis, how: str) -> None:
    """It is too old, or nobody has it any more: it is made again, and looked at once more."""
    async with bench.person("carol") as carol:
        await shown(bench, carol)
        if how == "expired":
            bench.clock.ahead += timedelta(hours=1)
        else:
            await redis.delete(*[key async for key in redis.scan_iter("dr:*:plan")])
        async with bench.door("bot-2"):
            await carol.submit({})
            await carol.wait_for_view(lambda view: "Please look once more" in text_of(view))
            assert await bench.desk.journals.recent_runs() == []

            await carol.submit({})
            await carol.wait_for_view(lambda view: "Its card is in" in text_of(view))

    assert len(await bench.desk.journals.recent_runs()) == 1


async def test_a_dry_run_can_be_started_from_the_plan(bench: Bench) -> None:
    """One click beside Start; the card says what it is."""
    async with bench.door(), bench.person("carol") as carol:
        await carol.command("/dr failover orders-api")
        await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")
        await carol.submit({"in:impact_started_at": int(time.time()) - 60})
        await carol.wait_for_view(lambda view: view["callback_id"] == "plan.start")
        await carol.press("plan.rehearse")

        await carol.wait_for_text("DRY RUN · Failover of orders-api")


async def test_a_reply_in_a_thread_is_captured(bench: Bench) -> None:
    """Slack answers with the whole thread, whose first message comes before the one that wears the emoji."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.by_hand())
        card = await carol.wait_for_text("RTO, time to be back")
        reply = await carol.say("the DBA is here", thread=card["ts"])
        await carol.react(reply["ts"], "pushpin")
        await carol.wait_for(lambda m: m["ts"] == reply["ts"] and "white_check_mark" in str(m.get("reactions")))

        records = await bench.desk.records(run.id)

    assert [each.fact.text for each in records if isinstance(each.fact, NoteAdded)] == ["Carol Díaz: the DBA is here"]
