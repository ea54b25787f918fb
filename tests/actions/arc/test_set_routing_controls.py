"""What the rehearsal cannot show: silent endpoints and safety rules."""

from __future__ import annotations

import pytest

from bot.actions.arc.set_routing_controls import SetRoutingControls, SetRoutingControlsParams
from bot.actions.base import Call
from bot.model.errors import Retryable, StepBroke
from tests.actions.scripted import play, refusal

CLUSTER = "route53-recovery-cluster"
EAST = "arn:aws:route53-recovery-control::111122223333:controlpanel/p/routingcontrol/east"
PARAMS = SetRoutingControlsParams(
    region="us-west-2",
    endpoints={"us-east-1": "https://a.example.com/v1", "us-west-2": "https://b.example.com/v1"},
    controls={EAST: "Off"},
)
ON = Call(CLUSTER, "get_routing_control_state", {"RoutingControlArn": EAST, "RoutingControlState": "On"})
SICK = refusal(CLUSTER, "get_routing_control_state", "EndpointTemporarilyUnavailableException", status=503)
ACTION = SetRoutingControls()


def test_the_next_endpoint_is_asked() -> None:
    """One region's endpoint is sick; the other reads and changes."""
    aws = play([SICK, ON, Call(CLUSTER, "update_routing_control_states", {})])

    ACTION.execute(aws, PARAMS, "token")

    assert aws.left == []
    assert aws.regions == {"us-east-1", "us-west-2"}


def test_silence_of_all_is_tried_again() -> None:
    """Nothing was sent, so the step may simply come back."""
    with pytest.raises(Retryable, match="us-east-1, us-west-2"):
        ACTION.execute(play([SICK, SICK]), PARAMS, "token")


def test_a_safety_rule_is_told() -> None:
    """In AWS's words, with what to do."""
    told = refusal(CLUSTER, "update_routing_control_states", "ConflictException", "at least one must be On", 409)

    with pytest.raises(StepBroke, match="at least one must be On; change the controls together"):
        ACTION.execute(play([ON, told]), PARAMS, "token")


def test_a_plan_asks_for_all_five_endpoints() -> None:
    """Fewer is a risk that an approver should see."""
    look = ACTION.preflight(play([ON]), PARAMS)

    assert "2 of the cluster's 5 endpoints" in look.findings[0].text
