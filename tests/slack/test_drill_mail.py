"""A service whose proof has gone stale hears of it, in its channel, and not every day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.kinds import Json
from bot.local.workspace.person import Person
from bot.local.workspace.words import text_of
from bot.model.people import BOT
from bot.model.records import Draft
from bot.model.service import DRILL_EVERY
from bot.ports.journal import Head
from bot.slack.app import client_of
from bot.slack.channels import Channels
from bot.slack.drill_mail import DrillMail
from bot.slack.ledger import Ledger
from bot.slack.outbox import Outbox
from bot.slack.pace import Pace
from bot.slack.tasks import ended
from tests.builders import a_finished_failover
from tests.slack.conftest import Bench
from tests.slack.test_outbox import until

PACE = Pace(sweep=0.1, drills=0.1)
LATE = DRILL_EVERY + timedelta(hours=1)
FREEZE = "freezes:\n  - { from: 2020-01-01T00:00:00Z, to: 2120-01-01T00:00:00Z, why: the holidays%s }\n"


@pytest.fixture
async def proven(bench: Bench) -> Bench:
    """A failover of orders-api went through a moment ago, and told both figures."""
    service = bench.desk.library().catalog.service("orders-api")
    records = a_finished_failover(fenced=True, service=service, run="orders-api-proof")
    bench.clock.ahead = records[-1].at - datetime.now(UTC)
    drafts = [Draft(id=each.id, at=each.at, actor=BOT, fact=each.fact) for each in records]
    await bench.desk.journals.append("orders-api-proof", drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)
    return bench


def a_client(bench: Bench) -> AsyncWebClient:
    return client_of(bench.settings, bench.settings.bot_token)


def the_mail(bench: Bench) -> DrillMail:
    """As a process that has just begun."""
    channels = Channels(a_client(bench), bench.clock, bench.settings.fallback_channel)
    return DrillMail(bench.desk, Ledger(bench.sent), channels)


@asynccontextmanager
async def an_outbox(bench: Bench, owner: str = "bot-1") -> AsyncIterator[None]:
    client = a_client(bench)
    channels = Channels(client, bench.clock, bench.settings.fallback_channel)
    outbox = Outbox(bench.desk, client, bench.sent, bench.leases, channels, owner=owner, pace=PACE)
    task = asyncio.create_task(outbox.run())
    try:
        yield
    finally:
        await ended([task])


async def reminders(person: Person) -> list[Json]:
    return [message for message in await person.messages() if "out of date" in text_of(message)]


async def is_told(bench: Bench, times: int) -> None:
    """That many letters have arrived, as the ledger knows."""

    async def holds() -> bool:
        return sum(bool(each.ts) for each in (await bench.sent.load("drill:orders-api")).values()) == times

    await until(holds)


async def test_a_stale_proof_is_told_once_to_those_who_own_the_service(proven: Bench) -> None:
    """With the day and the next move; a second replica, and one that begins anew, repeat nothing."""
    proven.clock.ahead += LATE
    async with proven.person("carol") as carol:
        async with an_outbox(proven), an_outbox(proven, "bot-2"):
            told = await carol.wait_for_text("out of date")
            await is_told(proven, 1)
        async with an_outbox(proven, "bot-3"):
            assert await the_mail(proven).letters() == []
        all_of_them = await reminders(carol)

    said = text_of(told)
    assert len(all_of_them) == 1
    assert "Orders API" in said
    assert "/dr failover orders-api dry-run" in said
    assert "/dr readiness orders-api" in said
    assert "U03CAROL00" in str(told)


async def test_it_is_told_again_after_a_week_and_not_before(proven: Bench) -> None:
    """However often it is looked at meanwhile."""
    proven.clock.ahead += LATE
    async with proven.person("carol") as carol, an_outbox(proven):
        await carol.wait_for_text("out of date")
        await is_told(proven, 1)
        proven.clock.ahead += timedelta(days=6)
        early = await the_mail(proven).letters()
        proven.clock.ahead += timedelta(days=1)
        await is_told(proven, 2)

    assert early == []


async def test_nothing_is_told_before_it_is_due(proven: Bench) -> None:
    """And nothing of a service that never had a proof: it has no date."""
    proven.clock.ahead += DRILL_EVERY - timedelta(hours=1)
    assert await the_mail(proven).letters() == []

    proven.clock.ahead += timedelta(hours=2)
    assert [letter.run for letter in await the_mail(proven).letters()] == ["drill:orders-api"]


@pytest.mark.parametrize(
    ("words", "letters"),
    [("drill_reminders: false\n", 0), (FREEZE % "", 0), (FREEZE % ", services: [payments]", 1)],
    ids=["turned off", "a freeze", "somebody else's freeze"],
)
async def test_the_catalogue_may_ask_for_silence(proven: Bench, words: str, letters: int) -> None:
    """For all by a setting, and for as long as no drill could begin."""
    proven.clock.ahead += LATE
    path = proven.folder / "catalog.yaml"
    path.write_text(words + path.read_text().lstrip())
    proven.desk.library().refresh()
    assert not [each for each in proven.desk.library().problems if each.level == "error"]

    assert len(await the_mail(proven).letters()) == letters


async def test_nobody_is_reminded_of_a_drill_in_the_middle_of_a_run(proven: Bench) -> None:
    """Those people have something else to do."""
    proven.clock.ahead += LATE
    await proven.a_run(proven.gate())

    assert await the_mail(proven).letters() == []


async def test_a_channel_that_strangers_read_is_left_for_the_fallback(proven: Bench) -> None:
    """As with runs: what is not proven is nobody else's business. So is a channel that takes nothing any more."""
    proven.clock.ahead += LATE
    proven.slack.world.channel("C0INCIDENTS").is_ext_shared = True
    async with proven.person("carol") as carol, an_outbox(proven):
        told = await carol.wait_for(lambda m: "out of date" in text_of(m), channel="status-internal")
        elsewhere = await reminders(carol)

    assert told
    assert elsewhere == []
