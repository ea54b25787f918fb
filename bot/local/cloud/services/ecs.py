"""ECS: services whose running tasks follow the desired count, one after the other, until the rollout is complete.

moto keeps the services; the tasks of a service are kept here. Sources: the API reference of UpdateService and
DescribeServices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services import scalable_targets
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import ACCOUNT, World

SECONDS_PER_START = 0.3
SECONDS_PER_STOP = 0.1
REFILL_SECONDS = 20.0
"""How long an autoscaler that is not suspended needs to notice that a service is below its minimum."""


@dataclass(frozen=True)
class Task:
    id: str
    started_at: datetime

    @property
    def address(self) -> str:
        first, second = (int(self.id[at : at + 2], 16) for at in (0, 2))
        return f"10.0.{first}.{second}"


@dataclass
class Rollout:
    """The tasks of one service, oldest first, and whether more of them are coming or going."""

    tasks: list[Task] = field(default_factory=list)
    born: int = 0
    moving: bool = False


@dataclass
class Rollouts:
    by_arn: dict[str, Rollout] = field(default_factory=dict)

    def of(self, service: Any) -> Rollout:
        return self.by_arn.setdefault(service.arn, Rollout())


def running(region: str, cluster: str, name: str) -> int:
    """How many tasks of a service run; 0 for a service that does not exist."""
    service = backend("ecs", region).services.get(f"{cluster}:{name}")
    return int(service.running_count) if service else 0


def services_in(region: str) -> Iterator[Any]:
    yield from backend("ecs", region).services.values()


@operation("ecs", "CreateService")
def create_service(call: Call) -> Answer | Reply:
    """moto's, except that a second service of that name is refused and that tasks do start."""
    cluster, name = cluster_name(call.params.get("cluster")), call.params["serviceName"]
    state = backend("ecs", call.region)
    there = state.services.get(f"{cluster}:{name}")
    if there is not None and there.status == "ACTIVE":
        raise AwsError("InvalidParameterException", "Creation of service was not idempotent.")
    answer = call.moto()
    if not answer.ok:
        return answer
    service = state.services[f"{cluster}:{name}"]
    roll(call.world, service, call.world.now())
    return {"service": service}


@operation("ecs", "UpdateService")
def update_service(call: Call) -> Answer:
    """Set the desired count, the task definition, or force a new deployment; tasks follow over time."""
    service = existing_service(call.region, call.params.get("cluster"), call.params["service"])
    world, now = call.world, call.world.now()
    desired = call.params.get("desiredCount")
    if desired is not None and desired < 0:
        raise AwsError("InvalidParameterException", "desiredCount cannot be negative.")
    if desired is not None:
        service.desired_count = desired
    if "taskDefinition" in call.params:
        service.task_definition = (
            backend("ecs", call.region).describe_task_definition(call.params["taskDefinition"]).arn
        )
    if "taskDefinition" in call.params or call.params.get("forceNewDeployment"):
        redeploy(world, service)
    roll(world, service, now)
    world.later(REFILL_SECONDS, lambda at: refill(world, call.region, service, at))
    return {"service": service}


@operation("ecs", "ListTasks")
def list_tasks(call: Call) -> Answer | Reply:
    """The running tasks of one service, or of all services of a cluster."""
    cluster, name = cluster_name(call.params.get("cluster")), call.params.get("serviceName")
    if call.params.get("desiredStatus", "RUNNING") != "RUNNING":
        return {"taskArns": []}
    wanted = [existing_service(call.region, cluster, name)] if name else services_in(call.region)
    found = [
        task_arn(call.region, cluster, task)
        for service in wanted
        if service.cluster_name == cluster
        for task in call.world.shelf(Rollouts).of(service).tasks
    ]
    return {"taskArns": found}


@operation("ecs", "DescribeTasks")
def describe_tasks(call: Call) -> Answer | Reply:
    """The tasks of services; a task that was started with RunTask is moto's."""
    cluster = cluster_name(call.params.get("cluster"))
    known = dict(tasks_in(call.world, call.region, cluster))
    asked = [name.rsplit("/", 1)[-1] for name in call.params["tasks"]]
    if not any(task in known for task in asked):
        return call.moto()
    arn = f"arn:aws:ecs:{call.region}:{ACCOUNT}"
    failures = [{"arn": f"{arn}:task/{cluster}/{task}", "reason": "MISSING"} for task in asked if task not in known]
    return {"tasks": [known[task] for task in asked if task in known], "failures": failures}


def roll(world: World, service: Any, at: datetime) -> None:
    """Set the service moving towards its desired count; a service that moves already just finds its new goal."""
    rollout = world.shelf(Rollouts).of(service)
    settle_figures(service, rollout, at)
    if rollout.moving or len(rollout.tasks) == service.desired_count:
        return
    rollout.moving = True
    world.later(pace(service, rollout), lambda due: step(world, service, due), at=at)


def step(world: World, service: Any, at: datetime) -> None:
    """One task starts or the oldest one stops."""
    rollout = world.shelf(Rollouts).of(service)
    if len(rollout.tasks) < service.desired_count:
        rollout.born += 1
        rollout.tasks.append(Task(task_id(service, rollout.born), at))
    elif len(rollout.tasks) > service.desired_count:
        rollout.tasks.pop(0)
    rollout.moving = False
    roll(world, service, at)


def halt(world: World, region: str, cluster: str, name: str, percent: int, at: datetime) -> None:
    """Some of a service's tasks die; ECS starts others in their place."""
    service = existing_service(region, cluster, name)
    tasks = world.shelf(Rollouts).of(service).tasks
    del tasks[: -(-len(tasks) * percent // 100)]
    roll(world, service, at)


def task_id(service: Any, number: int) -> str:
    """The same on every run, and as long as ECS's."""
    return hashlib.sha256(f"{service.arn}/{number}".encode()).hexdigest()[:32]


def pace(service: Any, rollout: Rollout) -> float:
    return SECONDS_PER_START if len(rollout.tasks) < service.desired_count else SECONDS_PER_STOP


def settle_figures(service: Any, rollout: Rollout, at: datetime) -> None:
    """Write the counts where moto's descriptions read them."""
    service.running_count = len(rollout.tasks)
    service.pending_count = max(0, service.desired_count - service.running_count)
    there = service.running_count == service.desired_count
    for deployment in service.deployments[:1]:
        changed = (
            deployment["runningCount"] != service.running_count or deployment["desiredCount"] != service.desired_count
        )
        deployment |= {
            "desiredCount": service.desired_count,
            "runningCount": service.running_count,
            "pendingCount": service.pending_count,
            "rolloutState": "COMPLETED" if there else "IN_PROGRESS",
            "rolloutStateReason": f"ECS deployment {deployment['id']} {'completed' if there else 'in progress'}.",
            "taskDefinition": service.task_definition,
        }
        if changed:
            deployment["updatedAt"] = at


def redeploy(world: World, service: Any) -> None:
    """A new deployment replaces every task, so the count starts from nothing."""
    rollout = world.shelf(Rollouts).of(service)
    rollout.tasks.clear()
    for deployment in service.deployments[:1]:
        digits = hashlib.sha256(f"{deployment['id']}/{rollout.born}".encode()).hexdigest()
        deployment |= {"id": f"ecs-svc/{int(digits[:15], 16):019d}", "createdAt": world.now(), "updatedAt": world.now()}


def refill(world: World, region: str, service: Any, at: datetime) -> None:
    """What Application Auto Scaling does to a service below its minimum, unless it is suspended."""
    least = scalable_targets.minimum(region, f"service/{service.cluster_name}/{service.name}")
    if least is not None and service.desired_count < least and not world.weather.is_down(region):
        service.desired_count = least
        roll(world, service, at)


def existing_service(region: str, cluster: str | None, name: str) -> Any:
    state, cluster = backend("ecs", region), cluster_name(cluster)
    if cluster not in state.clusters:
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    service = state.services.get(f"{cluster}:{name.rsplit('/', 1)[-1]}")
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    return service


def tasks_in(world: World, region: str, cluster: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for service in services_in(region):
        for task in world.shelf(Rollouts).of(service).tasks if service.cluster_name == cluster else ():
            yield task.id, described_task(region, cluster, service, task)


def described_task(region: str, cluster: str, service: Any, task: Task) -> dict[str, Any]:
    return {
        "taskArn": task_arn(region, cluster, task),
        "clusterArn": service.cluster_arn,
        "taskDefinitionArn": service.task_definition,
        "group": f"service:{service.name}",
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "healthStatus": "HEALTHY",
        "launchType": service.launch_type,
        "createdAt": task.started_at,
        "startedAt": task.started_at,
    }


def task_arn(region: str, cluster: str, task: Task) -> str:
    return f"arn:aws:ecs:{region}:{ACCOUNT}:task/{cluster}/{task.id}"


def cluster_name(cluster: str | None) -> str:
    return (cluster or "default").rsplit("/", 1)[-1]
