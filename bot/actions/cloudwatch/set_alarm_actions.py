"""Silence the actions of alarms, or let them act again.

When to reach for it: alarms that scale, reboot or page must not act on what a recovery does on purpose. The alarms
keep their states, so they can still be watched.

What bites: an alarm that stays silent after the incident will be missed in the next one; undo restores each to what
it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.cloudwatch.alarm_ok import every_alarm
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class SetAlarmActionsParams(Params):
    """Which alarms, loud or silent."""

    alarms: tuple[str, ...] = Field(description="Alarm names.", min_length=1, max_length=100)
    enabled: bool = Field(description="Whether they act.")


class Acting(Frozen):
    """Names of those alarms that act, sorted."""

    alarms: tuple[str, ...]

    def __str__(self) -> str:
        return told("{alarms} act", alarms=", ".join(self.alarms)) if self.alarms else told("none acts")


def _alarms(**acting: bool) -> Call:
    found = [
        {"AlarmName": name, "AlarmArn": f"arn:aws:cloudwatch:us-west-2:1:alarm:{name}", "ActionsEnabled": on}
        for name, on in acting.items()
    ]
    return Call("cloudwatch", "describe_alarms", {"MetricAlarms": found})


@action(
    "cloudwatch.set_alarm_actions",
    risk=Risk.REVERSIBLE,
    permissions=("cloudwatch:DescribeAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions"),
    by_hand="aws cloudwatch describe-alarms --region {region}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "alarms": ["cpu", "queue"], "enabled": False},
        was=_alarms(cpu=True, queue=False), put=Call("cloudwatch", "disable_alarm_actions", {}),
        now=_alarms(cpu=False, queue=False), back=Call("cloudwatch", "enable_alarm_actions", {}),
    ),
)  # fmt: skip
class SetAlarmActions(Setting[SetAlarmActionsParams, Acting]):
    """Enable or disable the actions of those that are not so yet."""

    Params = SetAlarmActionsParams
    State = Acting

    def look(self, aws: Reads, params: SetAlarmActionsParams) -> Seen[Acting]:
        cloudwatch: CloudWatchClient = aws.reader("cloudwatch", params.region)
        alarms = every_alarm(cloudwatch, AlarmNames=list(params.alarms))
        missing = {*params.alarms} - {each.get("AlarmName", "") for each in alarms}
        if missing:
            raise StepBroke(
                told(
                    "Not in {region}: alarms {missing}; correct the names.",
                    region=params.region,
                    missing=", ".join(sorted(missing)),
                )
            )
        acting = sorted(each.get("AlarmName", "") for each in alarms if each.get("ActionsEnabled", False))
        return Seen(name="alarms", target=", ".join(params.alarms), state=Acting(alarms=tuple(acting)))

    def wanted(self, params: SetAlarmActionsParams, now: Acting) -> Acting:
        return Acting(alarms=tuple(sorted({*params.alarms})) if params.enabled else ())

    def put(self, aws: Aws, params: SetAlarmActionsParams, seen: Seen[Acting], state: Acting, token: str) -> None:
        cloudwatch: CloudWatchClient = aws.writer("cloudwatch", params.region)
        louder = sorted({*state.alarms} - {*seen.state.alarms})
        quieter = sorted({*seen.state.alarms} - {*state.alarms})
        if louder:
            cloudwatch.enable_alarm_actions(AlarmNames=louder)
        if quieter:
            cloudwatch.disable_alarm_actions(AlarmNames=quieter)
