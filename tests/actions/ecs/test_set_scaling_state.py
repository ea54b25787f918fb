"""What the rehearsal cannot show: scaling that is held back in parts, and a service that is not autoscaled."""

from __future__ import annotations

from bot.actions.base import Call
from bot.actions.ecs.set_scaling_state import HELD, SetScalingState, SetScalingStateParams
from tests.actions.scenes import Given, Scene
from tests.actions.scripted import play
from tests.actions.standby_scenes import a_service
from tests.cloud_fixture import LocalCloud

ACTION = SetScalingState()
PARAMS = SetScalingStateParams(region="us-west-2", cluster="orders", service="orders-api", enabled=True)


def a_free_service(cloud: LocalCloud) -> Given:
    given = a_service(cloud)
    return {"cluster": given["cluster"], "service": given["service"], "enabled": False}


SCENES = [
    Scene("ecs.set_scaling_state", "application-autoscaling.register_scalable_target", a_free_service, at_once=True)
]


def target(**held: bool) -> Call:
    found = {
        "ServiceNamespace": "ecs", "ResourceId": "service/orders/orders-api", "MinCapacity": 4, "MaxCapacity": 60,
        "ScalableDimension": "ecs:service:DesiredCount", "CreationTime": "2026-01-01T00:00:00Z",
        "RoleARN": "arn:aws:iam::1:role/x", "SuspendedState": held,
    }  # fmt: skip
    return Call("application-autoscaling", "describe_scalable_targets", {"ScalableTargets": [found]})


def test_what_is_held_back_in_part_is_let_go_whole_and_put_back_in_part() -> None:
    """Undo brings back what was, not what is usual."""
    partly = target(DynamicScalingInSuspended=True)
    register = Call("application-autoscaling", "register_scalable_target", {})
    aws = play([partly, partly, target(), register])

    look, before = ACTION.preflight(aws, PARAMS), ACTION.remember(aws, PARAMS)
    ACTION.rollback(aws, PARAMS, before, "token")

    assert look.change == "autoscaling of orders-api: partly held back → acts"
    assert aws.parameters("register_scalable_target")["SuspendedState"] == {
        "DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": False, "ScheduledScalingSuspended": False,
    }  # fmt: skip
    assert HELD.all


def test_a_service_without_autoscaling_is_told() -> None:
    """There is nothing to let go."""
    none = Call("application-autoscaling", "describe_scalable_targets", {"ScalableTargets": []})

    look = ACTION.preflight(play([none]), PARAMS)

    assert look.state == "blocked"
    assert "is not autoscaled" in look.findings[0].text
