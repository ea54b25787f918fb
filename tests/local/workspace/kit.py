"""Small Block Kit for tests, and a call whose refusal is its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

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


async def quietly(method: Callable[..., Awaitable[Any]], **arguments: Any) -> str | None:
    """The error code of a call, or None when it worked."""
    try:
        await method(**arguments)
    except SlackApiError as refused:
        return str(refused.response["error"])
    return None
