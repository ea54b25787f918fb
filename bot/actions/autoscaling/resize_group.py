"""Grow an Auto Scaling group, usually to warm up the recovery region, or shrink it when that is allowed.

`desired` is what the group should have at least: when it runs more already, nothing is taken away, unless
`allow_shrink: true` makes the number exact. Minimum and maximum are widened to fit, in the same call.

When to reach for it: workers on EC2 that must be there before the traffic is.

What bites: in a regional rush AWS may have no instances to give; the group's failed activities are shown while
waiting. A group with launching suspended never grows, so that blocks the plan.

Rolling back restores the three sizes the group had, not the instances themselves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, tags_of
from bot.actions.autoscaling.groups import describe, suspended
from bot.actions.base import Action, Call, Params, Rehearsal, Results, action
from bot.language import told, told_n
from bot.model.action import Before, Finding, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef


class ResizeGroupParams(Params):
    """The group and the size it should have."""

    group: str = Field(description="Auto Scaling group name.", examples=["orders-workers"])
    desired: int = Field(description="Instances to run, at least; exactly with allow_shrink.", ge=0)
    allow_shrink: bool = Field(default=False, description="Whether instances may be taken away.")


class ResizeGroupResults(Results):
    """What is in service now."""

    in_service: int = Field(description="Healthy instances in service.")


class Sizes(Frozen):
    """The three numbers of a group."""

    minimum: int
    desired: int
    maximum: int

    def __str__(self) -> str:
        return told("{desired} ({minimum}-{maximum})", desired=self.desired, minimum=self.minimum, maximum=self.maximum)


def _group(in_service: int, minimum: int, desired: int, maximum: int) -> Call:
    zone = "us-west-2a"
    healthy = {"LifecycleState": "InService", "HealthStatus": "Healthy", "ProtectedFromScaleIn": False}
    instances = [{**healthy, "InstanceId": f"i-{number}", "AvailabilityZone": zone} for number in range(in_service)]
    found: dict[str, Any] = {
        "AutoScalingGroupName": "orders-workers", "MinSize": minimum, "DesiredCapacity": desired, "MaxSize": maximum,
        "DefaultCooldown": 300, "AvailabilityZones": [zone], "HealthCheckType": "EC2", "Instances": instances,
        "CreatedTime": "2026-01-01T00:00:00Z", "SuspendedProcesses": [],
        "AutoScalingGroupARN": "arn:aws:autoscaling:us-west-2:1:autoScalingGroup:x:autoScalingGroupName/orders-workers",
    }  # fmt: skip
    return Call("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroups": [found]})


_UPDATE = Call("autoscaling", "update_auto_scaling_group", {})
_ACTIVITIES = Call("autoscaling", "describe_scaling_activities", {"Activities": []})


@action(
    "autoscaling.resize_group",
    risk=Risk.REVERSIBLE,
    costs=told("the instances"),
    permissions=(
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:UpdateAutoScalingGroup",
    ),
    typical=timedelta(minutes=4),
    fences={"desired": 0, "allow_shrink": True},
    by_hand=(
        "aws autoscaling describe-auto-scaling-groups --region {region} --auto-scaling-group-names {group}"
    ),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "group": "orders-workers", "desired": 8},
        calls=(
            _group(0, 0, 0, 4),  # preflight
            _group(0, 0, 0, 4),  # remember
            _group(0, 0, 0, 4), _UPDATE,
            _group(3, 0, 8, 8), _ACTIVITIES,  # verify: three of eight
            _group(8, 0, 8, 8),
        ),
        undo=(_UPDATE, _group(2, 0, 0, 4), _ACTIVITIES, _group(0, 0, 0, 4)),
        idle=(_group(0, 0, 0, 4),),
    ),
)  # fmt: skip
class ResizeGroup(Action[ResizeGroupParams]):
    """Set the sizes, then count instances in service."""

    Params = ResizeGroupParams
    Results = ResizeGroupResults

    def preflight(self, aws: Reads, params: ResizeGroupParams) -> Look:
        try:
            group = describe(aws, params.region, params.group)
        except StepBroke as missing:
            return blocked(missing)
        now, wanted, arn = _sizes(group), _wanted(_sizes(group), params), group.get("AutoScalingGroupARN", params.group)
        change = told("desired {now} → {wanted}", now=now, wanted=wanted)
        if now.desired < wanted.desired and "Launch" in suspended(group):
            return blocked(
                told("{group} has launching suspended and would never grow; resume it.", group=params.group),
                arn,
                change=change,
            )
        done = now == wanted and _in_service(group) >= wanted.desired and not _leaving(group, params)
        kept = told(
            "{group} runs {desired} already; none of them is taken away.", group=params.group, desired=now.desired
        )
        return Look(
            state="already_done" if done else "ready",
            findings=(Finding(text=kept),) if wanted.desired > params.desired else (),
            change=change,
            targets=(arn,),
            tags=tags_of(group.get("Tags")),
        )

    def remember(self, aws: Reads, params: ResizeGroupParams) -> Before:
        return _sizes(describe(aws, params.region, params.group)).model_dump(mode="json")

    def execute(self, aws: Aws, params: ResizeGroupParams, token: str) -> None:
        _resize(aws, params, _wanted(_sizes(describe(aws, params.region, params.group)), params))

    def verify(self, aws: Reads, params: ResizeGroupParams, before: Before) -> Observation:
        group = describe(aws, params.region, params.group)
        now, there = _sizes(group), _in_service(group)
        if not _fits(now.desired, params):
            return NotStarted(
                seen=told_n(
                    "{group} wants {count} instance, not {params_desired}",
                    "{group} wants {count} instances, not {params_desired}",
                    now.desired,
                    group=params.group,
                    params_desired=params.desired,
                )
            )
        leaving = _leaving(group, params)
        if _fits(there, params) and not leaving:
            return Settled(
                seen=told_n(
                    "{group}: {count} instance in service",
                    "{group}: {count} instances in service",
                    there,
                    group=params.group,
                ),
                results={"in_service": there},
            )
        return _under_way(aws, params, there or leaving, now.desired)

    def rollback(self, aws: Aws, params: ResizeGroupParams, before: Before, token: str) -> None:
        _resize(aws, params, Sizes.model_validate(before))

    def undone(self, aws: Reads, params: ResizeGroupParams, before: Before) -> Observation:
        former, group = Sizes.model_validate(before), describe(aws, params.region, params.group)
        now, there = _sizes(group), _in_service(group)
        if now != former:
            return NotStarted(
                seen=told("{group} is sized {now}, not {former} as before", group=params.group, now=now, former=former)
            )
        if there == former.desired:
            return Settled(
                seen=told_n(
                    "{group}: {count} instance in service, as before",
                    "{group}: {count} instances in service, as before",
                    there,
                    group=params.group,
                )
            )
        return _under_way(aws, params, there, former.desired)


def _sizes(group: AutoScalingGroupTypeDef) -> Sizes:
    return Sizes(minimum=group["MinSize"], desired=group["DesiredCapacity"], maximum=group["MaxSize"])


def _wanted(now: Sizes, params: ResizeGroupParams) -> Sizes:
    desired = params.desired if params.allow_shrink else max(now.desired, params.desired)
    return Sizes(minimum=min(now.minimum, desired), desired=desired, maximum=max(now.maximum, desired))


def _fits(count: int, params: ResizeGroupParams) -> bool:
    return count == params.desired if params.allow_shrink else count >= params.desired


def _in_service(group: AutoScalingGroupTypeDef) -> int:
    """Capacity units in service; an instance counts for its weight in a weighted group."""
    return sum(
        int(each.get("WeightedCapacity") or 1)
        for each in group.get("Instances", [])
        if each["LifecycleState"] == "InService" and each["HealthStatus"].lower() == "healthy"
    )


def _leaving(group: AutoScalingGroupTypeDef, params: ResizeGroupParams) -> int:
    """Instances that still run, in whatever state, in a group that is to have none: a hook may hold them for hours."""
    return len(group.get("Instances", [])) if params.allow_shrink and params.desired == 0 else 0


def _resize(aws: Aws, params: ResizeGroupParams, sizes: Sizes) -> None:
    autoscaling: AutoScalingClient = aws.writer("autoscaling", params.region)
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=params.group, MinSize=sizes.minimum, DesiredCapacity=sizes.desired, MaxSize=sizes.maximum
    )


def _under_way(aws: Reads, params: ResizeGroupParams, there: int, desired: int) -> Pending:
    autoscaling: AutoScalingClient = aws.reader("autoscaling", params.region)
    newest = autoscaling.describe_scaling_activities(AutoScalingGroupName=params.group, MaxRecords=5)["Activities"][:1]
    failed = [each for each in newest if each["StatusCode"] in ("Failed", "Cancelled")]
    reason = (
        told(
            "; the last launch failed: {status_message}",
            status_message=failed[0].get("StatusMessage", failed[0]["Cause"]),
        )
        if failed
        else ""
    )
    return Pending(
        seen=told_n(
            "{group}: {there} of {count} instance in service{reason}",
            "{group}: {there} of {count} instances in service{reason}",
            desired,
            group=params.group,
            there=there,
            reason=reason,
        )
    )
