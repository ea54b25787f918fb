"""An ECS service and its autoscaling as one look sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.actions.answers import tags_of
from bot.actions.base import Call
from bot.language import told, told_n
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_application_autoscaling.type_defs import SuspendedStateTypeDef
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.type_defs import DeploymentTypeDef, ServiceTypeDef


class EcsService(Frozen):
    """How many tasks a service wants and has."""

    name: str
    arn: str
    status: str
    desired: int
    running: int
    pending: int = 0
    rollout: str = ""
    """`COMPLETED`, `IN_PROGRESS`, `FAILED`; empty when ECS does not say."""
    rollout_reason: str = ""
    complaint: str = ""
    """The newest event, when it tells why tasks cannot be placed."""
    tags: dict[str, str] = {}

    def __str__(self) -> str:
        because = f": {self.complaint}" if self.complaint else ""
        return told_n(
            "{name}: {running} of {count} task running{because}",
            "{name}: {running} of {count} tasks running{because}",
            self.desired,
            name=self.name,
            running=self.running,
            because=because,
        )


class Suspended(Frozen):
    """Which scaling is held back."""

    dynamic_in: bool = False
    dynamic_out: bool = False
    scheduled: bool = False

    def __str__(self) -> str:
        if self.all:
            return told("held back")
        return told("partly held back") if self.dynamic_in or self.dynamic_out or self.scheduled else told("acts")

    @property
    def all(self) -> bool:
        return self.dynamic_in and self.dynamic_out and self.scheduled

    @property
    def asked(self) -> SuspendedStateTypeDef:
        """In the API's words."""
        return {
            "DynamicScalingInSuspended": self.dynamic_in,
            "DynamicScalingOutSuspended": self.dynamic_out,
            "ScheduledScalingSuspended": self.scheduled,
        }


FREE, HELD = Suspended(), Suspended(dynamic_in=True, dynamic_out=True, scheduled=True)
REGISTERED = Call("application-autoscaling", "register_scalable_target", {})
"""What a rehearsal hears when a scalable target was changed."""


class Scaling(Frozen):
    """A service's scalable target."""

    minimum: int
    maximum: int
    suspended: Suspended = Suspended()


def read_service(aws: Reads, region: str, cluster: str, service: str) -> EcsService:
    """Raises StepBroke when there is no such service."""
    ecs: ECSClient = aws.reader("ecs", region)
    try:
        found = ecs.describe_services(cluster=cluster, services=[service], include=["TAGS"])["services"]
    except ecs.exceptions.ClusterNotFoundException:
        raise StepBroke(
            told(
                "ECS cluster {cluster} is not in {region}; correct the name or the step's region.",
                cluster=cluster,
                region=region,
            )
        ) from None
    if not found:
        raise StepBroke(
            told(
                "ECS service {service} is not in cluster {cluster} in {region}; correct the name.",
                service=service,
                cluster=cluster,
                region=region,
            )
        )
    return _service(found[0])


def read_scaling(aws: Reads, region: str, cluster: str, service: str) -> Scaling | None:
    """The service's scalable target; None when it is not autoscaled."""
    scaling: ApplicationAutoScalingClient = aws.reader("application-autoscaling", region)
    found = scaling.describe_scalable_targets(
        ServiceNamespace="ecs",
        ResourceIds=[resource_id(cluster, service)],
        ScalableDimension="ecs:service:DesiredCount",
    )["ScalableTargets"]
    if not found:
        return None
    held = found[0].get("SuspendedState", {})
    return Scaling(
        minimum=found[0]["MinCapacity"],
        maximum=found[0]["MaxCapacity"],
        suspended=Suspended(
            dynamic_in=held.get("DynamicScalingInSuspended", False),
            dynamic_out=held.get("DynamicScalingOutSuspended", False),
            scheduled=held.get("ScheduledScalingSuspended", False),
        ),
    )


def hold_back(aws: Aws, region: str, cluster: str, service: str, suspended: Suspended) -> None:
    """Say which scaling of the service is held back; what is not named acts."""
    scaling: ApplicationAutoScalingClient = aws.writer("application-autoscaling", region)
    scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=resource_id(cluster, service),
        ScalableDimension="ecs:service:DesiredCount",
        SuspendedState=suspended.asked,
    )


def scalable_target(minimum: int, maximum: int, suspended: Suspended = FREE) -> Call:
    """What a rehearsal sees of the scalable target of orders-api."""
    found: Mapping[str, Any] = {
        "ServiceNamespace": "ecs", "ResourceId": "service/orders/orders-api", "MinCapacity": minimum,
        "MaxCapacity": maximum, "ScalableDimension": "ecs:service:DesiredCount", "CreationTime": "2026-01-01T00:00:00Z",
        "RoleARN": "arn:aws:iam::111122223333:role/ecs-autoscaling", "SuspendedState": suspended.asked,
    }  # fmt: skip
    return Call("application-autoscaling", "describe_scalable_targets", {"ScalableTargets": [found]})


def resource_id(cluster: str, service: str) -> str:
    """Application Auto Scaling's name for the service; names, not ARNs."""
    return f"service/{cluster.rpartition('/')[2]}/{service.rpartition('/')[2]}"


def _service(found: ServiceTypeDef) -> EcsService:
    primary = _primary(found)
    events = found.get("events", [])
    newest = str(events[0].get("message", "")) if events else ""
    return EcsService(
        name=found.get("serviceName", ""),
        arn=found.get("serviceArn", ""),
        status=found.get("status", ""),
        desired=found.get("desiredCount", 0),
        running=found.get("runningCount", 0),
        pending=found.get("pendingCount", 0),
        rollout=str(primary.get("rolloutState", "")) if primary else "",
        rollout_reason=primary.get("rolloutStateReason", "") if primary else "",
        complaint=newest if "unable" in newest else "",
        tags=tags_of(found.get("tags")),
    )


def _primary(found: ServiceTypeDef) -> DeploymentTypeDef | None:
    return next((each for each in found.get("deployments", []) if each.get("status") == "PRIMARY"), None)
