"""ECS services, their load balancer's targets and their autoscaler move as they do in AWS: over time."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud_fixture import LocalCloud

EAST, WEST = "us-east-1", "us-west-2"
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/orders/orders-api",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def service(cloud: LocalCloud, region: str = WEST) -> dict[str, Any]:
    found = cloud.client("ecs", region).describe_services(cluster="orders", services=["orders-api"])
    return dict(found["services"][0])


def scale(cloud: LocalCloud, desired: int, region: str = WEST) -> dict[str, Any]:
    ecs = cloud.client("ecs", region)
    return dict(ecs.update_service(cluster="orders", service="orders-api", desiredCount=desired)["service"])


def healthy_targets(cloud: LocalCloud) -> list[str]:
    elb = cloud.client("elbv2", WEST)
    arn = elb.describe_target_groups(Names=["orders-api-usw2"])["TargetGroups"][0]["TargetGroupArn"]
    found = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return [target["TargetHealth"]["State"] for target in found]


@pytest.mark.parametrize(("region", "count"), [(EAST, 24), (WEST, 4)])
def test_the_planted_services_are_at_rest(cloud: LocalCloud, region: str, count: int) -> None:
    """Full in the primary region, warm in the other, both complete."""
    found = service(cloud, region)

    assert (found["desiredCount"], found["runningCount"], found["pendingCount"]) == (count, count, 0)
    assert found["deployments"][0]["rolloutState"] == "COMPLETED"


def test_tasks_follow_the_desired_count_one_by_one(cloud: LocalCloud) -> None:
    """The answer shows the goal; running follows; the rollout completes at the end."""
    answer = scale(cloud, 14)

    assert (answer["desiredCount"], answer["runningCount"], answer["pendingCount"]) == (14, 4, 10)
    assert answer["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    cloud.advance(1.5)
    assert service(cloud)["runningCount"] == 9
    cloud.advance(1.5)
    assert service(cloud)["runningCount"] == 14
    assert service(cloud)["deployments"][0]["rolloutState"] == "COMPLETED"


def test_a_new_goal_midway_is_the_goal(cloud: LocalCloud) -> None:
    """Scaling again while it still moves ends at the second number."""
    scale(cloud, 30)
    cloud.advance(3)
    scale(cloud, 2)

    cloud.advance(10)

    assert service(cloud)["runningCount"] == 2


def test_a_service_is_fenced_with_zero(cloud: LocalCloud) -> None:
    """Desired 0 stops every task."""
    suspend(cloud, EAST)
    scale(cloud, 0, EAST)

    cloud.advance(60)

    assert service(cloud, EAST)["runningCount"] == 0


def suspend(cloud: LocalCloud, region: str, **states: bool) -> None:
    wanted = states or {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True}
    cloud.client("application-autoscaling", region).register_scalable_target(**TARGET, SuspendedState=wanted)


def test_an_autoscaler_that_is_awake_refills(cloud: LocalCloud) -> None:
    """Whoever fences without suspending the autoscaler finds the service at its minimum again."""
    scale(cloud, 0, EAST)

    cloud.advance(60)

    assert service(cloud, EAST)["desiredCount"] == 6
    assert service(cloud, EAST)["runningCount"] == 6


def test_a_suspension_is_merged_and_shown(cloud: LocalCloud) -> None:
    """Suspending one process leaves the others, and the bounds, as they were."""
    suspend(cloud, WEST, DynamicScalingInSuspended=True)

    suspend(cloud, WEST, ScheduledScalingSuspended=True)

    scaling = cloud.client("application-autoscaling", WEST)
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[TARGET["ResourceId"]])
    target = found["ScalableTargets"][0]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (4, 60)
    assert target["SuspendedState"] == {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": True,
    }


def test_targets_become_healthy_after_their_tasks(cloud: LocalCloud) -> None:
    """A new task is first initial at the load balancer, then healthy."""
    scale(cloud, 6)
    cloud.advance(0.6)
    young = healthy_targets(cloud)

    cloud.advance(3)

    assert (young.count("healthy"), young.count("initial")) == (4, 2)
    assert healthy_targets(cloud) == ["healthy"] * 6


def test_tasks_can_be_listed_and_described(cloud: LocalCloud) -> None:
    """What runs has names, and a name that does not is reported missing."""
    ecs = cloud.client("ecs", WEST)
    arns = ecs.list_tasks(cluster="orders", serviceName="orders-api")["taskArns"]

    found = ecs.describe_tasks(cluster="orders", tasks=[*arns, "0" * 32])

    assert [task["lastStatus"] for task in found["tasks"]] == ["RUNNING"] * 4
    assert [task["taskArn"] for task in found["tasks"]] == arns
    assert [failure["reason"] for failure in found["failures"]] == ["MISSING"]


def test_a_forced_deployment_replaces_the_tasks(cloud: LocalCloud) -> None:
    """A new deployment has a new id and begins with none running."""
    before = service(cloud)["deployments"][0]["id"]

    answer = cloud.client("ecs", WEST).update_service(cluster="orders", service="orders-api", forceNewDeployment=True)

    assert answer["service"]["runningCount"] == 0
    cloud.advance(10)
    assert service(cloud)["runningCount"] == 4
    assert service(cloud)["deployments"][0]["id"] != before


@pytest.mark.parametrize(
    ("cluster", "name", "code"),
    [("orders", "nobody", "ServiceNotFoundException"), ("nowhere", "orders-api", "ClusterNotFoundException")],
)
def test_unknown_names_are_refused(cloud: LocalCloud, cluster: str, name: str, code: str) -> None:
    """A missing service or cluster has its own code."""
    with pytest.raises(ClientError) as caught:
        cloud.client("ecs", WEST).update_service(cluster=cluster, service=name, desiredCount=1)

    assert caught.value.response["Error"]["Code"] == code
