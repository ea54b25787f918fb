"""What the rehearsal cannot show: how old a snapshot is, whoever took it and wherever it lies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.rds.latest_restorable_time import LatestRestorableTime, LatestRestorableTimeParams
from bot.model.errors import StepBroke
from tests.actions.scripted import NOON, play

ACTION = LatestRestorableTime()
HOUR = timedelta(hours=1)
EAST = "arn:aws:rds:us-east-1:111122223333"


def given(database: str, kind: str) -> LatestRestorableTimeParams:
    return LatestRestorableTimeParams.model_validate({"region": "us-west-2", "database": database, "kind": kind})


def snapshots(**times: datetime) -> Call:
    return Call("rds", "describe_db_snapshots", {"DBSnapshots": [{"Status": "available", **times}]})


@pytest.mark.parametrize(
    ("times", "lag"),
    [
        ({"SnapshotCreateTime": NOON, "OriginalSnapshotCreateTime": NOON - HOUR}, 3600.0),
        ({"SnapshotCreateTime": NOON, "SnapshotDatabaseTime": NOON - 2 * HOUR}, 7200.0),
        ({"SnapshotCreateTime": NOON}, 0.0),
    ],
)
def test_a_copy_is_as_old_as_what_it_holds(times: dict[str, datetime], lag: float) -> None:
    """The moment of the copying says nothing about the data."""
    seen = ACTION.verify(play([snapshots(**times)]), given("nightly", "snapshot"), {})

    assert seen.results["lag_seconds"] == lag


def test_a_snapshot_named_by_its_arn_is_looked_up_where_it_lies() -> None:
    """By its identifier, which has a colon where RDS took it by itself."""
    found: dict[str, Any] = {"Status": "available", "SnapshotCreateTime": NOON - HOUR}
    aws = play([Call("rds", "describe_db_cluster_snapshots", {"DBClusterSnapshots": [found]})])

    ACTION.verify(aws, given(f"{EAST}:cluster-snapshot:rds:orders-2026-01-01", "cluster-snapshot"), {})

    assert aws.regions == {"us-east-1"}
    assert aws.parameters("describe_db_cluster_snapshots") == {
        "DBClusterSnapshotIdentifier": "rds:orders-2026-01-01", "SnapshotType": "automated",
    }  # fmt: skip


def test_a_snapshot_that_is_still_made_has_no_age() -> None:
    """It cannot be restored from yet."""
    making = Call("rds", "describe_db_snapshots", {"DBSnapshots": [{"Status": "creating"}]})

    with pytest.raises(StepBroke, match="wait until it is available"):
        ACTION.verify(play([making]), given("nightly", "snapshot"), {})
