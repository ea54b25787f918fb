"""The arithmetic of moving traffic, without AWS."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.route53.weights import changes, described, kind_of, shifted


def weighted(**weights: int) -> list[dict[str, Any]]:
    return [
        {"Name": "a.", "Type": "A", "SetIdentifier": name, "Weight": weight, "TTL": 60}
        for name, weight in weights.items()
    ]


def pair(**roles: str) -> list[dict[str, Any]]:
    return [
        {"Name": "a.", "Type": "A", "SetIdentifier": name, "Failover": role, "HealthCheckId": name}
        for name, role in roles.items()
    ]


@pytest.mark.parametrize(
    ("now", "to", "percent", "told"),
    [
        (weighted(use1=100, usw2=0), "usw2", 100, "use1 0, usw2 100"),
        (weighted(use1=100, usw2=0), "usw2", 10, "use1 90, usw2 10"),
        (weighted(a=60, b=20, c=20), "c", 50, "a 38, b 12, c 50"),
        (weighted(a=0, b=0, c=100), "c", 33, "a 34, b 33, c 33"),
        (weighted(use1=0, usw2=100), "usw2", 0, "use1 100, usw2 0"),
        (weighted(only=1), "only", 100, "only 100"),
        (pair(use1="PRIMARY", usw2="SECONDARY"), "usw2", 100, "use1 SECONDARY, usw2 PRIMARY"),
    ],
)
def test_traffic_goes_where_it_should(now: list[dict[str, Any]], to: str, percent: int, told: str) -> None:
    """The target gets its share, and the others keep their proportions."""
    assert described(shifted(now, to, percent)) == told


@given(
    weights=st.lists(st.integers(0, 255), min_size=2, max_size=6),
    percent=st.integers(0, 100),
)
def test_shifting_twice_is_shifting_once(weights: list[int], percent: int) -> None:
    """So a repeat changes nothing, verify can trust the records, and the weights always add up."""
    now = weighted(**{f"s{index}": weight for index, weight in enumerate(weights)})

    once = shifted(now, "s0", percent)

    assert sum(each["Weight"] for each in once) == 100
    assert shifted(once, "s0", percent) == once
    assert changes(once, shifted(once, "s0", percent)) == []


def test_only_what_differs_is_sent() -> None:
    """Whole records, since an UPSERT replaces everything; those that stay as they are stay out of it."""
    now = weighted(a=50, b=50, c=0)
    wanted = [now[0], {**now[1], "Weight": 0}, {**now[2], "Weight": 50}]

    assert changes(now, wanted) == [
        {"Action": "UPSERT", "ResourceRecordSet": wanted[1]},
        {"Action": "UPSERT", "ResourceRecordSet": wanted[2]},
    ]


def test_roles_are_swapped_in_one_batch_without_two_primaries() -> None:
    """Both go and both come back, in this order, with their health checks."""
    now = pair(use1="PRIMARY", usw2="SECONDARY")
    wanted = shifted(now, "usw2", 100)

    batch = changes(now, wanted)

    assert [(each["Action"], each["ResourceRecordSet"]) for each in batch] == [
        ("DELETE", now[0]), ("DELETE", now[1]), ("CREATE", wanted[0]), ("CREATE", wanted[1]),
    ]  # fmt: skip
    assert wanted[1]["HealthCheckId"] == "usw2"


@pytest.mark.parametrize(
    ("sets", "kind"),
    [
        (weighted(a=1), "weighted"),
        (pair(a="PRIMARY"), "failover"),
        ([{"Name": "a.", "Type": "A"}], "other"),
        ([{"Name": "a.", "Type": "A", "SetIdentifier": "x", "Region": "us-east-1"}], "other"),
        ([], "other"),
    ],
)
def test_kinds_are_told_apart(sets: list[dict[str, Any]], kind: str) -> None:
    """Latency, simple and missing records are not ours to shift."""
    assert kind_of(sets) == kind
