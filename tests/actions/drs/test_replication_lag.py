"""What the rehearsal cannot show: the worst server counts, and one without a lag makes it unknown."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.drs.replication_lag import ReplicationLag, ReplicationLagParams
from bot.model.errors import StepBroke
from tests.actions.scripted import play

ONE, TWO = "s-0123456789abcdef0", "s-0123456789abcdef1"
PARAMS = ReplicationLagParams(region="us-west-2", servers=(ONE, TWO))


def servers(state: str = "CONTINUOUS") -> Call:
    def one(name: str, lag: str, state: str = "CONTINUOUS") -> dict[str, object]:
        return {"sourceServerID": name, "dataReplicationInfo": {"dataReplicationState": state, "lagDuration": lag}}

    return Call("drs", "describe_source_servers", {"items": [one(ONE, "PT5S"), one(TWO, "PT1H2M", state)]})


def test_the_worst_server_counts() -> None:
    """What would be lost is what the slowest has not received."""
    seen = ReplicationLag().verify(play([servers()]), PARAMS, {})

    assert seen.results["lag_seconds"] == 3720.0
    assert seen.seen.startswith(TWO)


@pytest.mark.parametrize("state", ["STALLED", "DISCONNECTED", "a-state-from-tomorrow"])
def test_a_server_that_does_not_replicate_has_no_lag(state: str) -> None:
    """Its last figure says nothing about now."""
    with pytest.raises(StepBroke, match=f"{TWO} is {state}"):
        ReplicationLag().verify(play([servers(state)]), PARAMS, {})
