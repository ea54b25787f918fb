"""Hold back processes of an Auto Scaling group, so that a fenced group stays as it is.

When to reach for it: before a group is taken to zero, or before its alarms and schedules refill what was fenced.
Suspending keeps instances and caches, which makes going back quick; taking the group to zero does not.

What bites: with Launch suspended the group replaces nothing, with Terminate suspended it removes nothing, even when
the group's size is changed. Undo resumes only what this step suspended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.autoscaling.groups import describe, rehearse_group, suspended
from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient


class SuspendProcessesParams(Params):
    """Which group, which processes."""

    group: str = Field(description="Auto Scaling group name.", examples=["orders-workers"])
    processes: tuple[str, ...] = Field(
        default=("Launch", "ReplaceUnhealthy", "AZRebalance", "AlarmNotification", "ScheduledActions"),
        description="Processes to hold back, as AWS names them.",
        min_length=1,
    )


class HeldBack(Frozen):
    """Suspended processes, sorted."""

    processes: tuple[str, ...]

    def __str__(self) -> str:
        return (
            told("{processes} suspended", processes=", ".join(self.processes))
            if self.processes
            else told("nothing suspended")
        )


@action(
    "autoscaling.suspend_processes",
    risk=Risk.REVERSIBLE,
    permissions=(
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:SuspendProcesses",
        "autoscaling:ResumeProcesses",
    ),
    by_hand="aws autoscaling describe-auto-scaling-groups --region {region} --auto-scaling-group-names {group}",
    taken_back=told("Resume them with autoscaling.resume_processes."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "group": "orders-workers", "processes": ["Launch"]},
        was=rehearse_group(SuspendedProcesses=[{"ProcessName": "Terminate"}]),
        put=Call("autoscaling", "suspend_processes", {}),
        now=rehearse_group(SuspendedProcesses=[{"ProcessName": "Launch"}, {"ProcessName": "Terminate"}]),
        back=Call("autoscaling", "resume_processes", {}),
    ),
)
class SuspendProcesses(Setting[SuspendProcessesParams, HeldBack]):
    """Suspend what runs of the named processes."""

    Params = SuspendProcessesParams
    State = HeldBack

    def look(self, aws: Reads, params: SuspendProcessesParams) -> Seen[HeldBack]:
        group = describe(aws, params.region, params.group)
        return Seen(
            name=params.group,
            target=group.get("AutoScalingGroupARN", ""),
            state=HeldBack(processes=tuple(sorted(suspended(group)))),
        )

    def wanted(self, params: SuspendProcessesParams, now: HeldBack) -> HeldBack:
        return HeldBack(processes=tuple(sorted({*now.processes, *params.processes})))

    def put(self, aws: Aws, params: SuspendProcessesParams, seen: Seen[HeldBack], state: HeldBack, token: str) -> None:
        autoscaling: AutoScalingClient = aws.writer("autoscaling", params.region)
        more = sorted({*state.processes} - {*seen.state.processes})
        fewer = sorted({*seen.state.processes} - {*state.processes})
        if more:
            autoscaling.suspend_processes(AutoScalingGroupName=params.group, ScalingProcesses=more)
        if fewer:
            autoscaling.resume_processes(AutoScalingGroupName=params.group, ScalingProcesses=fewer)
