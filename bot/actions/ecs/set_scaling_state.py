"""Let autoscaling of an ECS service act again, or hold it back.

When to reach for it: after a failback. A fence that set the count to zero held autoscaling back, so that nothing
refilled the service; one that serves again needs it. Holding back: so that a count that people chose stays.

What bites: autoscaling acts at once on what its alarms say. Scaling that is held back for good is a service that does
not grow in the next rush. The service must be a scalable target already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.ecs.services import Suspended, read_scaling, resource_id
from bot.actions.setting import Seen, Setting, rehearsed
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient


class SetScalingStateParams(Params):
    """Which service, and whether its autoscaling acts."""

    cluster: str = Field(description="ECS cluster name.", examples=["orders"])
    service: str = Field(description="ECS service name.", examples=["orders-api"])
    enabled: bool = Field(description="Whether autoscaling acts.")


class HeldBack(Suspended):
    """Which scaling is held back, in words."""

    def __str__(self) -> str:
        if self.all:
            return "held back"
        return "partly held back" if self.dynamic_in or self.dynamic_out or self.scheduled else "acts"


FREE, HELD = HeldBack(), HeldBack(dynamic_in=True, dynamic_out=True, scheduled=True)


def _target(*, held: bool) -> Call:
    state = dict.fromkeys(
        ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), held
    )
    found: dict[str, Any] = {
        "ServiceNamespace": "ecs", "ResourceId": "service/orders/orders-api", "MinCapacity": 4, "MaxCapacity": 60,
        "ScalableDimension": "ecs:service:DesiredCount", "CreationTime": "2026-01-01T00:00:00Z",
        "RoleARN": "arn:aws:iam::111122223333:role/ecs-autoscaling", "SuspendedState": state,
    }  # fmt: skip
    return Call("application-autoscaling", "describe_scalable_targets", {"ScalableTargets": [found]})


_REGISTER = Call("application-autoscaling", "register_scalable_target", {})


@action(
    "ecs.set_scaling_state",
    risk=Risk.REVERSIBLE,
    permissions=(
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:RegisterScalableTarget",
    ),
    by_hand=(
        "aws application-autoscaling describe-scalable-targets --region {region} --service-namespace ecs "
        "--resource-ids service/{cluster}/{service}"
    ),
    rehearsal=rehearsed(
        {"region": "us-west-2", "cluster": "orders", "service": "orders-api", "enabled": True},
        was=_target(held=True), put=_REGISTER, now=_target(held=False), back=_REGISTER,
    ),
)  # fmt: skip
class SetScalingState(Setting[SetScalingStateParams, HeldBack]):
    """Register what is held back."""

    Params = SetScalingStateParams
    State = HeldBack

    def look(self, aws: Reads, params: SetScalingStateParams) -> Seen[HeldBack]:
        scaling = read_scaling(aws, params.region, params.cluster, params.service)
        if scaling is None:
            raise StepBroke(f"{params.service} in {params.region} is not autoscaled; correct the runbook.")
        return Seen(
            name=f"autoscaling of {params.service}",
            target=f"{resource_id(params.cluster, params.service)}/{params.region}",
            state=HeldBack.model_validate(scaling.suspended.model_dump()),
        )

    def wanted(self, params: SetScalingStateParams, now: HeldBack) -> HeldBack:
        return FREE if params.enabled else HELD

    def put(self, aws: Aws, params: SetScalingStateParams, seen: Seen[HeldBack], state: HeldBack, token: str) -> None:
        scaling: ApplicationAutoScalingClient = aws.writer("application-autoscaling", params.region)
        scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=resource_id(params.cluster, params.service),
            ScalableDimension="ecs:service:DesiredCount",
            SuspendedState={
                "DynamicScalingInSuspended": state.dynamic_in,
                "DynamicScalingOutSuspended": state.dynamic_out,
                "ScheduledScalingSuspended": state.scheduled,
            },
        )
