"""Who reads decides the language: a person's Slack for what is theirs alone, the service for its channel."""

from __future__ import annotations

from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.local.workspace.words import text_of
from bot.model.events import ActionRefused
from bot.slack.identity import Identities, Me
from tests.slack.conftest import Bench


@pytest.fixture
def korean_channel(folder: Path) -> None:
    """The service's channel is told in Korean."""
    catalog = folder / "catalog.yaml"
    catalog.write_text(catalog.read_text().replace("title: Orders API", "title: Orders API\n    language: ko"))


async def test_each_person_is_answered_in_the_language_of_their_slack(bench: Bench) -> None:
    """Two people type the same in one channel; the record is in English."""
    async with bench.door(), bench.person("min") as min_, bench.person("dave") as dave:
        run = await bench.a_run()
        await dave.command("/dr pause orders-api")
        english = await dave.wait_for(lambda m: bool(m.get("is_ephemeral")))
        await min_.command("/dr pause orders-api")
        korean = await min_.wait_for(lambda m: bool(m.get("is_ephemeral")))

    facts = [record.fact for record in await bench.desk.records(run.id)]
    kept = [fact.why for fact in facts if isinstance(fact, ActionRefused)]
    assert "You are not on the roster" in text_of(english)
    assert "명단에 없어" in text_of(korean)
    assert len(kept) == 2
    assert all(why.startswith("You are not on the roster") for why in kept)


@pytest.mark.usefixtures("korean_channel")
async def test_a_channel_is_told_in_the_language_of_its_service(bench: Bench) -> None:
    """The card is Korean for everybody; what one person is told alone stays in theirs."""
    async with bench.door(), bench.person("carol") as carol:
        run = await bench.a_run(bench.gate())

        card = await carol.wait_for_text("orders-api 장애 조치(failover)")
        asked = await carol.wait_for_text("승인")
        await carol.command("/dr status")
        status = await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and run.id in text_of(m))

    assert "RTO, 복구까지의 시간" in text_of(card)
    assert "orders-api us-west-2" in text_of(asked)
    assert "장애 조치" not in text_of(status)
    assert "Failover of orders-api" in text_of(status)


async def test_a_silent_slack_leaves_the_catalogues_language(bench: Bench) -> None:
    """An account that cannot be read is answered all the same, in the language of the catalogue."""
    client = AsyncWebClient(bench.slack.bot_token, base_url=bench.slack.api_url)
    identities = Identities(bench.desk, client, Me("T0LOCALDR0", "U0DRBOT000"))

    nobody = await identities.language("UNOBODY000")
    known_before = identities.known_language("U06MIN0000")
    asked = await identities.language("U06MIN0000")

    assert (nobody, known_before, asked, identities.known_language("U06MIN0000")) == ("en", "en", "ko", "ko")
