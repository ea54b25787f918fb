"""What the rehearsal cannot show: AWS keeps the dial as a 32-bit float."""

from __future__ import annotations

import struct

import pytest

from bot.actions.base import Call
from bot.actions.globalaccelerator.set_traffic_dial import SetTrafficDial, SetTrafficDialParams
from bot.model.action import Settled
from tests.actions.scripted import play

GROUP = "arn:aws:globalaccelerator::111122223333:accelerator/a/listener/b/endpoint-group/c"


@pytest.mark.parametrize("percent", [33.3, 12.345, 66.6, 100.0 / 3])
def test_a_dial_that_is_a_fraction_arrives(percent: float) -> None:
    """What AWS answers is not the number that was sent, and is where the dial was to be."""
    answered = struct.unpack("f", struct.pack("f", round(percent, 3)))[0]
    group = {"EndpointGroupArn": GROUP, "TrafficDialPercentage": answered}
    aws = play([
        Call("globalaccelerator", "describe_endpoint_group", {"EndpointGroup": group}),
        Call("globalaccelerator", "describe_accelerator", {"Accelerator": {"Status": "DEPLOYED"}}),
    ])  # fmt: skip

    seen = SetTrafficDial().verify(
        aws, SetTrafficDialParams(region="us-west-2", endpoint_group=GROUP, percent=percent), {}
    )

    assert isinstance(seen, Settled)
    assert seen.results["percent"] == round(percent, 3)
