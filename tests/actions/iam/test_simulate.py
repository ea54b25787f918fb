"""The simulator is asked where the partition of the step's region has IAM."""

from __future__ import annotations

import pytest

from bot.actions.iam.simulate import Simulate, SimulateParams
from tests.actions.scripted import ScriptedAws


@pytest.mark.parametrize(("region", "asked"), [("us-west-2", "us-east-1"), ("us-gov-east-1", "us-gov-west-1")])
def test_the_simulator_is_asked_where_the_partition_has_iam(region: str, asked: str) -> None:
    """Not in another world's us-east-1."""
    aws = ScriptedAws(*Simulate.rehearsal.calls[:1])
    params = SimulateParams.model_validate({**Simulate.rehearsal.params, "region": region})

    Simulate().verify(aws, params, {})

    assert aws.regions == {asked}
