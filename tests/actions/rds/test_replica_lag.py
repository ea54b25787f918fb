"""What the rehearsal cannot show: no figure, and the figure that means broken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.actions.base import Call
from bot.actions.rds.replica_lag import ReplicaLag, ReplicaLagParams
from bot.model.errors import StepBroke
from tests.actions.scripted import play

PARAMS = ReplicaLagParams(region="us-west-2", replica="reports-replica")


def measured(*values: float) -> Call:
    times = [datetime(2026, 1, 1, 12, 3, tzinfo=UTC)] * len(values)
    series = {"Id": "m0", "Timestamps": times, "Values": list(values)}
    return Call("cloudwatch", "get_metric_data", {"MetricDataResults": [series]})


def test_the_lag_is_counted_from_the_measured_minute() -> None:
    """Everything before that moment, less the lag, is in the replica."""
    seen = ReplicaLag().verify(play([measured(30.0)]), PARAMS, {})

    assert seen.results["lag_seconds"] == 30.0
    assert seen.results["last_consistent_at"] == "2026-01-01T12:02:30+00:00"


@pytest.mark.parametrize(("script", "said"), [(measured(), "no ReplicaLag"), (measured(-1.0), "broken")])
def test_no_figure_is_unknown_and_not_zero(script: Call, said: str) -> None:
    """RDS writes -1 when replication is broken."""
    with pytest.raises(StepBroke, match=said):
        ReplicaLag().verify(play([script]), PARAMS, {})
