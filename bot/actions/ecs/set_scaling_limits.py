"""Set the least and the most tasks that autoscaling keeps for an ECS service.

When to reach for it: raise the floor of the recovery region before users arrive, so that nothing scales in again; or
open the ceiling for the whole load.

What bites: autoscaling acts on new limits at once, but a service whose scaling is suspended stays as it is. The
service must be a scalable target already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Params, action
from bot.actions.ecs.services import REGISTERED, read_scaling, resource_id, scalable_target
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Bounds
from bot.language import told
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient


class SetScalingLimitsParams(Params):
    """Which service, which limits."""

    cluster: str = Field(description="ECS cluster name.", examples=["orders"])
    service: str = Field(description="ECS service name.", examples=["orders-api"])
    minimum: int = Field(description="Least tasks.", ge=0)
    maximum: int = Field(description="Most tasks.", ge=0)


@action(
    "ecs.set_scaling_limits",
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
        {"region": "us-west-2", "cluster": "orders", "service": "orders-api", "minimum": 24, "maximum": 80},
        was=scalable_target(4, 60), put=REGISTERED, now=scalable_target(24, 80), back=REGISTERED,
    ),
)  # fmt: skip
class SetScalingLimits(Setting[SetScalingLimitsParams, Bounds]):
    """Register the limits."""

    Params = SetScalingLimitsParams
    State = Bounds

    def look(self, aws: Reads, params: SetScalingLimitsParams) -> Seen[Bounds]:
        if params.minimum > params.maximum:
            raise StepBroke(
                told(
                    "minimum {minimum} is more than maximum {maximum}; correct the runbook.",
                    minimum=params.minimum,
                    maximum=params.maximum,
                )
            )
        scaling = read_scaling(aws, params.region, params.cluster, params.service)
        if scaling is None:
            raise StepBroke(
                told(
                    "{service} in {region} is not autoscaled; set its desired count instead.",
                    service=params.service,
                    region=params.region,
                )
            )
        target = f"{resource_id(params.cluster, params.service)}/{params.region}"
        return Seen(
            name=told("limits of {service}", service=params.service),
            target=target,
            state=Bounds(minimum=scaling.minimum, maximum=scaling.maximum),
        )

    def wanted(self, params: SetScalingLimitsParams, now: Bounds) -> Bounds:
        return Bounds(minimum=params.minimum, maximum=params.maximum)

    def put(self, aws: Aws, params: SetScalingLimitsParams, seen: Seen[Bounds], state: Bounds, token: str) -> None:
        scaling: ApplicationAutoScalingClient = aws.writer("application-autoscaling", params.region)
        scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=resource_id(params.cluster, params.service),
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=int(state.minimum),
            MaxCapacity=int(state.maximum),
        )
