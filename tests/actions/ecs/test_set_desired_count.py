"""What the rehearsal cannot show: autoscaling in the way, failed deployments, and the order of the two calls."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.ecs.set_desired_count import SetDesiredCount, SetDesiredCountParams
from bot.model.action import NotStarted, Pending, Settled
from bot.model.errors import StepBroke
from tests.actions.scripted import play, refusal

ACTION = SetDesiredCount()
ALL = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True, "ScheduledScalingSuspended": True}
NONE = dict.fromkeys(ALL, False)


def wanting(desired: int, *, suspend: bool = False) -> SetDesiredCountParams:
    return SetDesiredCountParams(
        region="us-west-2", cluster="orders", service="orders-api", desired=desired, suspend_autoscaling=suspend
    )


def service(desired: int, running: int, status: str = "ACTIVE", rollout: str = "COMPLETED", event: str = "") -> Call:
    found: dict[str, Any] = {
        "serviceName": "orders-api", "serviceArn": "arn:orders-api", "status": status, "desiredCount": desired,
        "runningCount": running, "deployments": [{"status": "PRIMARY", "rolloutState": rollout}],
        "events": [{"message": event}] if event else [],
    }  # fmt: skip
    return Call("ecs", "describe_services", {"services": [found]})


def scaling(suspended: dict[str, bool] | None = None, maximum: int = 40) -> Call:
    found = {
        "ServiceNamespace": "ecs", "ResourceId": "service/orders/orders-api", "MinCapacity": 2, "MaxCapacity": maximum,
        "ScalableDimension": "ecs:service:DesiredCount", "RoleARN": "arn:aws:iam::111122223333:role/x",
        "CreationTime": "2026-01-01T00:00:00Z", "SuspendedState": suspended or NONE,
    }  # fmt: skip
    return Call("application-autoscaling", "describe_scalable_targets", {"ScalableTargets": [found]})


NOT_SCALED = Call("application-autoscaling", "describe_scalable_targets", {"ScalableTargets": []})


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ([Call("ecs", "describe_services", {"services": []})], "orders-api is not in cluster orders"),
        ([refusal("ecs", "describe_services", "ClusterNotFoundException")], "cluster orders is not in us-west-2"),
        ([service(0, 0, status="INACTIVE"), NOT_SCALED], "INACTIVE, not ACTIVE"),
    ],
)
def test_a_missing_service_blocks_the_plan(script: list[Call], sentence: str) -> None:
    """Nobody approves a step that cannot work."""
    look = ACTION.preflight(play(script), wanting(24))

    assert look.state == "blocked"
    assert sentence in look.findings[0].text


@pytest.mark.parametrize(
    ("reply", "params", "warned"),
    [
        (scaling(maximum=10), wanting(24), "will not last"),
        (scaling(maximum=10), wanting(24, suspend=True), ""),
        (scaling(), wanting(0), "will not last"),
        (scaling(ALL), wanting(24), "will not follow the load"),
        (scaling(), wanting(24), ""),
        (NOT_SCALED, wanting(24), ""),
    ],
)
def test_an_approver_hears_that_autoscaling_will_interfere(
    reply: Call, params: SetDesiredCountParams, warned: str
) -> None:
    """A count outside the limits is undone within minutes."""
    look = ACTION.preflight(play([service(4, 4), reply]), params)

    assert look.state == "ready"
    assert [warned in finding.text for finding in look.findings] == ([True] if warned else [])


def test_autoscaling_is_suspended_before_the_count_falls() -> None:
    """The other way round, the autoscaler may refill a fenced service in between."""
    aws = play(
        [scaling(), Call("application-autoscaling", "register_scalable_target", {}), Call("ecs", "update_service", {})]
    )

    ACTION.execute(aws, wanting(0, suspend=True), "token")

    assert [operation for operation, _ in aws.sent][1:] == ["register_scalable_target", "update_service"]
    assert aws.parameters("register_scalable_target")["SuspendedState"] == ALL


def test_a_service_without_autoscaling_is_only_counted() -> None:
    """There is nothing to suspend, and registering a target would create one."""
    aws = play([NOT_SCALED, Call("ecs", "update_service", {})])

    ACTION.execute(aws, wanting(0, suspend=True), "token")

    assert aws.left == []


@pytest.mark.parametrize(
    ("script", "params", "expected", "seen"),
    [
        ([service(24, 24)], wanting(24), Settled, "24 tasks running"),
        ([service(24, 24, rollout="IN_PROGRESS")], wanting(24), Pending, "24 of 24"),
        ([service(24, 24, rollout="")], wanting(24), Settled, "24 tasks running"),
        ([service(24, 7, event="unable to place a task: no capacity")], wanting(24), Pending, "no capacity"),
        ([service(24, 7, event="has started 3 tasks")], wanting(24), Pending, "7 of 24 tasks running"),
        ([service(0, 2), scaling(ALL)], wanting(0, suspend=True), Pending, "2 of 0"),
        ([service(0, 0), scaling(NONE)], wanting(0, suspend=True), NotStarted, "not suspended"),
        ([service(0, 0), NOT_SCALED], wanting(0, suspend=True), Settled, "0 tasks running"),
    ],
)
def test_done_means_running_as_wanted_and_left_alone(
    script: list[Call], params: SetDesiredCountParams, expected: type, seen: str
) -> None:
    """The count, the deployment, and the suspension when one was asked for."""
    observed = ACTION.verify(play(script), params, {})

    assert isinstance(observed, expected)
    assert seen in observed.seen


def test_a_failed_deployment_ends_the_wait() -> None:
    """More waiting brings no more tasks."""
    with pytest.raises(StepBroke, match="deployment failed"):
        ACTION.verify(play([service(24, 7, rollout="FAILED")]), wanting(24), {})


@pytest.mark.parametrize("rollout", ["FAILED", "IN_PROGRESS"])
def test_a_service_without_tasks_is_stopped_whatever_its_last_deployment_did(rollout: str) -> None:
    """The side that is fenced is often one whose deployment never came to an end."""
    assert isinstance(ACTION.verify(play([service(0, 0, rollout=rollout)]), wanting(0), {}), Settled)


def test_undo_restores_what_was_remembered() -> None:
    """Undo relies on what was true before us: the count, and a suspension that was there already."""
    held = {**NONE, "ScheduledScalingSuspended": True}
    aws = play(
        [
            service(4, 4),
            scaling(held),
            Call("ecs", "update_service", {}),
            Call("application-autoscaling", "register_scalable_target", {}),
        ]
    )
    params = wanting(0, suspend=True)
    before = ACTION.remember(aws, params)

    ACTION.rollback(aws, params, before, "token")

    assert aws.parameters("update_service")["desiredCount"] == 4
    assert aws.parameters("register_scalable_target")["SuspendedState"] == held
