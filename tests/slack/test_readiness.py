"""Readiness in Slack: the checklist and its words say the same, and what is missing has a command."""

from __future__ import annotations

from datetime import timedelta

from bot.local.workspace.words import text_of
from bot.model.service import Catalog
from bot.slack.views.home import home
from bot.slack.views.readiness import service_message, services_message
from bot.usecases.readiness import readiness_of
from tests.builders import NOW, a_finished_failover, a_service
from tests.readiness.test_checklist import BOOKS
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
        "– NOT TRIED YET",
        "`01JPFAILOVER`",
        "`/dr failover orders-api dry-run`",
        "UNKNOWN",
    ):
        assert part in drawn
        assert part in said.text


def test_a_fresh_installation_is_told_where_to_begin() -> None:
    """Nothing is proven, nothing is overdue, and the first command changes nothing."""
    fresh = readiness_of(SERVICE, [], BOOKS, SOON)
    begin = "`/dr failover orders-api dry-run`"

    shown = text_of(home([], None, Catalog(tiers={}, people={}, roles={}, services={"orders-api": SERVICE}),
                         {"orders-api": fresh}).to_dict())  # fmt: skip
    listed = services_message([fresh], SOON).text

    assert f"Nothing was tried yet. Begin with {begin}" in shown
    assert f"0 of 6 proven. Next: {begin}" in listed
    assert "✗" not in shown + service_message(fresh, SOON).text


def test_all_services_fit_one_message() -> None:
    """A line each."""
    said = services_message([KNOWN] * 45, SOON)
    assert str([block.to_dict() for block in said.blocks]).count("• *Orders API*") == 45
    assert "What the standbys cost is UNKNOWN" in str([block.to_dict() for block in said.blocks])
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
