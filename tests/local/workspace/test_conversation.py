"""A real Bolt app over a real socket: commands, clicks, modals, whispers, files, events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.person import Person, Refused
from bot.local.workspace.server import Workspace
from bot.local.workspace.words import action_ids, text_of

Connect = Callable[[AsyncApp], Awaitable[AsyncSocketModeHandler]]


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(action_id: str, text: str, value: str = "1") -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": value}


def text_input(block_id: str, label: str, **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": "typed", **more}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


def modal(*blocks: dict[str, Any], title: str = "Fail over", **more: Any) -> dict[str, Any]:
    body = {
        "type": "modal",
        "callback_id": "plan",
        "title": plain(title),
        "submit": plain("Go"),
        "blocks": list(blocks),
    }
    return body | more


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


async def test_a_modal_opens_is_corrected_and_submitted(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """A refused field shows its sentence; the corrected one arrives with its state values, and the modal is gone."""
    reasons: list[str] = []

    @app.command("/dr")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("reason", "Reason")))

    @app.view("plan")
    async def take(ack: Any, view: Any) -> None:
        reason = view["state"]["values"]["reason"]["typed"]["value"]
        if len(reason) < 10:
            await ack(response_action="errors", errors={"reason": "Say more."})
            return
        reasons.append(reason)
        await ack()

    await connect(app)
    await alice.command("/dr failover orders-api")
    await alice.wait_for_view()

    empty = await alice.submit({})
    short = await alice.submit({"reason": "down"})
    shown = await alice.view()
    done = await alice.submit({"typed": "us-east-1 is down"})

    assert empty["errors"] == {"reason": "Please complete this required field."}
    assert empty["by"] == "client"
    assert (short["errors"], short["by"]) == ({"reason": "Say more."}, "app")
    assert shown is not None
    assert shown["errors"] == {"reason": "Say more."}
    assert done["action"] == "close"
    assert reasons == ["us-east-1 is down"]
    assert await alice.view() is None


async def test_a_submission_may_update_push_and_clear(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """The three response actions change what the person sees, in that order."""

    @app.command("/dr")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal(title="One", callback_id="one"))
        await ack()

    @app.view("one")
    async def one(ack: Any) -> None:
        await ack(response_action="update", view=modal(title="Two", callback_id="two"))

    @app.view("two")
    async def two(ack: Any) -> None:
        await ack(response_action="push", view=modal(title="Three", callback_id="three"))

    @app.view("three")
    async def three(ack: Any) -> None:
        await ack(response_action="clear")

    await connect(app)
    await alice.command("/dr failover")

    actions, titles = [], []
    for _ in range(3):
        actions.append((await alice.submit())["action"])
        view = await alice.view()
        titles.append(view["title"]["text"] if view else None)

    assert actions == ["update", "push", "clear"]
    assert titles == ["Two", "Three", None]


async def test_a_view_updated_under_a_stale_hash_is_refused(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """The first update with the opening hash wins; the second conflicts; what was typed survives."""
    outcome: list[str] = []

    @app.command("/dr")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        opened = await client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("reason", "Reason")))
        for title in ("Loaded", "Too late"):
            view = modal(text_input("reason", "Why"), title=title)
            arguments = {"view_id": opened["view"]["id"], "hash": opened["view"]["hash"], "view": view}
            outcome.append(await quietly(client.views_update, **arguments) or "ok")
        await ack()

    await connect(app)

    await alice.command("/dr failover")

    assert outcome == ["ok", "hash_conflict"]
    view = await alice.view()
    assert view is not None
    assert view["title"]["text"] == "Loaded"


async def test_closing_a_modal_is_told_to_an_app_that_asked(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """`notify_on_close` brings a view_closed."""
    closed = asyncio.Event()

    @app.command("/dr")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal(notify_on_close=True))
        await ack()

    @app.view_closed("plan")
    async def told(ack: Any) -> None:
        await ack()
        closed.set()

    await connect(app)
    await alice.command("/dr failover")

    await alice.close_view()

    assert closed.is_set()
    assert await alice.view() is None


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


async def test_home_is_opened_published_and_clicked(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """Opening Home sends the event; a click on the published view names it."""
    clicked: list[str] = []

    @app.event("app_home_opened")
    async def opened(event: Any, client: AsyncWebClient) -> None:
        blocks = [{"type": "actions", "elements": [button("refresh", "Refresh")]}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.action("refresh")
    async def refresh(ack: Any, body: Any) -> None:
        await ack()
        clicked.append(body["view"]["type"])

    await connect(app)
    await alice.open_home()
    home = await alice.wait_for_home()

    await alice.press("refresh", view_id=home["id"])

    assert clicked == ["home"]
    assert action_ids(home) == ["refresh"]


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


async def test_an_external_select_asks_the_app_for_options(app: AsyncApp, connect: Connect, alice: Person) -> None:
    """What was typed goes to the app, and one of its options can be submitted."""
    chosen: list[str] = []

    @app.command("/dr")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        element = {"type": "external_select", "action_id": "service", "min_query_length": 0}
        block = {"type": "input", "block_id": "service", "label": plain("Service"), "element": element}
        await client.views_open(trigger_id=body["trigger_id"], view=modal(block))
        await ack()

    @app.options("service")
    async def offer(ack: Any, payload: Any) -> None:
        await ack(options=[{"text": plain(f"{payload['value']}-api"), "value": "s1"}])

    @app.view("plan")
    async def take(ack: Any, view: Any) -> None:
        await ack()
        chosen.append(view["state"]["values"]["service"]["service"]["selected_option"]["value"])

    await connect(app)
    await alice.command("/dr failover")

    [option] = await alice.suggestions("service", "orders")
    await alice.submit({"service": option})

    assert option["text"]["text"] == "orders-api"
    assert chosen == ["s1"]


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


async def quietly(method: Callable[..., Awaitable[Any]], **arguments: Any) -> str | None:
    """The error code of a call, or None when it worked."""
    try:
        await method(**arguments)
    except SlackApiError as refused:
        return str(refused.response["error"])
    return None
