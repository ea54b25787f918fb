"""Check that several CloudWatch alarms are OK, at one look.

When to reach for it: before and after a move, over everything that says how the service feels.

What bites: INSUFFICIENT_DATA is not OK. Alarms of an impaired region say nothing, and a name that does not exist there
is an error, not a pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.assessing import Verdict, judged, looked
from bot.actions.base import Call, Check, Params, action
from bot.actions.cloudwatch.alarm_ok import every_alarm
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class AlarmsParams(Params):
    """Which alarms: by name, or all whose name begins so."""

    alarms: tuple[str, ...] = Field(default=(), description="Alarm names.", max_length=100)
    prefix: str | None = Field(default=None, description="Beginning of the names, instead of a list.")


@action(
    "cloudwatch.alarms",
    risk=Risk.READ,
    measures="ok",
    permissions=("cloudwatch:DescribeAlarms",),
    rehearsal=looked(
        {"alarms": ["orders-errors"]},
        Call("cloudwatch", "describe_alarms", {"MetricAlarms": [{"AlarmName": "orders-errors", "StateValue": "OK"}]}),
    ),
)
class Alarms(Check[AlarmsParams]):
    """All OK, or which are not."""

    Params = AlarmsParams
    Results = Verdict

    def verify(self, aws: Reads, params: AlarmsParams, before: Before) -> Settled:
        if bool(params.alarms) == bool(params.prefix):
            raise StepBroke(told("Give either alarms or prefix in the runbook."))
        cloudwatch: CloudWatchClient = aws.reader("cloudwatch", params.region)
        which: dict[str, Any] = (
            {"AlarmNamePrefix": params.prefix} if params.prefix else {"AlarmNames": list(params.alarms)}
        )
        alarms = every_alarm(cloudwatch, **which)
        states = {each.get("AlarmName", ""): each.get("StateValue", "INSUFFICIENT_DATA") for each in alarms}
        missing = {*params.alarms} - {*states}
        if missing or not states:
            raise StepBroke(
                told(
                    "Not in {region}: alarms {missing}; correct the names.",
                    region=params.region,
                    missing=", ".join(sorted(missing)) or params.prefix,
                )
            )
        bad = [f"{name} {state}" for name, state in sorted(states.items()) if state != "OK"]
        return judged(not bad, ", ".join(bad) or told("alarms OK: {count}", count=len(states)))
