"""Modals and Home, seen by a real Bolt app and by the person in front of them."""

from __future__ import annotations

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.person import Person
from bot.local.workspace.words import action_ids
from tests.local.workspace.kit import Connect, button, modal, plain, quietly, text_input


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
