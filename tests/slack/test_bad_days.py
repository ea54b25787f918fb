"""What people get back while Slack stumbles: nobody is left before a form that says `Loading…`, no refusal is lost."""

from __future__ import annotations

import pytest

from bot.local.workspace.faults import Fault
from bot.local.workspace.kinds import Json
from bot.local.workspace.words import action_ids, text_of
from tests.slack.conftest import Bench


def whispered(words: str, message: Json) -> bool:
    """Whether only one person sees it, and it says so."""
    return bool(message.get("is_ephemeral")) and words in text_of(message)


@pytest.mark.parametrize("fault", [Fault("drop_before", "chat.getPermalink"), Fault("status", "chat.getPermalink")])
async def test_a_refusal_is_told_without_a_link_when_slack_gives_none(bench: Bench, fault: Fault) -> None:
    """The link to the card is a courtesy; the reason is not."""
    async with bench.door(), bench.person("carol") as carol, bench.person("dave") as dave:
        await bench.a_run(bench.gate())
        card = await carol.wait_for(lambda m: "run.pause" in action_ids(m))
        bench.slack.faults.add(fault)
        await dave.click(card["ts"], "run.pause")

        await dave.wait_for(lambda m: whispered("You are not on the roster", m))


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", "views.update", times=1),
        Fault("ratelimited", "views.update", times=1),
        Fault("drop_before", "views.update", times=1),
        Fault("drop_after", "views.update", times=2),
    ],
)
async def test_a_form_is_filled_though_slack_stumbles_once(bench: Bench, fault: Fault) -> None:
    """Twice in one flow: the form of the start, and its plan."""
    async with bench.door(), bench.person("alice") as alice:
        await bench.a_run(bench.gate())
        gate = await alice.wait_for(lambda m: "gate.approve" in action_ids(m))
        bench.slack.faults.add(fault)
        await alice.click(gate["ts"], "gate.approve")

        await alice.wait_for_view(lambda view: view["callback_id"] == "gate.submit", timeout=8)


async def test_a_form_that_slack_never_takes_is_told(bench: Bench) -> None:
    """It says `Loading…` for good, and that is said where it can be read."""
    async with bench.door(), bench.person("carol") as carol, bench.person("erin") as erin:
        bench.slack.faults.add(Fault("error", "views.update", code="invalid_arguments"))
        await carol.command("/dr failover orders-api")
        await carol.wait_for(lambda m: whispered("Slack does not take what belongs into the form", m))
        await erin.command("/dr failover orders-api")

        await erin.wait_for(lambda m: whispered("Guests may not use this bot", m))


async def test_a_refusal_reaches_somebody_who_closed_the_form(bench: Bench) -> None:
    """Whoever closes `Loading…` is told all the same why nothing follows."""
    async with bench.door(), bench.person("erin") as erin:
        bench.slack.faults.add(Fault("delay", "views.update", seconds=0.5))
        await erin.command("/dr failover orders-api")
        await erin.wait_for_view(lambda view: True)
        await erin.close_view()

        await erin.wait_for(lambda m: whispered("Guests may not use this bot", m))


@pytest.mark.parametrize(
    ("line", "fault", "words"),
    [
        ("export", Fault("error", "files.getUploadURLExternal", code="missing_scope"), "Apply the manifest again"),
        ("export", Fault("error", "files.completeUploadExternal", code="not_in_channel"), "is not in this channel"),
        ("export", Fault("status", "upload"), "Slack did not take this"),
        ("abort", Fault("error", "views.open", code="token_revoked"), "Install the app again"),
        ("abort", Fault("error", "views.open", code="expired_trigger_id"), "Please do that again"),
        ("abort", Fault("status", "views.open"), "Please do that again"),
    ],
)
async def test_what_slack_refuses_is_told_with_what_helps(bench: Bench, line: str, fault: Fault, words: str) -> None:
    """Files and forms that Slack does not take are no failure of ours with a number, and not all are worth a repeat."""
    async with bench.door(), bench.person("carol") as carol:
        await bench.a_run(bench.gate())
        await carol.wait_for(lambda m: "run.pause" in action_ids(m))
        bench.slack.faults.add(fault)
        await carol.command(f"/dr {line}")
        told = await carol.wait_for(lambda m: whispered(words, m))

    assert "Something went wrong" not in text_of(told)


async def test_a_run_is_told_though_slack_refuses_to_list_its_channels(bench: Bench) -> None:
    """A channel takes messages under its name, too: a scope that is missing keeps nobody from being asked."""
    async with bench.door(), bench.person("alice") as alice:
        bench.slack.faults.add(Fault("error", "conversations.list", code="missing_scope"))
        await bench.a_run(bench.gate())
        gate = await alice.wait_for(lambda m: "gate.approve" in action_ids(m))
        await alice.click(gate["ts"], "gate.approve")
        await alice.wait_for_view(lambda view: view["callback_id"] == "gate.submit")


@pytest.mark.parametrize(
    "fault",
    [
        Fault("error", "conversations.list", code="missing_scope"),
        Fault("status", "conversations.list"),
        Fault("drop_before", "conversations.list"),
    ],
)
async def test_a_recovery_begins_though_nobody_knows_who_reads_its_channel(bench: Bench, fault: Fault) -> None:
    """An outage of Slack's list stops no start; whether the channel is ours is asked again there."""
    async with bench.door(), bench.person("carol") as carol:
        bench.slack.faults.add(fault)
        await carol.command("/dr failover orders-api")
        await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")


async def test_home_says_itself_who_may_not_look(bench: Bench) -> None:
    """A guest reads why on Home, and gets no message each time that they look."""
    async with bench.door(), bench.person("erin") as erin:
        for _time in range(2):
            await erin.open_home()
            await erin.wait_for_home(lambda view: "Guests may not use this bot" in text_of(view))

        assert await erin.messages("dr") == []


async def test_a_mention_in_a_thread_is_answered_there(bench: Bench) -> None:
    """An answer in the channel would be read by nobody who looks at the thread."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())
        card = await carol.wait_for(lambda m: "run.pause" in action_ids(m))
        await carol.say("@dr status", thread=card["ts"])
        answer = await carol.wait_for(lambda m: whispered(run.id, m))

    assert answer["thread_ts"] == card["ts"]


async def test_answers_take_the_proxy_of_the_settings_and_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that the environment names, and that `no_proxy` passes by, is not asked."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with bench.door(), bench.person("carol") as carol:
        await carol.command("/dr runs")
        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))

    assert not any(call.method == "chat.postEphemeral" for call in bench.slack.api.calls)


LONG = "<!channel> no & why 👩‍👩‍👧 " * 160
"""About as much as Slack lets somebody type after a command."""


@pytest.mark.parametrize(
    ("line", "form"),
    [
        (f"abort {LONG}", "abort.submit"),
        (f"update {LONG}", "status.submit"),
        (f'failover orders-api reason="{LONG}"', "start.submit"),
        ("failover orders-api impact_started_at=1970-01-01T00:00:00Z", "start.submit"),
        ("failover orders-api impact_started_at=0001-01-01T00:00:00Z", "start.submit"),
        ("failover orders-api impact_started_at=9999-12-31T23:59:59Z", "start.submit"),
        ("failover orders-api impact_started_at=-400000d", "start.submit"),
        ("failover orders-api desired_tasks=1e999", "start.submit"),
        (f"failover orders-api desired_tasks={'9' * 3500}", "start.submit"),
        (f"failover orders-api mode={'x' * 3500}", "start.submit"),
    ],
)
async def test_whatever_is_typed_after_a_command_its_form_opens(bench: Bench, line: str, form: str) -> None:
    """What is too long for a field, or no moment that Slack can draw, does not keep the form from opening."""
    async with bench.door(), bench.person("carol") as carol:
        await bench.a_run(bench.gate())
        await carol.command(f"/dr {line}")

        await carol.wait_for_view(lambda view: view["callback_id"] == form)


@pytest.mark.parametrize(
    "fault",
    [Fault("status", "reactions.add"), Fault("error", "reactions.add", code="missing_scope"),
     Fault("drop_before", "reactions.add")],
)  # fmt: skip
async def test_a_note_is_not_said_to_be_lost_for_want_of_a_tick(bench: Bench, fault: Fault) -> None:
    """The timeline has the message, whatever Slack does with our reaction to it."""
    async with bench.door(), bench.person("carol") as carol:
        await bench.a_run(bench.gate())
        await carol.wait_for(lambda m: "run.pause" in action_ids(m))
        bench.slack.faults.add(fault)
        said = await carol.say("the DBA is here")
        await carol.react(said["ts"], "pushpin")

        await carol.wait_for(lambda m: whispered("Noted, though Slack did not take the tick", m))


async def test_files_in_the_thread_are_said_to_be_there_without_a_link_too(bench: Bench) -> None:
    """Somebody asks from another channel, and Slack gives no link to the card."""
    async with bench.door(), bench.person("carol") as carol:
        await bench.a_run(bench.gate())
        await carol.wait_for(lambda m: "run.pause" in action_ids(m))
        bench.slack.faults.add(Fault("status", "chat.getPermalink"))
        await carol.command("/dr export md", channel="general")

        await carol.wait_for(lambda m: whispered("in the thread of the run card", m), channel="general")
