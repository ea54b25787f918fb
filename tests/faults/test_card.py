"""The bot dies around the posting of a run's card; the next one repairs the channel from the journal."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.redis.connection import connect
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
from tests.faults.house import EMPTY, until

NOWHERE = "http://127.0.0.1:9"


@pytest.mark.asyncio
@pytest.mark.parametrize("point", ["card.before", "card.after"])
async def test_a_card_is_posted_once_whenever_the_bot_dies(tmp_path: Path, point: str) -> None:
    """Killed right before and right after Slack took it: the channel shows one card."""
    with EmbeddedRedis(tmp_path, tied_to_parent=True) as server:
        slack = Workspace(the_seed(manifest()))
        await slack.serve(port=0)
        async with slack, Person(slack.page_url, "alice") as alice:
            redis = connect(server.url)
            await _create(RedisJournals(redis))
            environ = contract(tmp_path, server.url, NOWHERE, slack) | {"DR_LEASE": "2"}
            trap = {"DR_FAILPOINTS": "enabled", "DR_FAILPOINT": f"{point}:1:kill"}
            first = Child([sys.executable, "-m", "bot", "serve"], environ | trap, tmp_path / "first.log")
            second = Child([sys.executable, "-m", "bot", "serve"], environ, tmp_path / "second.log")
            try:
                first.start()
                died = await until(lambda: first.ended is not None, 30)
                second.start()
                await alice.wait_for_text("Hold still", timeout=60)
                await asyncio.sleep(2)  # time enough to say it twice
                cards = [each for each in await alice.messages() if _is_card(each)]
            finally:
                for child in (first, second):
                    await asyncio.to_thread(child.kill)
                await redis.aclose()

    assert died
    assert len(cards) == 1, [text_of(each)[:80] for each in cards]


async def _create(journals: RedisJournals) -> None:
    wait = a_step("hold", kind="wait", wait_for=timedelta(minutes=5), title="Hold still")
    plan = a_plan(wait, run="carded", service=a_service(channel="#incidents"), title="Hold still")
    draft = Draft(id="c", at=SystemClock().now(), actor=CAROL, fact=RunCreated(plan=plan))
    await journals.append(plan.run, [draft], at=EMPTY, epoch=None)


def _is_card(message: dict[str, object]) -> bool:
    metadata = message.get("metadata") or {}
    return metadata.get("event_payload", {}).get("id") == "carded:card"  # type: ignore[attr-defined]
