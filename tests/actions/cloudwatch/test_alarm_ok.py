"""OK, for long enough, and as CloudWatch tells it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.actions.base import Call
from bot.actions.cloudwatch.alarm_ok import AlarmOk, AlarmOkParams, Seen, judge
from bot.model.action import Observation, Pending, Settled
from tests.actions.scripted import NOON, play

ALARM = {"region": "us-west-2", "alarm": "impact"}


@pytest.mark.parametrize(
    ("state", "age", "stable_for", "expected", "seen"),
    [
        ("OK", 0, 0, Settled, "OK since 12:05:00"),
        ("OK", 300, 300, Settled, "OK since 12:00:00"),
        ("OK", 299, 300, Pending, "OK since 12:00:01; 1s to go"),
        ("ALARM", 900, 0, Pending, "ALARM since 11:50:00"),
        ("INSUFFICIENT_DATA", 900, 0, Pending, "INSUFFICIENT_DATA since"),
        ("A_STATE_FROM_TOMORROW", 900, 0, Pending, "A_STATE_FROM_TOMORROW"),
    ],
)
def test_ok_must_have_lasted(state: str, age: int, stable_for: int, expected: type[Observation], seen: str) -> None:
    """Only OK counts, and only from the moment CloudWatch says it began."""
    alarm = Seen(state=state, since=NOON - timedelta(seconds=age), at=NOON)

    observed = judge("success-ratio", alarm, timedelta(seconds=stable_for))

    assert isinstance(observed, expected)
    assert seen in observed.seen
    assert observed.results["ok"] is (expected is Settled)


def test_the_next_look_comes_when_it_may_be_over() -> None:
    """Two seconds from the end nobody waits fifteen."""
    alarm = Seen(state="OK", since=NOON - timedelta(seconds=58), at=NOON)

    observed = judge("success-ratio", alarm, timedelta(minutes=1))

    assert isinstance(observed, Pending)
    assert observed.look_again == timedelta(seconds=2)


def test_a_composite_alarm_will_do() -> None:
    """Customer impact is often a composite of several alarms."""
    alarm = {"AlarmName": "impact", "StateValue": "OK", "StateUpdatedTimestamp": NOON - timedelta(minutes=1)}
    aws = play([Call("cloudwatch", "describe_alarms", {"CompositeAlarms": [alarm]})])

    assert isinstance(AlarmOk().verify(aws, AlarmOkParams(region="us-west-2", alarm="impact"), {}), Settled)


def test_a_missing_alarm_blocks_the_plan() -> None:
    """An alarm that does not exist would never be OK."""
    aws = play([Call("cloudwatch", "describe_alarms", {"MetricAlarms": []})])

    look = AlarmOk().preflight(aws, AlarmOkParams(region="us-west-2", alarm="impakt"))

    assert look.state == "blocked"
    assert "impakt is not in us-west-2" in look.findings[0].text


def test_ages_are_measured_with_awss_clock() -> None:
    """This host's clock may be ten minutes fast; AWS dates its answers."""
    alarm = {"AlarmName": "impact", "StateValue": "OK", "StateTransitionedTimestamp": NOON - timedelta(seconds=10)}
    dated = {"HTTPHeaders": {"date": "Thu, 01 Jan 2026 12:05:00 GMT"}}
    reply = {"MetricAlarms": [alarm], "ResponseMetadata": dated}
    aws = play([Call("cloudwatch", "describe_alarms", reply)], now=NOON + timedelta(minutes=10))

    seen = AlarmOk().verify(aws, AlarmOkParams.model_validate({**ALARM, "stable_for": "1m"}), {})

    assert isinstance(seen, Pending)
    assert "50s to go" in seen.seen
