"""HTTP mode: the same Bolt app behind a request URL, reached by signed requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.person import Refused
from bot.local.workspace.server import BOT_TOKEN, Workspace

SECRET = "shared"


@pytest.fixture
async def app_url() -> AsyncIterator[tuple[str, AsyncApp]]:
    """A Bolt app that listens on a free port and checks signatures."""
    client = AsyncWebClient(token=BOT_TOKEN)
    app = AsyncApp(client=client, signing_secret=SECRET, raise_error_for_unhandled_request=False)
    runner = web.AppRunner(app.server(port=0).web_app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events", app
    await runner.cleanup()


async def a_workspace(url: str, app: AsyncApp, secret: str) -> Workspace:
    """A workspace in HTTP mode, known to the app."""
    workspace = Workspace(http_request_url=url, signing_secret=secret, ack_seconds=1.0)
    await workspace.serve()
    app.client.base_url = workspace.api_url
    return workspace


async def test_commands_clicks_and_events_come_as_signed_requests(app_url: tuple[str, AsyncApp]) -> None:
    """All three kinds arrive and are answered, in their three encodings."""
    url, app = app_url
    heard: list[str] = []
    said = asyncio.Event()

    @app.command("/dr")
    async def command(ack: Any, command: Any) -> None:
        await ack(f"heard {command['text']}")

    @app.action("go")
    async def click(ack: Any) -> None:
        heard.append("click")
        await ack()

    @app.event("message")
    async def message(event: Any) -> None:
        if event["text"] == "hello":
            said.set()

    async with await a_workspace(url, app, SECRET) as slack, slack.person("alice") as alice:
        ack = await alice.command("/dr status")
        button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        posted = await AsyncWebClient(token=slack.bot_token, base_url=slack.api_url).chat_postMessage(
            channel="C0INCIDENTS", text="Go?", blocks=[{"type": "actions", "elements": [button]}]
        )
        await alice.click(posted["ts"], "go")
        await alice.say("hello")
        await asyncio.wait_for(said.wait(), 5)

    assert ack["text"] == "heard status"
    assert heard == ["click"]


async def test_a_forged_signature_is_not_believed(app_url: tuple[str, AsyncApp]) -> None:
    """The app refuses what was signed with another secret, and the person sees that it failed."""
    url, app = app_url

    async with await a_workspace(url, app, "another secret") as slack, slack.person("alice") as alice:
        with pytest.raises(Refused, match="dispatch_failed"):
            await alice.command("/dr status")
