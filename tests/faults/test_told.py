"""A bot dies while it drives a run: the other one's takeover is in the channel before anybody has to ask."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.redis.connection import connect
from bot.adapters.redis.dispatcher import DocketDispatcher
from bot.adapters.redis.journal import RedisJournals
from bot.local.child import Child
from bot.local.parts import contract, the_seed
from bot.local.redis import EmbeddedRedis
from bot.local.workspace.person import Person
from bot.local.workspace.server import Workspace
from bot.local.workspace.words import text_of
from bot.model.events import RunCreated
from bot.model.records import Draft
from bot.slack.manifest import manifest
from tests.builders import a_plan, a_service, a_step
from tests.engine.stories import CAROL
from tests.faults.house import EMPTY

NOWHERE = "http://127.0.0.1:9"
TOLD_WITHIN = 20.0  # seconds, with the lease that production has
HELD = timedelta(seconds=19)
"""Sat out by whoever drives the run."""
RUN = "held"


@pytest.mark.asyncio
async def test_a_takeover_is_told_in_the_channel_within_twenty_seconds(tmp_path: Path) -> None:
    """Two bots with real Slack doors and the usual lease; the one that drives is killed with -9."""
    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        slack = Workspace(the_seed(manifest()))
        await slack.serve(port=0)
        async with slack, Person(slack.page_url, "alice") as alice, DocketDispatcher(server.url) as dispatcher:
            redis = connect(server.url)
            journals = RedisJournals(redis)
            environ = contract(tmp_path, server.url, NOWHERE, slack)
            command = [sys.executable, "-m", "bot", "serve"]
            bots = [Child(command, environ | {"DR_LEASE": ""}, tmp_path / f"{name}.log") for name in "ab"]
            try:
                for bot in bots:
                    bot.start()
                await _attended(slack, doors=2)
                await _create(journals, dispatcher)
                await alice.wait_for_text("Hold still", timeout=30)
                victim = await _who_drives(journals, bots)
                killed = time.monotonic()
                victim.kill()
                await alice.wait_for_text("fell silent", timeout=3 * TOLD_WITHIN)
                took = time.monotonic() - killed
                said = [each for each in await alice.messages() if "fell silent" in text_of(each)]
            finally:
                for bot in bots:
                    await asyncio.to_thread(bot.kill)
                await redis.aclose()

    assert took <= TOLD_WITHIN
    assert len(said) == 1


async def _attended(slack: Workspace, doors: int) -> None:
    """Each door keeps two sockets open."""
    for _ in range(600):
        if len(slack.links.links) >= 2 * doors:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{len(slack.links.links)} sockets were opened")


async def _create(journals: RedisJournals, dispatcher: DocketDispatcher) -> None:
    wait = a_step("hold", kind="wait", wait_for=HELD, timeout=timedelta(minutes=5), title="Hold still")
    plan = a_plan(wait, run=RUN, service=a_service(channel="#incidents"), title="Hold still")
    draft = Draft(id="c", at=SystemClock().now(), actor=CAROL, fact=RunCreated(plan=plan))
    await journals.append(plan.run, [draft], at=EMPTY, epoch=None)
    await dispatcher.ensure(plan.run)


async def _who_drives(journals: RedisJournals, bots: Sequence[Child]) -> Child:
    while True:
        head = await journals.head(RUN)
        for bot in bots:
            if head is not None and f":{bot.pid}:" in head.owner:
                return bot
        await asyncio.sleep(0.05)
