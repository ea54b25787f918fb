"""Elastic Load Balancing: the targets of a service's group are its running tasks, initial first, then healthy."""

from __future__ import annotations

from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services import ecs
from bot.local.cloud.wire import Call, Reply

SECONDS_TO_HEALTHY = 1.5


@operation("elbv2", "DescribeTargetHealth")
def describe_target_health(call: Call) -> Answer | Reply:
    """The health of the service's tasks; a group without a service is moto's."""
    arn = call.params["TargetGroupArn"]
    group = backend("elbv2", call.region).target_groups.get(arn)
    if group is None:
        raise AwsError("TargetGroupNotFound", "One or more target groups not found")
    services = [service for service in ecs.services_in(call.region) if feeds(service, arn)]
    if not services:
        return call.moto()
    rollouts = call.world.shelf(ecs.Rollouts)
    found = [described(call, group, task) for service in services for task in rollouts.of(service).tasks]
    wanted = {target["Id"] for target in call.params.get("Targets", [])}
    return {"TargetHealthDescriptions": [one for one in found if not wanted or one["Target"]["Id"] in wanted]}


def feeds(service: Any, arn: str) -> bool:
    return any(balancer.get("targetGroupArn") == arn for balancer in service.load_balancers)


def described(call: Call, group: Any, task: ecs.Task) -> dict[str, Any]:
    healthy = call.world.now() >= task.started_at + call.world.clock.lasting(SECONDS_TO_HEALTHY)
    checking = {
        "State": "initial",
        "Reason": "Elb.InitialHealthChecking",
        "Description": "Initial health checks in progress",
    }
    return {
        "Target": {"Id": task.address, "Port": int(group.port), "AvailabilityZone": f"{call.region}a"},
        "HealthCheckPort": str(group.port),
        "TargetHealth": {"State": "healthy"} if healthy else checking,
    }
