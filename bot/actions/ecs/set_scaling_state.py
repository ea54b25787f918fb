"""Let autoscaling of an ECS service act again, or hold it back.

When to reach for it: after a failback. A fence that set the count to zero held autoscaling back, so that nothing
refilled the service; one that serves again needs it. Holding back: so that a count that people chose stays.

What bites: autoscaling acts at once on what its alarms say. Scaling that is held back for good is a service that does
not grow in the next rush. The service must be a scalable target already.
"""

from __future__ import annotations

from pydantic import Field

from bot.actions.base import Params, action
from bot.actions.ecs.services import (
    FREE,
    HELD,
    REGISTERED,
    Suspended,
    hold_back,
    read_scaling,
    resource_id,
    scalable_target,
)
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads


class SetScalingStateParams(Params):
    """Which service, and whether its autoscaling acts."""

    cluster: str = Field(description="ECS cluster name.", examples=["orders"])
    service: str = Field(description="ECS service name.", examples=["orders-api"])
    enabled: bool = Field(description="Whether autoscaling acts.")


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
        was=scalable_target(4, 60, HELD), put=REGISTERED, now=scalable_target(4, 60), back=REGISTERED,
    ),
)  # fmt: skip
class SetScalingState(Setting[SetScalingStateParams, Suspended]):
    """Register what is held back."""

    Params = SetScalingStateParams
    State = Suspended

    def look(self, aws: Reads, params: SetScalingStateParams) -> Seen[Suspended]:
        scaling = read_scaling(aws, params.region, params.cluster, params.service)
        if scaling is None:
            raise StepBroke(
                told(
                    "{service} in {region} is not autoscaled; correct the runbook.",
                    service=params.service,
                    region=params.region,
                )
            )
        return Seen(
            name=told("autoscaling of {service}", service=params.service),
            target=f"{resource_id(params.cluster, params.service)}/{params.region}",
            state=scaling.suspended,
        )

    def wanted(self, params: SetScalingStateParams, now: Suspended) -> Suspended:
        return FREE if params.enabled else HELD

    def put(self, aws: Aws, params: SetScalingStateParams, seen: Seen[Suspended], state: Suspended, token: str) -> None:
        hold_back(aws, params.region, params.cluster, params.service, state)
