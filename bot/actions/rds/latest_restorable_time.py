"""Measure how old the newest moment is to which a database can be restored.

When to reach for it: before a restore to a point in time or from a snapshot; the age is the data loss that people
approve.

What bites: it is read from the region that holds it: the step's, or for a snapshot the one in its ARN. For a copy of a
database in another region, name the replicated automated backup there by its ARN. A snapshot is as old as the newest
transaction in it, or, where RDS does not say that, as the moment at which it was taken.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from bot.actions.answers import region_of, short
from bot.actions.assessing import Freshness, fresh, looked
from bot.actions.base import Call, Check, Params, Rehearsal, action
from bot.actions.rds.clusters import describe_cluster, describe_instance
from bot.actions.rds.restoring import cluster_snapshots, instance_snapshots, usable
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class LatestRestorableTimeParams(Params):
    """Which database: an instance, a cluster, a replicated automated backup, or a snapshot of either."""

    database: str = Field(
        description="Identifier; of an automated backup the ARN, of a snapshot either.", examples=["reports"]
    )
    kind: Literal["instance", "cluster", "backup", "snapshot", "cluster-snapshot"] = Field(
        default="instance", description="What it names."
    )


_INSTANCE = Call("rds", "describe_db_instances", {"DBInstances": [{"LatestRestorableTime": MEASURED}]})
_CLUSTER = Call("rds", "describe_db_clusters", {"DBClusters": [{"LatestRestorableTime": MEASURED}]})
_BACKUP = Call(
    "rds",
    "describe_db_instance_automated_backups",
    {"DBInstanceAutomatedBackups": [{"RestoreWindow": {"LatestTime": MEASURED}}]},
)
_TAKEN = {"Status": "available", "SnapshotCreateTime": MEASURED}
_SNAPSHOT = Call("rds", "describe_db_snapshots", {"DBSnapshots": [{**_TAKEN, "SnapshotDatabaseTime": MEASURED}]})
_CLUSTER_SNAPSHOT = Call("rds", "describe_db_cluster_snapshots", {"DBClusterSnapshots": [_TAKEN]})


@action(
    "rds.latest_restorable_time",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=(
        "rds:DescribeDBInstances",
        "rds:DescribeDBClusters",
        "rds:DescribeDBInstanceAutomatedBackups",
        "rds:DescribeDBSnapshots",
        "rds:DescribeDBClusterSnapshots",
    ),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "database": "reports"},
        calls=(_INSTANCE, _INSTANCE),
        also=(
            looked({"database": "orders-usw2", "kind": "cluster"}, _CLUSTER),
            looked({"database": "arn:aws:rds:us-west-2:1:auto-backup:ab-1", "kind": "backup"}, _BACKUP),
            looked({"database": "nightly", "kind": "snapshot"}, _SNAPSHOT),
            looked({"database": "nightly", "kind": "cluster-snapshot"}, _CLUSTER_SNAPSHOT),
        ),
    ),
)
class LatestRestorableTime(Check[LatestRestorableTimeParams]):
    """Its latest restorable time."""

    Params = LatestRestorableTimeParams
    Results = Freshness

    def verify(self, aws: Reads, params: LatestRestorableTimeParams, before: Before) -> Settled:
        at = _latest(aws, params)
        if at is None:
            raise StepBroke(
                told("{database} has no point to restore to; it keeps no automated backups.", database=params.database)
            )
        return fresh(short(params.database), at, aws.now(), told("{kind}'s latest restorable time", kind=params.kind))


def _latest(aws: Reads, params: LatestRestorableTimeParams) -> datetime | None:
    region, name = params.region, params.database
    match params.kind:
        case "cluster":
            return describe_cluster(aws, region, name).get("LatestRestorableTime")
        case "instance":
            return describe_instance(aws, region, name).get("LatestRestorableTime")
        case "snapshot" | "cluster-snapshot":
            return _taken(aws, params)
        case "backup":
            return _replicated(aws, params)


def _taken(aws: Reads, params: LatestRestorableTimeParams) -> datetime | None:
    """A copy's own time is that of the copying, so the original's stands before it."""
    region = region_of(params.database) or params.region
    name = params.database.split(":", 6)[6] if params.database.startswith("arn:") else params.database
    found: dict[str, Any] = (
        usable(cluster_snapshots(aws, "rds", region, name), name, region)
        if params.kind == "cluster-snapshot"
        else usable(instance_snapshots(aws, region, name), name, region)
    )
    times = ("SnapshotDatabaseTime", "OriginalSnapshotCreateTime", "SnapshotCreateTime")
    return next((found[time] for time in times if time in found), None)


def _replicated(aws: Reads, params: LatestRestorableTimeParams) -> datetime | None:
    rds: RDSClient = aws.reader("rds", params.region)
    found = rds.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=params.database)
    windows = [each.get("RestoreWindow", {}) for each in found["DBInstanceAutomatedBackups"]]
    return max((each["LatestTime"] for each in windows if "LatestTime" in each), default=None)
