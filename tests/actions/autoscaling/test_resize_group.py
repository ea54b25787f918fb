"""What the rehearsal cannot show: never shrinking by accident, and saying why a group does not grow."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.autoscaling.resize_group import ResizeGroup, ResizeGroupParams
from bot.actions.base import Call
from bot.model.action import NotStarted, Observation, Pending, Settled
from tests.actions.scripted import play

ACTION = ResizeGroup()


def wanting(desired: int, *, shrink: bool = False) -> ResizeGroupParams:
    return ResizeGroupParams(region="us-west-2", group="orders-workers", desired=desired, allow_shrink=shrink)


def group(in_service: int, sizes: tuple[int, int, int], weight: str = "", health: str = "Healthy", **more: Any) -> Call:
    minimum, desired, maximum = sizes
    instance = {"LifecycleState": "InService", "HealthStatus": health, "ProtectedFromScaleIn": False}
    if weight:
        instance["WeightedCapacity"] = weight
    found = {
        "AutoScalingGroupName": "orders-workers", "MinSize": minimum, "DesiredCapacity": desired, "MaxSize": maximum,
        "DefaultCooldown": 300, "AvailabilityZones": ["a"], "HealthCheckType": "EC2",
        "CreatedTime": "2026-01-01T00:00:00Z",
        "Instances": [{**instance, "InstanceId": f"i-{n}", "AvailabilityZone": "a"} for n in range(in_service)],
        **more,
    }  # fmt: skip
    return Call("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroups": [found]})


def activities(*statuses: str) -> Call:
    told = {"ActivityId": "1", "AutoScalingGroupName": "orders-workers", "Cause": "grow"}
    why = {"StartTime": "2026-01-01T00:00:00Z", "StatusMessage": "no m6i.large left in us-west-2a"}
    listed = [{**told, **why, "StatusCode": status} for status in statuses]
    return Call("autoscaling", "describe_scaling_activities", {"Activities": listed})


UPDATE = Call("autoscaling", "update_auto_scaling_group", {})


@pytest.mark.parametrize(
    ("now", "params", "sent"),
    [
        ((0, 0, 4), wanting(8), (0, 8, 8)),
        ((2, 4, 20), wanting(8), (2, 8, 20)),
        ((0, 10, 12), wanting(8), (0, 10, 12)),
        ((9, 10, 12), wanting(8, shrink=True), (8, 8, 12)),
    ],
)
def test_limits_are_widened_and_nothing_shrinks_unasked(
    now: tuple[int, int, int], params: ResizeGroupParams, sent: tuple[int, int, int]
) -> None:
    """A group that has outgrown the request keeps what it has."""
    aws = play([group(0, now), UPDATE])

    ACTION.execute(aws, params, "token")

    told = aws.parameters("update_auto_scaling_group")
    assert (told["MinSize"], told["DesiredCapacity"], told["MaxSize"]) == sent


@pytest.mark.parametrize(
    ("reply", "params", "state", "sentence"),
    [
        (group(10, (0, 10, 12)), wanting(8), "already_done", "none of them is taken away"),
        (group(8, (0, 8, 12)), wanting(8), "already_done", ""),
        (group(3, (0, 8, 12)), wanting(8), "ready", ""),
        (group(10, (0, 10, 12)), wanting(8, shrink=True), "ready", ""),
        (
            group(0, (0, 0, 4), SuspendedProcesses=[{"ProcessName": "Launch"}]),
            wanting(8),
            "blocked",
            "launching suspended",
        ),
        (
            Call("autoscaling", "describe_auto_scaling_groups", {"AutoScalingGroups": []}),
            wanting(8),
            "blocked",
            "not in us-west-2",
        ),
    ],
)
def test_the_plan_knows_the_group(reply: Call, params: ResizeGroupParams, state: str, sentence: str) -> None:
    """Done, possible, or blocked with the reason."""
    look = ACTION.preflight(play([reply]), params)

    assert look.state == state
    assert sentence in "".join(finding.text for finding in look.findings)


@pytest.mark.parametrize(
    ("script", "params", "expected", "seen"),
    [
        ([group(8, (0, 8, 8))], wanting(8), Settled, "8 instances in service"),
        ([group(10, (0, 10, 12))], wanting(8), Settled, "10 instances"),
        ([group(4, (0, 8, 8), weight="2")], wanting(8), Settled, "8 instances"),
        ([group(8, (0, 8, 8), health="Unhealthy"), activities()], wanting(8), Pending, "0 of 8"),
        ([group(2, (0, 8, 8)), activities("Failed", "Successful")], wanting(8), Pending, "no m6i.large left"),
        ([group(2, (0, 8, 8)), activities("InProgress", "Failed")], wanting(8), Pending, "2 of 8 instances in service"),
        ([group(0, (0, 0, 8))], wanting(8), NotStarted, "wants 0 instances, not 8"),
        ([group(10, (0, 8, 12)), activities()], wanting(8, shrink=True), Pending, "10 of 8"),
        ([group(2, (0, 0, 8), health="Unhealthy"), activities()], wanting(0, shrink=True), Pending, "2 of 0"),
    ],
)
def test_instances_are_counted_not_assumed(
    script: list[Call], params: ResizeGroupParams, expected: type[Observation], seen: str
) -> None:
    """Only healthy capacity in service counts; a group that cannot grow says why."""
    observed = ACTION.verify(play(script), params, {})

    assert isinstance(observed, expected)
    assert seen in observed.seen


def test_undo_restores_all_three_sizes() -> None:
    """Undo uses what was true before us, not what we asked for."""
    aws = play([group(1, (1, 1, 2)), UPDATE])
    before = ACTION.remember(aws, wanting(8))

    ACTION.rollback(aws, wanting(8), before, "token")

    told = aws.parameters("update_auto_scaling_group")
    assert (told["MinSize"], told["DesiredCapacity"], told["MaxSize"]) == (1, 1, 2)
