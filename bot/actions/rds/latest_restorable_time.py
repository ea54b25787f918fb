"""Measure how old the newest moment is to which a database can be restored.

When to reach for it: before a restore to a point in time; the age is the data loss that people approve.

What bites: it is read from the region that holds the database. For a copy in another region, name the replicated
automated backup there by its ARN.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from bot.actions.assessing import Freshness, fresh, looked
from bot.actions.base import Call, Check, Params, Rehearsal, action
from bot.actions.rds.clusters import describe_cluster, describe_instance
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class LatestRestorableTimeParams(Params):
    """Which database: an instance, a cluster, or a replicated automated backup."""

    database: str = Field(description="Identifier, or the ARN of an automated backup.", examples=["reports"])
    kind: Literal["instance", "cluster", "backup"] = Field(default="instance", description="What it names.")


_INSTANCE = Call("rds", "describe_db_instances", {"DBInstances": [{"LatestRestorableTime": MEASURED}]})
_CLUSTER = Call("rds", "describe_db_clusters", {"DBClusters": [{"LatestRestorableTime": MEASURED}]})
_BACKUP = Call(
    "rds",
    "describe_db_instance_automated_backups",
    {"DBInstanceAutomatedBackups": [{"RestoreWindow": {"LatestTime": MEASURED}}]},
)


@action(
    "rds.latest_restorable_time",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=(
        "rds:DescribeDBInstances",
        "rds:DescribeDBClusters",
        "rds:DescribeDBInstanceAutomatedBackups",
    ),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "database": "reports"},
        calls=(_INSTANCE, _INSTANCE),
        also=(
            looked({"database": "orders-usw2", "kind": "cluster"}, _CLUSTER),
            looked({"database": "arn:aws:rds:us-west-2:1:auto-backup:ab-1", "kind": "backup"}, _BACKUP),
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
        return fresh(params.database, at, aws.now(), told("{kind}'s latest restorable time", kind=params.kind))


def _latest(aws: Reads, params: LatestRestorableTimeParams) -> datetime | None:
    if params.kind == "cluster":
        return describe_cluster(aws, params.region, params.database).get("LatestRestorableTime")
    if params.kind == "instance":
        return describe_instance(aws, params.region, params.database).get("LatestRestorableTime")
    rds: RDSClient = aws.reader("rds", params.region)
    found = rds.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=params.database)
    windows = [each.get("RestoreWindow", {}) for each in found["DBInstanceAutomatedBackups"]]
    return max((each["LatestTime"] for each in windows if "LatestTime" in each), default=None)
