"""What the rehearsal cannot show: snapshots that RDS and AWS Backup took by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.catalogue import Catalogue
from bot.actions.rds.copy_snapshot import CopySnapshot, CopySnapshotParams
from bot.actions.rehearsing import NOON, absent
from tests.actions.scripted import play

OWNER = "arn:aws:rds:us-east-1:111122223333"
AUTOMATED = {"SnapshotType": "automated"}


@pytest.mark.parametrize(
    ("name", "extra"),
    [("rds:reports-2026-01-01-03-10", AUTOMATED), ("awsbackup:job-0a1b", {}), ("nightly", {})],
)
@pytest.mark.parametrize("kind", ["", "cluster"])
def test_a_snapshot_is_looked_for_under_its_whole_name(kind: str, name: str, extra: dict[str, str]) -> None:
    """The colon belongs to the name, and RDS wants the type named for its own."""
    cluster, member = ("Cluster", "cluster_") if kind else ("", "")
    look = f"describe_db_{member}snapshots"
    word = "cluster-snapshot" if kind else "snapshot"
    found: dict[str, Any] = {f"DB{cluster}Snapshots": [{"Status": "available"}]}
    missing = absent("rds", look, f"DB{cluster}SnapshotNotFound{'Fault' if kind else ''}")
    params = CopySnapshotParams(region="us-west-2", snapshot=f"{OWNER}:{word}:{name}", name="copy")

    aws = play([missing, Call("rds", look, found)])
    seen = CopySnapshot().preflight(aws, params)

    assert seen.state == "ready"
    assert aws.parameters(look) == {f"DB{cluster}SnapshotIdentifier": name, **extra}


@pytest.mark.parametrize("snapshot", ["rds:reports-2026-01-01", f"{OWNER}:snapshot:rds:reports-2026-01-01"])
def test_an_automated_snapshot_is_restored(snapshot: str) -> None:
    """By its name and by its ARN."""
    action: Any = Catalogue.discover()["rds.restore_from_snapshot"]
    params = action.Params(region="us-west-2", snapshot=snapshot, name="restored")
    found = {"DBSnapshots": [{"Status": "available", "SnapshotCreateTime": NOON}]}

    aws = play(
        [absent("rds", "describe_db_instances", "DBInstanceNotFound"), Call("rds", "describe_db_snapshots", found)]
    )

    assert action.preflight(aws, params).state == "ready"
    assert aws.parameters("describe_db_snapshots") == {"DBSnapshotIdentifier": snapshot, **AUTOMATED}
