"""Two hundred runs at once, over the real door, against a workspace that is as strict about its tiers as Slack is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from redis.asyncio import Redis

from bot.actions.catalogue import Catalogue
from bot.adapters.redis.journal import RedisJournals
from bot.adapters.redis.plans import RedisPlans
from bot.adapters.redis.sent import RedisLeases, RedisSent
from bot.local.workspace.kinds import Json
from bot.local.workspace.server import Workspace
from bot.local.workspace.words import text_of
from bot.model.events import RunPaused
from bot.model.plan import Mode
from bot.model.run import Run
from bot.runbook.library import Library
from bot.settings import SlackSettings
from bot.slack.manifest import manifest
from bot.usecases.desk import Desk
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run
from tests.slack.conftest import CATALOG, Bench, Calls, NoClouds, WindableClock
from tests.slack.test_outbox import until

RUNS = 200
CHANNELS = {"C0INCIDENTS": "#incidents", "C0ORDERS000": "#orders", "C0PAYMENTS0": "#payments"}
CALLED_WITHIN, SHOWN_WITHIN = 5.0, 10.0
SURPRISES = 5
"""Posts that Slack may refuse since the network bunched them; each is obeyed and sent again."""
SERVICE = """
  svc-{number}: {{ tier: tier-1, strategy: warm, primary_region: us-east-1, recovery_region: us-west-2,
                   owners: ["@orders-sre"], channel: "{channel}", runbooks: {{ failover: orders-api.failover }} }}
"""


@pytest.fixture
async def strict(folder: Path, redis: Redis) -> AsyncIterator[Bench]:
    """Three services with a channel each, and Slack's own limits."""
    services = [SERVICE.format(number=at, channel=name) for at, name in enumerate(CHANNELS.values())]
    (folder / "catalog.yaml").write_text(CATALOG + "".join(services))
    library = Library.load(folder, Catalogue().specs)
    clock = WindableClock()
    desk = Desk(lambda: library, Catalogue(), RedisJournals(redis), Calls(), NoClouds(), clock)
    async with Workspace(manifest=manifest(), rate_limits=True) as slack:
        settings = SlackSettings(bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url)
        yield Bench(
            slack, desk, clock, RedisSent(redis), RedisLeases(redis), RedisPlans(redis, clock), settings, folder
        )


async def a_run(bench: Bench, number: int) -> Run:
    """A run that waits for approval."""
    impact = (bench.clock.now() - timedelta(minutes=4)).isoformat()
    asked = Asked(f"svc-{number % len(CHANNELS)}", mode=Mode.DRY_RUN, inputs={"impact_started_at": impact})
    plan = await plan_run(bench.desk, asked, bench.caller("carol"))
    run = await start_run(bench.desk, plan, bench.caller("carol"))
    return await bench.tell(run.id, bench.gate())


def posted(bench: Bench) -> list[Json]:
    """Everything in the channels."""
    return [message for channel in CHANNELS for message in bench.slack.world.channel(channel).messages.values()]


def called(bench: Bench) -> dict[str, float]:
    """When each run's request for approval was posted."""
    found: dict[str, float] = {}
    for message in posted(bench):
        payload = (message.get("metadata") or {}).get("event_payload") or {}
        for one in payload.get("ids") or [payload.get("id", "")]:
            run, _colon, key = one.partition(":")
            if key == "gate:declare:1":
                found[run] = float(message["ts"])
    return found


def overview(bench: Bench) -> str:
    """What the overviews of all channels say."""
    return "\n".join(text_of(message) for message in posted(bench) if "overview" in text_of(message))


async def test_two_hundred_runs_at_once(strict: Bench) -> None:
    """All wait for approval when the bot comes up; then ten are paused; nothing is ever refused by Slack."""
    runs = [run.id for run in await asyncio.gather(*(a_run(strict, number) for number in range(RUNS)))]
    with structlog.testing.capture_logs() as logs:
        async with strict.door():
            began = time.time()
            await until(lambda: _holds(len(called(strict)) == RUNS), 40)
            await until(lambda: _holds(all(run in overview(strict) for run in runs)), 40)
            paused_at = time.time()
            for run in runs[::20]:
                await strict.tell(run, RunPaused(why=f"why-{run[-5:]}"))
            await until(lambda: _holds(all(f"why-{run[-5:]}" in overview(strict) for run in runs[::20])), 40)
            shown = time.time() - paused_at

    latest = max(called(strict).values()) - began
    print(f"\n{RUNS} runs: approvals within {latest:.1f} s, changes shown within {shown:.1f} s")
    assert len([log for log in logs if log.get("outcome") == "limited"]) <= SURPRISES
    assert latest <= CALLED_WITHIN
    assert shown <= SHOWN_WITHIN


async def _holds(condition: bool) -> bool:
    return condition
