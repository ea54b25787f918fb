"""response_urls: five uses, half an hour, and what each kind of answer does."""

from __future__ import annotations

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.response_urls import ResponseUrls
from bot.local.workspace.server import Workspace


class Clock:
    """Wound by hand."""

    def __init__(self) -> None:
        self.now = 1_786_000_000.0

    def __call__(self) -> float:
        return self.now


async def post(url: str, body: Json) -> int:
    """Answer an interaction; returns the status."""
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status


def urls_of(slack: Workspace) -> ResponseUrls:
    return slack.api.urls


async def test_the_sixth_use_is_refused(slack: Workspace, alice: Person) -> None:
    """Five whispers arrive; the sixth gets 404."""
    url = urls_of(slack).mint("U01ALICE00", slack.world.channel("incidents"))

    statuses = [await post(url, {"text": f"{n}"}) for n in range(6)]

    assert statuses == [200] * 5 + [404]
    assert [m["text"] for m in await alice.ephemerals()] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 404)])
async def test_after_half_an_hour_it_is_over(minutes: int, status: int) -> None:
    """29 minutes later it works, 31 minutes later not."""
    clock = Clock()
    async with Workspace(clock=clock) as slack:
        url = urls_of(slack).mint("U01ALICE00", slack.world.channel("incidents"))
        clock.now += minutes * 60

        answered = await post(url, {"text": "late"})

    assert answered == status


async def test_a_whisper_can_be_replaced_and_removed(slack: Workspace, client: AsyncWebClient, alice: Person) -> None:
    """The only way to change an ephemeral message is the response_url of a click on it."""
    await client.chat_postEphemeral(channel="C0INCIDENTS", user="U01ALICE00", text="one")
    channel = slack.world.channel("incidents")
    [(_, whisper)] = channel.ephemerals.values()
    url = urls_of(slack).mint("U01ALICE00", channel, whisper)

    await post(url, {"text": "two", "replace_original": True})
    replaced = [m["text"] for m in await alice.messages()]
    await post(url, {"delete_original": True})

    assert replaced == ["two"]
    assert await alice.messages() == []


@pytest.mark.parametrize("body", [{}, {"text": "x", "blocks": [{"type": "banner"}]}])
async def test_an_answer_slack_would_not_take_gets_400(body: Json, slack: Workspace) -> None:
    """Nothing to say, or blocks that are none."""
    url = urls_of(slack).mint("U01ALICE00", slack.world.channel("incidents"))

    assert await post(url, body) == 400
