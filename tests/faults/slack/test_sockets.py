"""Rows 38, 42 and 49: whoever cannot be reached through Slack is told so within ten seconds, on the command line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from bot.adapters.redis.doors import FORGOTTEN, RedisDoors
from bot.cli.notes import door_note
from bot.local.workspace.faults import Fault
from bot.local.workspace.person import Refused
from bot.local.workspace.words import text_of
from bot.ports.doors import DoorState, shut
from bot.slack.app import SlackDoor
from bot.slack.presence import Presence
from tests.faults.proxy import Proxy, proxy_to
from tests.slack.conftest import Bench

TOLD_WITHIN = 10.0


@pytest.fixture
async def doors(bench: Bench, redis: Redis) -> RedisDoors:
    return RedisDoors(redis, bench.clock)


@asynccontextmanager
async def served(bench: Bench, doors: RedisDoors) -> AsyncIterator[Bench]:
    """The Slack side of `dr serve`: the door is kept open whatever happens."""
    desk = replace(bench.desk, doors=doors)

    def enter() -> SlackDoor:
        return SlackDoor(desk, bench.settings, bench.sent, bench.leases, owner="bot-1")

    keeping = asyncio.create_task(Presence(enter, doors, bench.clock, "bot-1").keep())
    try:
        yield replace(bench, desk=desk)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def told(bench: Bench, word: str, seconds: float = TOLD_WITHIN) -> float:
    """How long until the command line's line contains `word`; an empty word waits for no line at all."""
    began = time.monotonic()
    while True:
        said = await door_note(bench.desk)
        if word in said if word else not said and await bench.desk.doors.read():  # type: ignore[union-attr]
            return time.monotonic() - began
        assert time.monotonic() - began < seconds, said
        await asyncio.sleep(0.05)


async def test_row_38_a_silent_slack_is_told_and_so_is_its_return(bench: Bench, doors: RedisDoors) -> None:
    """Every answer of Slack's hangs; the line in the terminal says what and that everything works there."""
    async with served(bench, doors) as here:
        await told(here, "")
        bench.slack.faults.add(Fault("delay", "*", seconds=20))
        took = await told(here, "Slack does not answer")
        bench.slack.faults.clear()
        back = await told(here, "")

    assert took <= TOLD_WITHIN
    assert back <= TOLD_WITHIN


async def test_row_38_a_bot_that_starts_without_slack_opens_its_door_later(bench: Bench, doors: RedisDoors) -> None:
    """It does not end; when Slack is there, commands are answered."""
    bench.slack.faults.add(Fault("status", "*", status=503))
    async with served(bench, doors) as here, bench.person("carol") as carol:
        await told(here, "HTTP 503")
        bench.slack.faults.clear()
        await told(here, "")

        await carol.command("/dr help")
        said = await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))

    assert "/dr failover" in text_of(said)


async def test_row_42_a_click_between_two_sockets_can_be_repeated(bench: Bench, doors: RedisDoors) -> None:
    """All sockets cut: the click fails visibly, the next one works, and it counted once."""
    async with served(bench, doors) as here, bench.person("carol") as carol:
        await told(here, "")
        run = await bench.a_run()
        card = await carol.wait_for_text("RTO, time to be back")
        bench.slack.links.cut()
        with pytest.raises(Refused):
            await carol.click(card["ts"], "run.pause")
        await bench.slack.links.connected()

        await carol.click(card["ts"], "run.pause")
        await carol.wait_for_text("Paused")
        kinds = [record.fact.kind for record in await bench.desk.records(run.id)]

    assert kinds.count("run_paused") == 1


async def test_row_42_half_open_sockets_are_told_and_opened_anew(bench: Bench, doors: RedisDoors) -> None:
    """The sockets stand and nothing passes; the Web API answers. Told within ten seconds, mended by itself."""
    async with bench.person("carol") as carol, _sockets_through_a_proxy(bench) as proxy, served(bench, doors) as here:
        await told(here, "")
        proxy.frozen = True
        took = await told(here, "none of its sockets")
        proxy.frozen = False
        await told(here, "", seconds=30)

        await carol.command("/dr help")
        said = await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))

    assert took <= TOLD_WITHIN
    assert text_of(said)


@asynccontextmanager
async def _sockets_through_a_proxy(bench: Bench) -> AsyncIterator[Proxy]:
    """Slack hands out socket addresses behind a proxy; everything else goes straight."""
    direct = bench.slack.world.base_url
    async with proxy_to("127.0.0.1", urlsplit(direct).port or 0) as proxy:
        bench.slack.world.base_url = f"http://127.0.0.1:{proxy.port}/"
        yield proxy


async def test_row_49_a_revoked_token_is_told_with_its_remedy(bench: Bench, doors: RedisDoors) -> None:
    """The bot stays up; with the token accepted again, what was missed goes out, once."""
    async with served(bench, doors) as here, bench.person("carol") as carol:
        await told(here, "")
        run = await bench.a_run()
        await carol.wait_for_text("The plan")
        bench.slack.tokens.revoked.add(bench.slack.bot_token)
        took = await told(here, "Install the app again")
        await bench.tell(run.id, bench.gate())
        bench.slack.tokens.revoked.clear()

        await carol.wait_for_text("Approval needed", timeout=30)

    assert took <= TOLD_WITHIN


async def test_a_door_that_nobody_renews_is_forgotten(bench: Bench, doors: RedisDoors) -> None:
    """A dead process says nothing about Slack, and one open door is enough."""
    old = bench.clock.now()
    await doors.tell(DoorState(owner="dead", why="Slack does not answer.", since=old, at=old))
    shut_before = shut(await doors.read())
    bench.clock.ahead += 2 * FORGOTTEN

    await doors.tell(DoorState(owner="alive", since=bench.clock.now(), at=bench.clock.now()))

    assert shut_before is not None
    assert [state.owner for state in await doors.read()] == ["alive"]
    assert shut(await doors.read()) is None
