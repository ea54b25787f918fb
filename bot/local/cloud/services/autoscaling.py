"""EC2 Auto Scaling: instances are pending before they serve, bounds are enforced, activities can be read.

moto keeps groups and instances. Sources: the API reference of UpdateAutoScalingGroup, SetDesiredCapacity,
DescribeScalingActivities.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import World

BOOT_SECONDS = 3.0
SECONDS_BETWEEN_BOOTS = 0.3
TERMINATE_SECONDS = 2.0


@dataclass
class Activities:
    """What each group did, newest first, in the API's words."""

    by_group: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, group: Any) -> list[dict[str, Any]]:
        return self.by_group.setdefault((group.region, group.name), [])


def present_instances(group: Any) -> list[Any]:
    return [state for state in group.instance_states if not state.lifecycle_state.startswith("Terminat")]


def in_service(region: str, name: str) -> int:
    """How many instances of a group serve; 0 for a group that does not exist."""
    group = backend("autoscaling", region).autoscaling_groups.get(name)
    return sum(state.lifecycle_state == "InService" for state in group.instance_states) if group else 0


# moto counts only InService instances, and would launch again what is still pending.
type.__setattr__(FakeAutoScalingGroup, "active_instances", present_instances)


@operation("autoscaling", "CreateAutoScalingGroup")
def create_group(call: Call) -> Reply:
    check_bounds(call.params.get("DesiredCapacity"), call.params["MinSize"], call.params["MaxSize"])
    answer = call.moto()
    if answer.ok:
        boot(call.world, find_group(call.region, call.params["AutoScalingGroupName"]), call.world.now())
    return answer


@operation("autoscaling", "UpdateAutoScalingGroup")
def update_group(call: Call) -> Answer:
    """New bounds and a new size in one call; the size has to lie within the new bounds."""
    group, wanted = find_group(call.region, call.params["AutoScalingGroupName"]), call.params
    least, most = wanted.get("MinSize", group.min_size), wanted.get("MaxSize", group.max_size)
    desired = wanted.get("DesiredCapacity")
    check_bounds(desired, least, most)
    others = set(wanted) - {"AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity"}
    if others and not (answer := call.moto()).ok:
        raise AwsError("ValidationError", answer.body.decode(errors="replace"))
    group.min_size, group.max_size = least, most
    resize(call.world, group, min(max(group.desired_capacity if desired is None else desired, least), most))
    return {}


@operation("autoscaling", "SetDesiredCapacity")
def set_desired_capacity(call: Call) -> Answer:
    group, desired = find_group(call.region, call.params["AutoScalingGroupName"]), call.params["DesiredCapacity"]
    if desired > group.max_size:
        message = (
            f"New SetDesiredCapacity value {desired} is above max value {group.max_size} for the AutoScalingGroup."
        )
        raise AwsError("ValidationError", message)
    if desired < group.min_size:
        message = (
            f"New SetDesiredCapacity value {desired} is below min value {group.min_size} for the AutoScalingGroup."
        )
        raise AwsError("ValidationError", message)
    resize(call.world, group, desired)
    return {}


@operation("autoscaling", "SuspendProcesses", "ResumeProcesses")
def suspend_or_resume(call: Call) -> Reply:
    """moto's; and a group that may launch or terminate again does so at once."""
    group = find_group(call.region, call.params["AutoScalingGroupName"])
    answer = call.moto()
    if answer.ok and call.target.name == "ResumeProcesses":
        resize(call.world, group, group.desired_capacity)
    return answer


@operation("autoscaling", "DescribeScalingActivities")
def describe_scaling_activities(call: Call) -> Answer:
    name = call.params.get("AutoScalingGroupName")
    groups = (
        [find_group(call.region, name)] if name else backend("autoscaling", call.region).autoscaling_groups.values()
    )
    found = [activity for group in groups for activity in call.world.shelf(Activities).of(group)]
    return {"Activities": found[: call.params.get("MaxRecords", 100)]}


def find_group(region: str, name: str) -> Any:
    group = backend("autoscaling", region).autoscaling_groups.get(name)
    if group is None:
        raise AwsError("ValidationError", "AutoScalingGroup name not found - null")
    return group


def check_bounds(desired: int | None, least: int, most: int) -> None:
    if least > most:
        raise AwsError("ValidationError", f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if desired is not None and not least <= desired <= most:
        message = f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}"
        raise AwsError("ValidationError", message)


def resize(world: World, group: Any, desired: int) -> None:
    """Set the goal and begin to launch or terminate, as far as those processes are not suspended."""
    group.desired_capacity = desired
    missing = desired - len(present_instances(group))
    asleep = {process["ProcessName"] for process in group.suspended_processes}
    if missing > 0 and "Launch" not in asleep:
        group.set_desired_capacity(desired)
        boot(world, group, world.now())
    if missing < 0 and "Terminate" not in asleep:
        terminate(world, group, -missing)


def boot(world: World, group: Any, at: datetime) -> None:
    """What was just launched is pending, and comes into service one after the other."""
    for number, state in enumerate(newcomers(group)):
        state.lifecycle_state, state.dr_booted = "Pending", True
        activity = begin_activity(world, group, "Launching a new EC2 instance", state.instance_id, at)

        def serves(due: datetime, state: Any = state, activity: dict[str, Any] = activity) -> None:
            if state.lifecycle_state == "Pending":
                state.lifecycle_state = "InService"
            end_activity(activity, due)

        world.later(BOOT_SECONDS + number * SECONDS_BETWEEN_BOOTS, serves, at=at)


def newcomers(group: Any) -> list[Any]:
    return [state for state in group.instance_states if not hasattr(state, "dr_booted")]


def terminate(world: World, group: Any, count: int) -> None:
    """Unprotected instances leave, those that never served first."""
    free = [state for state in present_instances(group) if not state.protected_from_scale_in]
    for state in sorted(free, key=lambda state: bool(state.lifecycle_state == "InService"))[:count]:
        state.lifecycle_state = "Terminating"
        activity = begin_activity(world, group, "Terminating EC2 instance", state.instance_id, world.now())

        def gone(due: datetime, state: Any = state, activity: dict[str, Any] = activity) -> None:
            group.ec2_backend.terminate_instances([state.instance_id])
            group.instance_states = [other for other in group.instance_states if other is not state]
            end_activity(activity, due)

        world.later(TERMINATE_SECONDS, gone)


def begin_activity(world: World, group: Any, what: str, instance: str, at: datetime) -> dict[str, Any]:
    done = world.shelf(Activities).of(group)
    digits = hashlib.sha256(f"{group.arn}/{len(done)}".encode()).hexdigest()
    activity = {
        "ActivityId": f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}",
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": f"{what}: {instance}",
        "Cause": f"At {at:%Y-%m-%dT%H:%M:%SZ} the desired capacity became {group.desired_capacity}.",
        "StartTime": at,
        "StatusCode": "InProgress",
        "Progress": 50,
        "Details": "{}",
    }
    done.insert(0, activity)
    return activity


def end_activity(activity: dict[str, Any], at: datetime) -> None:
    activity |= {"StatusCode": "Successful", "Progress": 100, "EndTime": at}
