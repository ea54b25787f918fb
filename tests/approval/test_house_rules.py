"""Change freezes and the deny list: what is forbidden, and what is said of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.approval.house_rules import forbidden
from bot.model.action import Risk
from bot.model.plan import UndoPlan
from bot.model.service import Deny, Freeze
from tests.builders import a_plan, a_service, a_step
from tests.usecases.desks import a_catalog

UNTIL = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
FREEZE = {"from": "2026-11-20T00:00:00Z", "to": "2026-12-01T00:00:00Z", "why": "the sale"}


def freezes(now: datetime, kind: str = "failback", **more: Any) -> list[str]:
    catalog = a_catalog(freezes=(Freeze.model_validate({**FREEZE, **more}),))
    return [rule.text for rule in forbidden(a_plan(kind=kind), catalog, now)]


@pytest.mark.parametrize("until", ["2026-12-01T00:00:00Z", "2026-12-01T09:00:00+09:00", "2026-11-30T19:00:00-05:00"])
def test_a_freeze_ends_when_it_says_it_ends(until: str) -> None:
    """Written on any continent's clock, it is told in UTC, which is what the sentence names."""
    (said,) = freezes(UNTIL - timedelta(seconds=1), to=until)

    assert "until 2026-12-01 00:00 UTC: the sale" in said
    assert freezes(UNTIL, to=until) == []


@pytest.mark.parametrize(
    ("kind", "more", "count"),
    [
        ("failback", {}, 1),
        ("failover", {}, 0),
        ("failover", {"kinds": ["failover"]}, 1),
        ("failback", {"services": ["orders-api"]}, 1),
        ("failback", {"services": ["payments"]}, 0),
    ],
)
def test_a_freeze_holds_for_what_it_names(kind: str, more: dict[str, Any], count: int) -> None:
    """A failover is no planned change unless the freeze names it."""
    assert len(freezes(UNTIL - timedelta(days=1), kind, **more)) == count


def test_a_freeze_that_lies_ahead_forbids_nothing() -> None:
    """It begins with the moment it names."""
    begins = datetime(2026, 11, 20, tzinfo=UTC)

    assert freezes(begins - timedelta(seconds=1)) == []
    assert len(freezes(begins)) == 1


@pytest.mark.parametrize(
    ("deny", "step", "count"),
    [
        ({"action": "ecs.*"}, {}, 1),
        ({"action": "rds.*"}, {}, 0),
        ({"action": "ecs.*"}, {"risk": Risk.READ}, 0),
        ({"action": "ecs.*", "regions": ["us-west-2"]}, {}, 1),
        ({"action": "ecs.*", "regions": ["us-east-1"]}, {}, 0),
        ({"action": "ecs.*", "services": ["payments"]}, {}, 0),
        ({"action": "rds.reboot"}, {"undo": UndoPlan(action="rds.reboot", region="us-west-2", params={})}, 1),
    ],
)
def test_the_deny_list_names_calls_that_change_something(
    deny: dict[str, Any], step: dict[str, Any], count: int
) -> None:
    """As the step's action or as its way back; a look does no harm."""
    catalog = a_catalog(deny=(Deny(why="it broke in March", **deny),), services={"orders-api": a_service()})

    assert len(forbidden(a_plan(a_step(**step)), catalog, UNTIL)) == count
