"""The door for trouble, from outside: faults, revoked tokens, archived channels, lost sockets, counted calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.server import Workspace
from tests.local.workspace.kit import Connect, quietly

Control = Callable[..., Awaitable[Json]]


@pytest.fixture
def control(slack: Workspace) -> Control:
    """Posts to `/control/…`."""

    async def control(name: str, **body: Any) -> Json:
        async with aiohttp.ClientSession() as session:
            response = await session.post(f"{slack.page_url}control/{name}", json=body)
            answer: Json = await response.json()
            return answer

    return control


async def test_a_fault_is_switched_on_and_off(control: Control, client: AsyncWebClient) -> None:
    """While it is on, the method fails; afterwards it works."""
    await control("fault", kind="error", method="auth.test", code="fatal_error")
    during = await quietly(client.auth_test)
    await control("clear")

    assert (during, await quietly(client.auth_test)) == ("fatal_error", None)


async def test_a_token_is_revoked_and_restored(control: Control, client: AsyncWebClient) -> None:
    """token_revoked in between."""
    await control("revoke")
    during = await quietly(client.auth_test)
    await control("restore")

    assert (during, await quietly(client.auth_test)) == ("token_revoked", None)


async def test_a_channel_is_archived_and_shared(control: Control, client: AsyncWebClient) -> None:
    """Both show in conversations.info."""
    await control("archive", channel="orders")
    await control("share", channel="payments")

    orders = await client.conversations_info(channel="C0ORDERS000")
    payments = await client.conversations_info(channel="C0PAYMENTS0")

    assert orders["channel"]["is_archived"]
    assert payments["channel"]["is_ext_shared"]


async def test_sockets_are_refreshed_from_outside(
    control: Control, slack: Workspace, app: AsyncApp, connect: Connect
) -> None:
    """The app gets its disconnect and comes back on a new connection."""
    await connect(app)
    [before] = slack.links.links

    await control("disconnect")
    await slack.links.connected()

    assert before not in [link for link in slack.links.links if not link.leaving]


@pytest.mark.parametrize(
    ("name", "body", "error"), [("dance", {}, "unknown_control"), ("fault", {"sort": "x"}, "invalid_arguments")]
)
async def test_what_it_does_not_understand_it_says(name: str, body: Json, error: str, control: Control) -> None:
    """An unknown control, and a fault with unknown fields."""
    assert (await control(name, **body))["error"] == error


async def test_calls_are_counted_without_their_tokens(slack: Workspace, client: AsyncWebClient, alice: Person) -> None:
    """Method, arguments, status and error of every call; the token is not among them."""
    await client.api_call("chat.postMessage", params={"channel": "C0INCIDENTS", "text": "x", "token": slack.bot_token})
    await quietly(client.users_info, user="U0NOBODY00")

    async with aiohttp.ClientSession() as session:
        calls = (await (await session.get(f"{slack.page_url}control/calls")).json())["calls"]

    assert [(call["method"], call["status"], call["error"]) for call in calls] == [
        ("chat.postMessage", 200, None),
        ("users.info", 200, "user_not_found"),
    ]
    assert slack.bot_token not in str(calls)
