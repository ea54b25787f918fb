"""What the rehearsal cannot show: capacity that AWS does not have."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.elbv2.prewarm import Prewarm, PrewarmParams
from bot.model.errors import StepBroke
from tests.actions.scripted import play

ARN = "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/app/orders/1234567890abcdef"


def test_refused_capacity_ends_the_wait() -> None:
    """AWS's reason is passed on."""
    failed = [{"State": {"Code": "failed", "Reason": "no capacity"}, "AvailabilityZone": "us-west-2a"}]
    reply = {"MinimumLoadBalancerCapacity": {"CapacityUnits": 1000}, "CapacityReservationState": failed}
    params = PrewarmParams(region="us-west-2", load_balancer=ARN, units=1000)

    with pytest.raises(StepBroke, match="no capacity"):
        Prewarm().verify(play([Call("elbv2", "describe_capacity_reservation", reply)]), params, {})
