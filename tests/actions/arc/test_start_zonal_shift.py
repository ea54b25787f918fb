"""What the rehearsal cannot show: shifts that are AWS's own, and times that AWS would refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.actions.arc.start_zonal_shift import StartZonalShift, StartZonalShiftParams
from bot.actions.base import Call
from bot.model.action import NotStarted, Settled
from tests.actions.scripted import NOON, play

BALANCER = "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/app/orders/0a1b2c3d"
PARAMS: dict[str, Any] = {"region": "us-west-2", "resource": BALANCER, "away_from": "usw2-az1"}


@pytest.mark.parametrize(
    ("kind", "expected"), [("ZONAL_SHIFT", Settled), ("PRACTICE_RUN", NotStarted), ("ZONAL_AUTOSHIFT", NotStarted)]
)
def test_a_shift_of_awss_own_is_not_ours(kind: str, expected: type) -> None:
    """A practice run away from the sick zone ends after half an hour, and the users are back in it."""
    shift = {
        "zonalShiftId": "9f8e7d6c-0000-4000-8000-000000000000",
        "resourceIdentifier": BALANCER,
        "awayFrom": "usw2-az1",
        "startTime": NOON,
        "expiryTime": NOON,
        "status": "ACTIVE",
        "comment": "x",
        "shiftType": kind,
    }
    aws = play([Call("arc-zonal-shift", "list_zonal_shifts", {"items": [shift]})])

    assert isinstance(StartZonalShift().verify(aws, StartZonalShiftParams(**PARAMS), {}), expected)


@pytest.mark.parametrize("expires_in", [timedelta(seconds=20), timedelta(hours=73)])
def test_a_time_that_aws_would_refuse_is_refused_in_the_runbook(expires_in: timedelta) -> None:
    """Not at the step, in the fire."""
    with pytest.raises(ValidationError, match="expires_in"):
        StartZonalShiftParams(**PARAMS, expires_in=expires_in)
