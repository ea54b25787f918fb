"""Readiness in Slack: the checklist and its words say the same, and what is missing has a command."""

from __future__ import annotations

from datetime import timedelta

from bot.local.workspace.words import text_of
from bot.slack.views.readiness import service_message, services_message
from bot.usecases.readiness import readiness_of
from tests.builders import NOW, a_finished_failover, a_service
from tests.slack.conftest import Bench

SERVICE = a_service(runbooks={"failover": "orders-api.failover"})
SOON = NOW + timedelta(days=1)
KNOWN = readiness_of(SERVICE, [a_finished_failover(service=SERVICE)], {}, SOON)


def test_the_checklist_names_its_evidence_and_the_next_move() -> None:
    """In the blocks and in the fallback alike."""
    said = service_message(KNOWN, SOON)

    drawn = str([block.to_dict() for block in said.blocks])
    for part in (
        "Was a real restore tried?",
        "✗ NEVER TRIED",
        "`01JPFAILOVER`",
        "`/dr failover orders-api dry-run`",
        "UNKNOWN",
    ):
        assert part in drawn
        assert part in said.text


def test_all_services_fit_one_message() -> None:
    """A line each."""
    said = services_message([KNOWN] * 45, SOON)

    assert str([block.to_dict() for block in said.blocks]).count("• *Orders API*") == 45
    assert len(said.blocks) <= 50


async def test_whoever_asks_is_told(bench: Bench) -> None:
    """Of one service by its name, of all without one, and a mistyped one gets the nearest."""
    async with bench.door(), bench.person("dave") as dave:
        for line, says in (
            ("readiness orders-api", "Readiness of Orders"),
            ("readiness", "`orders-api` – 0 of 6 proven"),
            ("readiness order-api", "Did you mean orders-api"),
        ):
            await dave.command(f"/dr {line}")
            assert await dave.wait_for(lambda m, says=says: bool(m.get("is_ephemeral")) and says in text_of(m))
