"""What the rehearsal cannot show: a real recovery among the drill's instances."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.drs.terminate_drill_instances import TerminateDrillInstances, TerminateDrillInstancesParams
from bot.model.errors import StepBroke
from tests.actions.scripted import play

PARAMS = TerminateDrillInstancesParams(
    region="us-west-2", recovery_instances=("i-d123456789abcdef0", "i-0123456789abcdef0")
)
MIXED = Call(
    "drs",
    "describe_recovery_instances",
    {
        "items": [
            {"recoveryInstanceID": "i-d123456789abcdef0", "ec2InstanceState": "RUNNING", "isDrill": True},
            {"recoveryInstanceID": "i-0123456789abcdef0", "ec2InstanceState": "RUNNING", "isDrill": False},
        ]
    },
)


def test_a_real_recovery_is_never_removed() -> None:
    """Neither planned nor sent: the flag is looked at again right before the call."""
    look = TerminateDrillInstances().preflight(play([MIXED]), PARAMS)
    aws = play([MIXED])
    with pytest.raises(StepBroke, match="belongs to a real recovery"):
        TerminateDrillInstances().execute(aws, PARAMS, "token")

    assert look.state == "blocked"
    assert [name for name, _ in aws.sent] == ["describe_recovery_instances"]
