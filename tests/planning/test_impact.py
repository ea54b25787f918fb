"""When customers first felt it, by the service's own alarm, and never at the price of a failover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from bot.planning.impact import impact_from_alarm
from bot.ports.aws import Reads
from tests.builders import IMPACT, a_service


class CloudWatch:
    """One alarm of one type. As in AWS, composite ones are told to those alone who ask for them by type."""

    def __init__(self, state: str, kind: str) -> None:
        self._alarm = {"StateValue": state, "StateTransitionedTimestamp": IMPACT}
        self._kind = kind
        self.regions: list[str] = []

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> CloudWatch:
        self.regions.append(region)
        return self

    def describe_alarms(self, *, AlarmNames: list[str], AlarmTypes: Sequence[str] = ("MetricAlarm",)) -> dict[str, Any]:
        if self._kind == "refused":
            raise PermissionError("no cloudwatch:DescribeAlarms")
        return {f"{kind}s": [self._alarm] if kind == self._kind else [] for kind in AlarmTypes}


@pytest.mark.parametrize("kind", ["MetricAlarm", "CompositeAlarm"])
async def test_an_alarm_of_either_type_tells_the_impact(kind: str) -> None:
    """A service's health is often a composite of several alarms; it is read where the service will be."""
    aws = CloudWatch("ALARM", kind)

    impact = await impact_from_alarm(cast(Reads, aws), a_service())

    assert impact is not None
    assert impact.started_at == IMPACT
    assert impact.evidence.startswith("alarm orders-api-success-ratio (us-west-2)")
    assert aws.regions == ["us-west-2"]


@pytest.mark.parametrize(
    ("state", "kind"), [("OK", "MetricAlarm"), ("INSUFFICIENT_DATA", "CompositeAlarm"), ("ALARM", "refused")]
)
async def test_without_an_alarm_that_is_on_a_person_says_it(state: str, kind: str) -> None:
    """Neither a quiet alarm nor one that cannot be read stops the form."""
    assert await impact_from_alarm(cast(Reads, CloudWatch(state, kind)), a_service()) is None
