"""Where pictures are taken: the local workspace's page and exported files, in a headless Chromium.

Promises: the same view looks the same every time; clocks stand still, the zone is UTC. Refuses to know the samples.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.seed import ChannelSeed, MemberSeed, Seed
from bot.local.workspace.server import Workspace
from bot.model.people import Person
from bot.slack.kit import Message
from tests.journeys.browser import CHROMIUM, DRIVER
from tests.pictures.palette import light

PATIENCE = 20.0  # seconds
WIDE, PHONE = (1180, 1900), (390, 844)
CHANNEL, TOLD = "C0INCIDENTS", "C0ORDERS"
_STILL = "for (const each of document.getAnimations()) { try { each.finish(); } catch { each.cancel(); } }"
"""Whatever moves has arrived; what would move for ever stands."""


class Camera:
    """One browser window."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver = driver

    def look_at(self, url: str, size: tuple[int, int], *waits_for: str) -> None:
        """Open an address and wait for what it shows."""
        width, height = size
        self._driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": width < 500},
        )
        self._driver.get(url)
        for selector in waits_for:
            waiting = WebDriverWait(self._driver, PATIENCE, 0.05)
            waiting.until(lambda driver, selector=selector: driver.find_elements(By.CSS_SELECTOR, selector))

    def press(self, selector: str) -> None:
        """Click the first thing that fits."""
        self._driver.find_element(By.CSS_SELECTOR, selector).click()

    def take(self, selector: str, path: Path) -> None:
        """The first thing that fits, alone; the whole window for an empty selector."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._driver.execute_async_script("document.fonts.ready.then(arguments[arguments.length - 1])")
        self._driver.execute_script(_STILL)
        if selector:
            png = self._driver.find_element(By.CSS_SELECTOR, selector).screenshot_as_png
        else:
            png = self._driver.get_screenshot_as_png()
        self._driver.get("about:blank")
        path.write_bytes(light(png, self._driver))


@contextmanager
def camera() -> Iterator[Camera]:
    """A headless window that reads times in UTC."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or "chromium"
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(flag)
    service = webdriver.ChromeService(DRIVER, env={**os.environ, "TZ": "UTC"})
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield Camera(driver)
    finally:
        driver.quit()


def draw(lens: Camera, drawn: Message | View, people: tuple[Person, ...], reader: str, at: datetime, path: Path,
         *, whole: bool = False, size: tuple[int, int] = WIDE) -> None:  # fmt: skip
    """Show one view to `reader` in a fresh workspace, and take its picture; `whole` takes the page around it too."""
    asyncio.run(_draw(lens, drawn, people, reader, at, path, whole, size))


async def _draw(
    lens: Camera, drawn: Message | View, people: tuple[Person, ...], reader: str, at: datetime, path: Path, whole: bool,
    size: tuple[int, int],
) -> None:  # fmt: skip
    async with Workspace(_seed(people), clock=at.timestamp) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        url, shown = f"{slack.page_url}?as={reader}", '[data-testid="message"]'
        user = next(person.slack for person in people if person.id == reader) or ""
        if isinstance(drawn, Message):
            await client.chat_postMessage(channel=CHANNEL, **drawn.payload())
        elif drawn.type == "home":
            await client.views_publish(user_id=user, view=drawn.to_dict())
            direct = await client.conversations_open(users=user)
            url, shown = f"{url}&channel={direct['channel']['id']}", '[data-testid="home"]'
        else:
            await client.views_open(trigger_id=slack.world.triggers.mint(user), view=drawn.to_dict())
            shown = '[data-testid="modal"]'
        await asyncio.to_thread(_shoot, lens, url, shown, size, path, whole)


def _shoot(lens: Camera, url: str, shown: str, size: tuple[int, int], path: Path, whole: bool) -> None:
    if "home" in shown:
        lens.look_at(url, size, '[data-testid="tab-home"]')
        lens.press('[data-testid="tab-home"]')
    else:
        lens.look_at(url, size, shown)
    lens.take("" if whole else f"{shown} > *" if "home" in shown else shown, path)


def _seed(people: tuple[Person, ...]) -> Seed:
    members = tuple(MemberSeed(person.slack or "", person.id, person.name, "", "UTC", 0) for person in people)
    handles = tuple(person.id for person in people)
    channels = (
        ChannelSeed(CHANNEL, "incidents", "Where we run incidents", handles),
        ChannelSeed(TOLD, "orders-status", "What others are told about Orders", handles),
    )
    return Seed(people=members, channels=channels, groups=())
