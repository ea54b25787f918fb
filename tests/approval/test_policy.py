"""Who fits which place of a gate."""

from __future__ import annotations

from typing import Any

import pytest

from bot.approval.policy import fits
from tests.builders import ANA, BEN, DEV, a_gate

PAIR = {"groups": (), "roles": (("ops", ("@orders-sre",)), ("ic", ("@sre-leads",)))}


@pytest.mark.parametrize(
    ("gate", "own", "others"),
    [
        ({"kind": "confirm", **PAIR}, ("ops",), ("ops",)),
        ({"kind": "confirm", "strict": True, **PAIR}, (), ("ops",)),
        ({"kind": "approve", **PAIR}, (), ("ops",)),
    ],
    ids=["confirmation", "R3", "approval"],
)
def test_whoever_started_the_run_fills_a_role_of_a_confirmation_at_most(
    gate: dict[str, Any], own: tuple[str, ...], others: tuple[str, ...]
) -> None:
    """Challenge and response takes whoever calls the step; R3 takes others, whatever the runbook calls its gate."""
    asked = a_gate(2, **gate)

    assert fits(asked, ANA, requester=ANA.id) == own
    assert fits(asked, DEV, requester=ANA.id) == others
    assert fits(asked, BEN, requester=ANA.id) == ("ic",)
