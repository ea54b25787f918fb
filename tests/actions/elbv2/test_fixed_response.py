"""What the rehearsal cannot show: rules that keep forwarding, and another status than the one asked for."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.elbv2.fixed_response import FixedResponse, FixedResponseParams
from tests.actions.scripted import play

ARN = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/orders/1/2"
PARAMS = FixedResponseParams(region="us-west-2", listener=ARN)
ACTION = FixedResponse()
RULES = Call("elbv2", "describe_rules", {"Rules": [{"IsDefault": True}, {"IsDefault": False}, {"IsDefault": False}]})


def answering(status: str) -> Call:
    default = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status}}
    return Call("elbv2", "describe_listeners", {"Listeners": [{"ListenerArn": ARN, "DefaultActions": [default]}]})


@pytest.mark.parametrize(("status", "state"), [("503", "already_done"), ("404", "ready")])
def test_only_the_asked_status_counts(status: str, state: str) -> None:
    """A listener that says not found still has to be told."""
    assert ACTION.preflight(play([answering(status), RULES]), PARAMS).state == state


def test_an_approver_hears_of_rules_that_forward() -> None:
    """Only the default action is replaced."""
    look = ACTION.preflight(play([answering("404"), RULES]), PARAMS)

    assert look.findings[0].text == "2 rules with conditions keep forwarding."
