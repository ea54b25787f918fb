"""Let an Auto Scaling group's processes run again.

When to reach for it: at the end of a failback, when a group that was fenced or frozen should take care of itself.

What bites: with alarms and schedules awake again, the group may change its size at once. Rolling back suspends what
this step resumed.
"""

from __future__ import annotations

from bot.actions.autoscaling.groups import rehearse_group
from bot.actions.autoscaling.suspend_processes import HeldBack, SuspendProcesses, SuspendProcessesParams
from bot.actions.base import Call, action
from bot.actions.setting import rehearsed
from bot.language import told
from bot.model.action import Risk

_FROZEN = rehearse_group(SuspendedProcesses=[{"ProcessName": "Launch"}, {"ProcessName": "Terminate"}])


@action(
    "autoscaling.resume_processes",
    risk=Risk.REVERSIBLE,
    permissions=(
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:SuspendProcesses",
        "autoscaling:ResumeProcesses",
    ),
    by_hand="aws autoscaling describe-auto-scaling-groups --region {region} --auto-scaling-group-names {group}",
    taken_back=told("Suspend them with autoscaling.suspend_processes."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "group": "orders-workers", "processes": ["Launch"]},
        was=_FROZEN,
        put=Call("autoscaling", "resume_processes", {}),
        now=rehearse_group(SuspendedProcesses=[{"ProcessName": "Terminate"}]),
        back=Call("autoscaling", "suspend_processes", {}),
    ),
)
class ResumeProcesses(SuspendProcesses):
    """Resume what is suspended of the named processes."""

    def wanted(self, params: SuspendProcessesParams, now: HeldBack) -> HeldBack:
        return HeldBack(processes=tuple(sorted({*now.processes} - {*params.processes})))
