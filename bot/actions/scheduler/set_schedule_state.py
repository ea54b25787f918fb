"""Switch an EventBridge Scheduler schedule off to fence what it starts, or on in the region that takes over.

When to reach for it: jobs that write on a timetable have to stop on the old side before the data moves.

What bites: the API replaces the whole schedule, so everything that is there is read and sent back; an edit by
somebody else in that very moment is lost. One-time schedules whose time passes while off do not run later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Switch
from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient


class SetScheduleStateParams(Params):
    """Which schedule, on or off."""

    schedule: str = Field(description="Schedule name.", examples=["orders-settlement"])
    group: str = Field(default="default", description="Schedule group.")
    enabled: bool = Field(description="Whether it runs.")


_READ_ONLY = ("Arn", "CreationDate", "LastModificationDate", "ResponseMetadata", "Name", "GroupName", "State")


def _schedule(state: str) -> Call:
    found: dict[str, Any] = {
        "Name": "orders-settlement", "GroupName": "default", "State": state, "ScheduleExpression": "rate(5 minutes)",
        "Arn": "arn:aws:scheduler:us-west-2:111122223333:schedule/default/orders-settlement",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "arn:aws:lambda:us-west-2:111122223333:function:settle", "RoleArn": "arn:aws:iam::1:role/r"},
    }  # fmt: skip
    return Call("scheduler", "get_schedule", found)


_UPDATE = Call("scheduler", "update_schedule", {"ScheduleArn": "arn:aws:scheduler:us-west-2:1:schedule/default/x"})


@action(
    "scheduler.set_schedule_state",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.TOKEN,
    implied=("iam:PassRole",),
    permissions=("scheduler:GetSchedule", "scheduler:UpdateSchedule"),
    fences={"enabled": False},
    by_hand="aws scheduler get-schedule --region {region} --group-name {group} --name {schedule}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "schedule": "orders-settlement", "enabled": False},
        was=_schedule("ENABLED"), put=_UPDATE, now=_schedule("DISABLED"), back=_UPDATE,
    ),
)  # fmt: skip
class SetScheduleState(Setting[SetScheduleStateParams, Switch]):
    """Read the whole schedule, send it back with another state."""

    Params = SetScheduleStateParams
    State = Switch

    def look(self, aws: Reads, params: SetScheduleStateParams) -> Seen[Switch]:
        scheduler: EventBridgeSchedulerClient = aws.reader("scheduler", params.region)
        try:
            found = scheduler.get_schedule(Name=params.schedule, GroupName=params.group)
        except scheduler.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Schedule {group}/{schedule} is not in {region}; correct the name.",
                    group=params.group,
                    schedule=params.schedule,
                    region=params.region,
                )
            ) from None
        return Seen(
            name=params.schedule,
            target=found.get("Arn", ""),
            state=Switch(on=found.get("State") != "DISABLED"),
            whole=found,
        )

    def wanted(self, params: SetScheduleStateParams, now: Switch) -> Switch:
        return Switch(on=params.enabled)

    def put(self, aws: Aws, params: SetScheduleStateParams, seen: Seen[Switch], state: Switch, token: str) -> None:
        scheduler: EventBridgeSchedulerClient = aws.writer("scheduler", params.region)
        kept: dict[str, Any] = {name: value for name, value in seen.whole.items() if name not in _READ_ONLY}
        scheduler.update_schedule(
            **kept,
            Name=params.schedule,
            GroupName=params.group,
            State="ENABLED" if state.on else "DISABLED",
            ClientToken=token,
        )
