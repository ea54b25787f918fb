"""A real Bolt app over a real socket: commands, clicks, whispers, files, events, lost connections."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.person import Person, Refused
from bot.local.workspace.server import Workspace
from bot.local.workspace.words import text_of
from tests.local.workspace.kit import Connect, button, plain, quietly


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("see https://x.example/a?b=1&c", "see <https://x.example/a?b=1&amp;c>"),
        ("host=db.example.com", "host=<http://db.example.com|db.example.com>"),
        ("ask bob@example.com", "ask <mailto:bob@example.com|bob@example.com>"),
        ("orders-api.failover at 198.51.100.10", "orders-api.failover at 198.51.100.10"),
    ],
)
async def test_addresses_are_marked_up(typed: str, stored: str) -> None:
    """Slack makes links of addresses before an app sees them."""
    async with Workspace() as slack, slack.person("alice") as alice:
        said = await alice.say(typed)

    assert said["text"] == stored


async def test_a_command_reaches_the_app_and_its_answer_the_person(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    """`/dr status` arrives with user, channel and text, and the ack's text is whispered back."""

    @app.command("/dr")
    async def answer(ack: Any, command: Any) -> None:
        await ack(f"{command['user_name']} in {command['channel_name']}: {command['text']}")

    await connect(app)

    await alice.command("/dr status of @bob in #orders")

    [whisper] = await alice.ephemerals()
    assert whisper["text"] == "alice in incidents: status of <@U02BOB0000|bob> in <#C0ORDERS000|orders>"


async def test_a_whisper_is_seen_by_its_person_only(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, alice: Person, bob: Person
) -> None:
    """An ephemeral message shows for Alice and not for Bob, and cannot be updated."""
    posted = await client.chat_postEphemeral(channel="C0INCIDENTS", user="U01ALICE00", text="You started this run.")

    assert [m["text"] for m in await alice.messages()] == ["You started this run."]
    assert await bob.messages() == []
    assert (
        await quietly(client.chat_update, channel="C0INCIDENTS", ts=posted["message_ts"], text="x")
    ) == "message_not_found"


async def test_a_command_may_answer_in_the_channel(app: AsyncApp, connect: Connect, alice: Person, bob: Person) -> None:
    """`response_type: in_channel` shows what was typed and the answer to everybody."""

    @app.command("/dr")
    async def answer(ack: Any) -> None:
        await ack(text="All regions are healthy.", response_type="in_channel")

    await connect(app)

    await alice.command("/dr status")

    assert [m["text"] for m in await bob.messages()] == ["/dr status", "All regions are healthy."]


async def test_a_command_nobody_declared_is_refused_by_the_client(alice: Person) -> None:
    """`/unknown` never reaches the app."""
    with pytest.raises(Refused, match="invalid_command"):
        await alice.command("/unknown")

    assert "not a valid command" in text_of((await alice.ephemerals())[0])


async def test_without_an_ack_the_person_reads_operation_timeout(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    """An app that never acknowledges is shown as Slack shows it."""

    @app.command("/dr")
    async def silent() -> None:
        await asyncio.Event().wait()

    await connect(app)

    with pytest.raises(Refused, match="operation_timeout"):
        await alice.command("/dr status")

    assert text_of((await alice.ephemerals())[-1]) == '/dr failed with the error "operation_timeout"'


async def test_without_a_connection_the_person_reads_dispatch_failed(alice: Person) -> None:
    """No socket, no command."""
    with pytest.raises(Refused, match="dispatch_failed"):
        await alice.command("/dr status")

    assert text_of((await alice.ephemerals())[-1]) == '/dr failed with the error "dispatch_failed"'


async def test_a_click_carries_everything_the_app_needs(
    app: AsyncApp, connect: Connect, client: AsyncWebClient, alice: Person, bob: Person
) -> None:
    """A button click names who, where and what; answering by response_url rewrites the message for everybody."""
    seen: dict[str, Any] = {}

    @app.action("approve")
    async def approve(ack: Any, body: Any, respond: Any) -> None:
        await ack()
        seen.update(body)
        await respond(text="Approved by <@U02BOB0000>", replace_original=True)

    await connect(app)
    block = {"type": "actions", "block_id": "gate", "elements": [button("approve", "Approve", "run-1:7")]}
    posted = await client.chat_postMessage(channel="#incidents", text="Approve?", blocks=[block])

    await bob.click(posted["ts"], "approve")

    assert seen["user"]["id"] == "U02BOB0000"
    assert seen["container"] == {
        "type": "message",
        "message_ts": posted["ts"],
        "channel_id": "C0INCIDENTS",
        "is_ephemeral": False,
    }
    [action] = seen["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("approve", "gate", "run-1:7")
    rewritten = await alice.wait_for_text("Approved by")
    assert (rewritten["ts"], rewritten["blocks"]) == (posted["ts"], [])


@pytest.mark.parametrize(
    ("element", "value", "field", "expected"),
    [
        (
            {"type": "static_select", "options": [{"text": plain("Skip"), "value": "skip"}]},
            "skip",
            "selected_option",
            "skip",
        ),
        (
            {"type": "overflow", "options": [{"text": plain("Abort"), "value": "abort"}]},
            "Abort",
            "selected_option",
            "abort",
        ),
        ({"type": "radio_buttons", "options": [{"text": plain("A"), "value": "a"}]}, "a", "selected_option", "a"),
        ({"type": "users_select"}, "U02BOB0000", "selected_user", "U02BOB0000"),
        ({"type": "datepicker"}, "2026-08-13", "selected_date", "2026-08-13"),
        ({"type": "timepicker"}, "19:30", "selected_time", "19:30"),
        ({"type": "datetimepicker"}, 1786000000, "selected_date_time", 1786000000),
        ({"type": "checkboxes", "options": [{"text": plain("A"), "value": "a"}]}, ["a"], "selected_options", ["a"]),
    ],
)
async def test_every_element_reports_what_was_chosen(
    element: dict[str, Any],
    value: Any,
    field: str,
    expected: Any,
    app: AsyncApp,
    connect: Connect,
    client: AsyncWebClient,
    alice: Person,
) -> None:
    """Selects, menus and pickers arrive in the field that Slack uses for them."""
    actions: list[dict[str, Any]] = []

    @app.action("pick")
    async def picked(ack: Any, action: Any) -> None:
        await ack()
        actions.append(action)

    await connect(app)
    blocks = [{"type": "actions", "elements": [element | {"action_id": "pick"}]}]
    posted = await client.chat_postMessage(channel="C0INCIDENTS", text="Pick", blocks=blocks)

    await alice.click(posted["ts"], "pick", value)

    [action] = actions
    chosen = action[field]
    values = chosen["value"] if isinstance(chosen, dict) else chosen
    assert ([one["value"] for one in values] if field == "selected_options" else values) == expected


async def test_a_file_lands_in_the_thread(client: AsyncWebClient, alice: Person) -> None:
    """files_upload_v2 shares the file as a reply, and its bytes come back unchanged."""
    card = await client.chat_postMessage(channel="C0INCIDENTS", text="Run orders-api")

    await client.files_upload_v2(
        channel="C0INCIDENTS",
        thread_ts=card["ts"],
        filename="timeline.md",
        title="Timeline",
        content="# Timeline\n",
        initial_comment="Here it is.",
    )

    _, reply = await alice.thread(card["ts"])
    assert (reply["text"], reply["files"][0]["title"]) == ("Here it is.", "Timeline")
    assert await alice.download((await alice.files())[0]) == b"# Timeline\n"


async def test_words_reactions_and_edits_reach_the_app(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """What people write and mark in a channel arrives as events, changes and deletions too."""
    events: list[str] = []
    complete = asyncio.Event()

    async def note(event: Any) -> None:
        events.append(event.get("subtype") or event["type"])
        if len(events) == 6:
            complete.set()

    for kind in ("message", "app_mention", "reaction_added", "reaction_removed"):
        app.event(kind)(note)
    await connect(app)

    message = await alice.say("@dr the writer is in us-west-2 & healthy")
    await alice.react(message["ts"], "pushpin")
    await alice.react(message["ts"], "pushpin", take_back=True)
    await alice.edit(message["ts"], "corrected")
    await alice.delete(message["ts"])
    await asyncio.wait_for(complete.wait(), 5)

    assert message["text"] == "<@U0DRBOT000> the writer is in us-west-2 &amp; healthy"
    assert sorted(events) == [
        "app_mention",
        "message",
        "message_changed",
        "message_deleted",
        "reaction_added",
        "reaction_removed",
    ]


async def test_a_message_shortcut_brings_the_message(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """The shortcut's payload holds the message it was used on."""
    noted: list[str] = []

    @app.shortcut("add_to_timeline")
    async def note(ack: Any, shortcut: Any) -> None:
        await ack()
        noted.append(shortcut["message"]["text"])

    await connect(app)
    message = await alice.say("Failover done")

    await alice.shortcut("add_to_timeline", message["ts"])

    assert noted == ["Failover done"]


async def test_several_sockets_share_the_payloads(slack: Workspace, connect: Connect, alice: Person) -> None:
    """Two replicas of the app get two commands each out of four, and each command goes to one of them only."""
    answered: list[str] = []

    def replica(name: str) -> AsyncApp:
        app = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))

        @app.command("/dr")
        async def answer(ack: Any) -> None:
            await ack()
            answered.append(name)

        return app

    await connect(replica("one"))
    await connect(replica("two"))

    for _ in range(4):
        await alice.command("/dr status")

    assert sorted(answered) == ["one", "one", "two", "two"]


@pytest.mark.parametrize("how", ["disconnect", "cut"])
async def test_a_lost_socket_is_replaced(
    how: str, slack: Workspace, app: AsyncApp, connect: Connect, alice: Person
) -> None:
    """After a refresh, polite or brutal, the app comes back by itself and hears the next command."""

    @app.command("/dr")
    async def answer(ack: Any) -> None:
        await ack("back")

    await connect(app)

    if how == "cut":
        slack.links.cut()
    else:
        await slack.links.disconnect()
    await slack.links.connected()
    ack = await alice.command("/dr status")

    assert ack["text"] == "back"


async def test_an_unacknowledged_event_is_sent_again(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """The retry says that it is one, and why."""
    seen: list[tuple[str, str]] = []
    again = asyncio.Event()

    @app.middleware
    async def watch(req: Any, next: Any) -> None:
        if req.body.get("type") == "event_callback":
            num = req.headers.get("x-slack-retry-num", ["0"])[0]
            seen.append((num, req.headers.get("x-slack-retry-reason", [""])[0]))
            if len(seen) == 1:
                await asyncio.Event().wait()
            again.set()
        await next()

    @app.event("message")
    async def take() -> None: ...

    await connect(app)

    await alice.say("hello")
    await asyncio.wait_for(again.wait(), 5)

    assert seen[0][0] == "0"
    assert seen[1] == ("1", "timeout")
