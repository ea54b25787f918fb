"""What the rehearsal cannot show: weights that nobody can be served by."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.actions.elbv2.shift_listener_weights import ShiftListenerWeightsParams

LISTENER = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/front/1/2"


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"arn:a": 1000, "arn:b": 0}, "less than or equal to 999"),
        ({"arn:a": -1}, "greater than or equal to 0"),
        ({"arn:a": 0, "arn:b": 0}, "or nobody is served"),
    ],
)
def test_weights_that_aws_refuses_or_that_serve_nobody_are_refused_at_load(weights: dict[str, int], said: str) -> None:
    """In review, not when the step is reached."""
    with pytest.raises(ValidationError, match=said):
        ShiftListenerWeightsParams(region="us-west-2", listener=LISTENER, weights=weights)
