"""AWS Health is asked where the partition of the region has it."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.health.events import Events, EventsParams
from tests.actions.scripted import ScriptedAws


@pytest.mark.parametrize(
    ("region", "asked"),
    [
        ("us-east-1", "us-east-1"),
        ("eu-west-1", "us-east-1"),
        ("us-gov-east-1", "us-gov-west-1"),
        ("cn-north-1", "cn-northwest-1"),
    ],
)
def test_health_is_asked_where_the_partition_has_it(region: str, asked: str) -> None:
    """Credentials of one partition are nothing in another."""
    aws = ScriptedAws(Call("health", "describe_events", {"events": []}))

    seen = Events().verify(aws, EventsParams(region=region, affected_region=region), {})

    assert aws.regions == {asked}
    assert seen.results["open_events"] == 0
