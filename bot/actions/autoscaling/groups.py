"""An Auto Scaling group as one look sees it, and as rehearsals show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.actions.base import Call
from bot.language import told
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef


def describe(aws: Reads, region: str, name: str) -> AutoScalingGroupTypeDef:
    """Raises StepBroke when there is no such group."""
    autoscaling: AutoScalingClient = aws.reader("autoscaling", region)
    found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    if not found:
        raise StepBroke(
            told(
                "Auto Scaling group {name} is not in {region}; correct the name or the region.",
                name=name,
                region=region,
            )
        )
    return found[0]


def suspended(group: AutoScalingGroupTypeDef) -> set[str]:
    """Names of the processes that are held back."""
    return {each.get("ProcessName", "") for each in group.get("SuspendedProcesses", [])}


def rehearse_group(**more: Any) -> Call:
    """A describe call whose reply is one group with these members beside the obligatory ones."""
    found: dict[str, Any] = {
        "AutoScalingGroupName": "orders-workers", "MinSize": 0, "DesiredCapacity": 0, "MaxSize": 4,
        "DefaultCooldown": 300, "AvailabilityZones": ["us-west-2a"], "HealthCheckType": "EC2", "Instances": [],
        "CreatedTime": "2026-01-01T00:00:00Z", "SuspendedProcesses": [],
        "AutoScalingGroupARN": "arn:aws:autoscaling:us-west-2:1:autoScalingGroup:x:autoScalingGroupName/orders-workers",
    }  # fmt: skip
    return Call("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroups": [{**found, **more}]})
