"""The page: served with a tight policy, never parsing text as HTML, and usable in a real browser."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.person import Person
from bot.local.workspace.server import PAGE, Workspace
from tests.local.workspace.browser import BROWSER, opened
from tests.local.workspace.kit import Connect, button, modal, text_input

PARSERS = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser")
in_a_browser = pytest.mark.skipif(BROWSER is None, reason="needs chromium, which is not installed here")


@pytest.mark.parametrize("module", sorted(PAGE.glob("*.js")), ids=lambda path: path.name)
def test_no_module_parses_text_as_html(module: Path) -> None:
    """What people and apps write can only become text nodes and attributes."""
    source = module.read_text()

    assert [word for word in PARSERS if word in source] == []


async def test_everything_the_page_needs_comes_from_here(slack: Workspace) -> None:
    """Page, style, modules and icon are served, under a policy that lets no foreign script in."""
    async with aiohttp.ClientSession() as session:
        answers = [await session.get(f"{slack.page_url}page/{path.name}") for path in PAGE.iterdir()]
        page = await session.get(slack.page_url)
        outside = await session.get(f"{slack.page_url}page/..%2fserver.py")

    assert {answer.status for answer in answers} == {200}
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert outside.status == 404


@in_a_browser
async def test_messages_are_drawn_and_hostile_text_stays_text(
    slack: Workspace, client: AsyncWebClient, alice: Person, tmp_path: Path
) -> None:
    """Formatting, emoji, mentions and buttons appear; markup in somebody's words stays words."""
    section: dict[str, Any] = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "*Failover* of `orders-api` by <@U02BOB0000> :rocket:"},
    }
    blocks = [section, {"type": "actions", "elements": [button("pause", "Pause")]}]
    await client.chat_postMessage(channel="C0INCIDENTS", text="card", blocks=blocks)
    await alice.say("<img src=x onerror='window.hacked = true'> <script>window.hacked = true</script>")

    async with opened(f"{slack.page_url}?as=bob&channel=incidents", tmp_path) as tab:
        await tab.until("document.querySelectorAll('#stream .message').length === 2")
        card, words = await tab.js("[...document.querySelectorAll('#stream .text')].map(e => e.innerText.trim())")
        hacked = await tab.js("window.hacked || document.querySelectorAll('#stream .text img').length")
        pressable = await tab.js("document.querySelector('[data-action-id=pause]').innerText")
        code = await tab.js("document.querySelector('code.inline-code').innerText")

    assert card == "Failover of orders-api by @Bob Osei 🚀\nPause"
    assert words == "<img src=x onerror='window.hacked = true'> <script>window.hacked = true</script>"
    assert not hacked
    assert (pressable, code) == ("Pause", "orders-api")


@in_a_browser
async def test_a_failover_can_be_asked_for_in_the_browser(
    slack: Workspace, app: AsyncApp, connect: Connect, tmp_path: Path
) -> None:
    """Type the command, fill in the modal, read the refusal, correct it, press the card's button, see it change."""

    @app.command("/dr")
    async def ask(ack: Any, body: Any, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(text_input("reason", "Reason")))

    @app.view("plan")
    async def take(ack: Any, view: Any, client: AsyncWebClient) -> None:
        reason = view["state"]["values"]["reason"]["typed"]["value"]
        if len(reason) < 10:
            await ack(response_action="errors", errors={"reason": "Say more."})
            return
        await ack()
        blocks = [{"type": "actions", "elements": [button("approve", "Approve")]}]
        await client.chat_postMessage(channel="C0INCIDENTS", text=reason, blocks=blocks)

    @app.action("approve")
    async def approve(ack: Any, respond: Any, body: Any) -> None:
        await ack()
        await respond(text=f"Approved by <@{body['user']['id']}>", replace_original=True)

    await connect(app)

    async with opened(f"{slack.page_url}?as=alice&channel=incidents", tmp_path) as tab:
        await tab.until("document.querySelector('#live')?.innerText === 'live'")
        await tab.write("[data-testid=composer]", "/dr failover orders-api")
        await tab.press("Enter", 13)
        await tab.write("[data-testid=modal] [data-action-id=typed]", "down")
        await tab.click("[data-testid=submit]")
        refused = await tab.until("document.querySelector('[data-testid=modal] .error')?.innerText")
        await tab.write("[data-testid=modal] [data-action-id=typed]", "us-east-1 is down")
        await tab.click("[data-testid=submit]")
        await tab.until("!document.querySelector('[data-testid=modal]')")
        await tab.click("#stream [data-action-id=approve]")
        await tab.until("document.querySelector('#stream').innerText.includes('Approved by @Alice Kim')")
        shown = await tab.js("document.querySelectorAll('#stream [data-action-id=approve]').length")

    assert "Say more." in refused
    assert shown == 0


@in_a_browser
async def test_a_button_stays_under_the_pointer_while_its_message_changes(
    slack: Workspace, app: AsyncApp, client: AsyncWebClient, connect: Connect, tmp_path: Path
) -> None:
    """A card moves every second during a run; whoever presses in that moment has pressed, and sees the change after."""
    clicked = asyncio.Event()

    @app.action("approve")
    async def approve(ack: Any) -> None:
        await ack()
        clicked.set()

    await connect(app)
    blocks = [{"type": "actions", "block_id": "decide", "elements": [button("approve", "Approve")]}]
    posted = await client.chat_postMessage(channel="C0INCIDENTS", text="0 of 2", blocks=blocks)
    later = [{"type": "section", "text": {"type": "mrkdwn", "text": "1 of 2"}}, *blocks]
    heard = "performance.getEntriesByType('resource').filter(one => one.name.includes('/channels/')).length"
    drawn = (
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(true)))))"
    )

    async with opened(f"{slack.page_url}?as=alice&channel=incidents", tmp_path) as tab:
        await tab.until("document.querySelector('#stream [data-action-id=approve]')?.checkVisibility()")
        x, y = await tab.js(
            "(b => [b.x + b.width / 2, b.y + b.height / 2])"
            "(document.querySelector('#stream [data-action-id=approve]').getBoundingClientRect())"
        )
        before = await tab.until(f"document.querySelector('#live').innerText === 'live' && {heard} >= 2 && {heard}")
        await tab.mouse("mousePressed", x, y)
        await client.chat_update(channel="C0INCIDENTS", ts=str(posted["ts"]), text="1 of 2", blocks=later)
        await tab.until(f"{heard} > {before}")
        await tab.js(drawn)
        await tab.mouse("mouseReleased", x, y)
        await asyncio.wait_for(clicked.wait(), 5)
        await tab.until("document.querySelector('#stream').innerText.includes('1 of 2')")
