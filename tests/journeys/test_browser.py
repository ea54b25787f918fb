"""A person at the page: slash command, forms, two approvals, a step by hand, and the card reaching its end."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bot.local import story
from bot.local.outside import Outside
from bot.local.parts import open_parts
from bot.slack.manifest import manifest

pytest.importorskip("selenium", reason="the browser's driver library is in the dev requirements")
from tests.journeys.browser import CHROMIUM, DRIVER, Page, browser

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER) and "CI" not in os.environ, reason="needs chromium and chromedriver; CI installs them"
)


def approve(page: Page, who: str, title: str) -> None:
    """Approve or confirm as somebody, typing the phrase when there is one."""
    page.act_as(who)
    page.press(title, "gate.approve")
    page.modal("gate.submit")
    if "Type exactly" in page.modal_text():
        page.fill({"typed.value": page.phrase()})
    page.submit()
    page.modal_is_gone()


def fail_over(url: str, pictures: Path) -> str:
    """The whole run at the page; answers the words of the card at its end."""
    with browser(url) as page:
        page.enter("carol")
        page.message("ALARM")
        page.type("/dr failover orders-api")
        page.modal("start.submit")
        page.fill({"reason.value": "us-east-1 does not answer"})
        page.submit()
        page.modal("plan.start")
        page.picture(pictures / "plan.png")
        page.submit()
        page.close("was started")
        approve(page, "alice", "Go or no go")
        approve(page, "bob", "Go or no go")
        page.act_as("carol")
        page.press("payment provider", "manual.answer")
        page.fill({"answer.value": "PSP-4821"})
        page.submit()
        page.modal_is_gone()
        page.picture(pictures / "run.png")
        approve(page, "alice", "Promote the database")
        approve(page, "bob", "Promote the database")
        approve(page, "bob", "Move customers")
        page.message("The run is complete")
        card = page.message("Failover of orders-api", "Complete", "met")
        page.picture(pictures / "done.png")
        return card


async def test_a_person_fails_over_at_the_page(tmp_path: Path) -> None:
    """Everything that a responder does in Slack works on the page, and AWS ends up failed over."""
    async with open_parts(tmp_path / "home", port=0, manifest=manifest()) as parts:
        await parts.bot_is_ready()
        outside = Outside(parts.cloud.url)
        await story.outage(parts, outside)

        card = await asyncio.to_thread(fail_over, parts.slack.page_url, tmp_path / "pictures")

        assert "Complete" in card
        assert await outside.wrong() == []
