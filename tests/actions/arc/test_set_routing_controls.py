"""What the rehearsal cannot show: silent endpoints and safety rules."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from bot.actions.arc import set_routing_controls
from bot.actions.arc.set_routing_controls import SetRoutingControls, SetRoutingControlsParams
from bot.actions.base import Call
from bot.model.errors import Retryable, StepBroke
from bot.ports.aws import Aws
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
CHANGED = Call(CLUSTER, "update_routing_control_states", {})
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


@pytest.mark.parametrize(
    ("code", "status"),
    [("InternalServerException", 500), ("ServiceUnavailable", 503), ("ThrottlingException", 429)],
)
def test_an_endpoint_in_trouble_is_passed_over(code: str, status: int) -> None:
    """Whatever its words for it are."""
    aws = play([refusal(CLUSTER, "get_routing_control_state", code, status=status), ON, CHANGED])

    ACTION.execute(aws, PARAMS, "token")

    assert aws.left == []


@pytest.mark.parametrize("code", ["EndpointTemporarilyUnavailableException", "InternalServerException"])
def test_a_change_goes_to_the_next_endpoint(code: str) -> None:
    """An endpoint that still reads may not change any more; to set a position twice is to set it."""
    aws = play([ON, refusal(CLUSTER, "update_routing_control_states", code, status=503), CHANGED])

    ACTION.execute(aws, PARAMS, "token")

    assert aws.regions == {"us-east-1", "us-west-2"}


def test_a_change_that_nobody_answered_goes_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The silent endpoint may have made it; whether it did is looked at first."""
    asked = []

    def silent(aws: Aws, params: SetRoutingControlsParams, region: str, state: object) -> None:
        asked.append(region)
        raise ReadTimeoutError(endpoint_url=params.endpoints[region])

    monkeypatch.setattr(set_routing_controls, "_change", silent)

    with pytest.raises(ReadTimeoutError):
        ACTION.execute(play([ON]), PARAMS, "token")

    assert asked == ["us-east-1"]


def test_a_change_that_may_not_be_made_is_asked_for_once() -> None:
    """Every endpoint would say the same."""
    denied = refusal(CLUSTER, "update_routing_control_states", "AccessDeniedException", status=403)

    with pytest.raises(ClientError, match="AccessDenied"):
        ACTION.execute(play([ON, denied]), PARAMS, "token")


def test_a_change_that_no_endpoint_makes_is_in_doubt() -> None:
    """The last one's answer is passed on; the look that follows decides."""
    down = refusal(CLUSTER, "update_routing_control_states", "InternalServerException", status=500)

    with pytest.raises(ClientError, match="InternalServer"):
        ACTION.execute(play([ON, down, down]), PARAMS, "token")
