"""A workspace on a free port, people in it, and real Bolt apps connected to it over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.person import Person
from bot.local.workspace.server import Workspace
from tests.local.workspace.kit import Connect


@pytest.fixture
async def slack() -> AsyncIterator[Workspace]:
    """A fresh workspace."""
    async with Workspace(ack_seconds=1.0, event_retries=(0.0,)) as workspace:
        yield workspace


@pytest.fixture
def client(slack: Workspace) -> AsyncWebClient:
    """The official SDK with the bot token, pointed at the workspace."""
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def app(slack: Workspace, client: AsyncWebClient) -> AsyncApp:
    """A Bolt app that is not connected yet."""
    return AsyncApp(client=client, raise_error_for_unhandled_request=False)


@pytest.fixture
async def connect(slack: Workspace) -> AsyncIterator[Connect]:
    """Connects a Bolt app in Socket Mode and waits until its payloads would arrive."""
    async with AsyncExitStack() as stack:

        async def connect(app: AsyncApp) -> AsyncSocketModeHandler:
            web = AsyncWebClient(base_url=slack.api_url)
            handler = AsyncSocketModeHandler(app, slack.app_token, web_client=web, ping_interval=1)
            await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it bare
            stack.push_async_callback(handler.close_async)
            await slack.links.connected()
            return handler

        yield connect


@pytest.fixture
async def alice(slack: Workspace) -> AsyncIterator[Person]:
    """Alice, in #incidents."""
    async with slack.person("alice") as person:
        yield person


@pytest.fixture
async def bob(slack: Workspace) -> AsyncIterator[Person]:
    """Bob, in #incidents."""
    async with slack.person("bob") as person:
        yield person
