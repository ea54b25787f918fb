"""Application Auto Scaling: scalable targets, with a suspension that is merged as AWS merges it (moto replaces it)."""

from __future__ import annotations

from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import operation
from bot.local.cloud.wire import Call, Reply

SUSPENDABLE = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


@operation("application-autoscaling", "RegisterScalableTarget")
def register_scalable_target(call: Call) -> Reply:
    """moto's, after the bounds are checked; a suspension that names one process leaves the others as they were."""
    before = find(call.region, call.params["ResourceId"], call.params["ScalableDimension"])
    least, most = (call.params.get(name) for name in ("MinCapacity", "MaxCapacity"))
    if before is None and None in (least, most):
        raise AwsError("ValidationException", "MinCapacity and MaxCapacity are needed for a new scalable target.")
    if None not in (least, most) and int(str(least)) > int(str(most)):
        raise AwsError("ValidationException", "Maximum capacity cannot be less than minimum capacity")
    suspended = dict.fromkeys(SUSPENDABLE, False) | ((before.suspended_state if before else None) or {})
    answer = call.moto()
    if answer.ok:
        target: Any = find(call.region, call.params["ResourceId"], call.params["ScalableDimension"])
        target.suspended_state = suspended | (call.params.get("SuspendedState") or {})
    return answer


def minimum(region: str, resource: str) -> int | None:
    """The capacity below which an autoscaler that is awake will not leave the resource; None when nothing watches."""
    target = find(region, resource)
    if target is None or (target.suspended_state or {}).get("DynamicScalingOutSuspended"):
        return None
    return int(target.min_capacity)


def find(region: str, resource: str, dimension: str = "ecs:service:DesiredCount") -> Any | None:
    for target in all_targets(region):
        if target.resource_id == resource and target.scalable_dimension == dimension:
            return target
    return None


def all_targets(region: str) -> list[Any]:
    found = backend("applicationautoscaling", region).targets
    return [target for by_resource in found.values() for target in by_resource.values()]
