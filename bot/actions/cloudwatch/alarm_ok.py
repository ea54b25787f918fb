"""Wait until a CloudWatch alarm is OK, and has been for long enough.

Settles when the alarm's state is OK and has not changed for `stable_for`. Until then it says what the state is, and
since when.

When to reach for it: as the end of a run. The RTO ends when customers are served again, and the alarm on what
customers see is the witness.

What bites: INSUFFICIENT_DATA is not OK. An alarm that lives in the impaired region says nothing; keep a copy of it
in the recovery region. Somebody may set an alarm's state by hand, and CloudWatch corrects that at the next
evaluation only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field, JsonValue

from bot.actions.answers import answered_at, clock, stamp
from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.language import told
from bot.model.action import Before, Observation, Pending, Risk, Settled
from bot.model.base import Duration, Frozen, format_duration
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class AlarmOkParams(Params):
    """Which alarm, and how long it must hold."""

    alarm: str = Field(description="Name of a metric or composite alarm.", examples=["orders-api-success-ratio"])
    stable_for: Duration = Field(default=timedelta(0), description="How long it must have been OK.")


class AlarmOkResults(Results):
    """The alarm's state and its age."""

    ok: bool = Field(description="Whether it is OK, and has been for stable_for.")
    state: str = Field(description="OK, ALARM or INSUFFICIENT_DATA.")
    since: datetime = Field(description="When it entered this state.")


class Seen(Frozen):
    """One alarm at one moment."""

    state: str
    since: datetime
    at: datetime


_ALARM = {
    "AlarmName": "orders-api-success-ratio",
    "StateTransitionedTimestamp": datetime(2026, 1, 1, 12, 3, 10, tzinfo=UTC),
}


def _described(state: str) -> Call:
    return Call("cloudwatch", "describe_alarms", {"MetricAlarms": [{**_ALARM, "StateValue": state}]})


@action(
    "cloudwatch.alarm_ok",
    risk=Risk.READ,
    measures="ok",
    permissions=("cloudwatch:DescribeAlarms",),
    typical=timedelta(minutes=1),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "alarm": "orders-api-success-ratio", "stable_for": "30s"},
        calls=(_described("ALARM"), _described("ALARM"), _described("OK")),
    ),
)
class AlarmOk(Check[AlarmOkParams]):
    """OK for at least `stable_for`."""

    Params = AlarmOkParams
    Results = AlarmOkResults

    def verify(self, aws: Reads, params: AlarmOkParams, before: Before) -> Observation:
        return judge(params.alarm, _read(aws, params), params.stable_for)


def judge(name: str, alarm: Seen, stable_for: timedelta) -> Observation:
    """What the alarm's state and age amount to."""
    held = alarm.at - alarm.since
    ok = alarm.state == "OK" and (not stable_for or held >= stable_for)
    results: dict[str, JsonValue] = {"ok": ok, "state": alarm.state, "since": stamp(alarm.since)}
    seen = told("{name} {state} since {since}", name=name, state=alarm.state, since=clock(alarm.since))
    if ok:
        return Settled(seen=seen, results=results)
    if alarm.state == "OK":
        rest = stable_for - held
        wait = min(max(rest, timedelta(seconds=1)), timedelta(seconds=15))
        return Pending(
            seen=told("{seen}; {rest} to go", seen=seen, rest=format_duration(rest)), look_again=wait, results=results
        )
    return Pending(seen=seen, results=results)


def every_alarm(cloudwatch: CloudWatchClient, **which: Any) -> list[Any]:
    """Metric alarms and composite ones; CloudWatch hands out fifty at a time."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(**which, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return [each for page in pages for each in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", []))]


def _read(aws: Reads, params: AlarmOkParams) -> Seen:
    cloudwatch: CloudWatchClient = aws.reader("cloudwatch", params.region)
    found = cloudwatch.describe_alarms(AlarmNames=[params.alarm], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    for alarm in (*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])):
        since = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
        if since is not None:
            at = answered_at(found, aws.now())
            return Seen(state=alarm.get("StateValue", "INSUFFICIENT_DATA"), since=since, at=at)
    raise StepBroke(
        told(
            "Alarm {alarm} is not in {region}; correct the name or the step's region.",
            alarm=params.alarm,
            region=params.region,
        )
    )
