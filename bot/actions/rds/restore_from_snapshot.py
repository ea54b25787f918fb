"""Restore an RDS instance from a snapshot, as a new instance.

When to reach for it: the cold way, when neither a replica nor replicated backups reach the recovery region but a
copied snapshot does.

What bites: everything written since the snapshot is missing; the plan shows when it was taken. The new instance gets
the default security and parameter groups unless told otherwise, and its endpoint is another one. Blocks are loaded
when they are first read, so it is slow at first. AWS has no token for this call; the name is the identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import short
from bot.actions.base import Call, Rehearsal, action
from bot.actions.rds.clusters import DEAD, find_instance
from bot.actions.rds.restoring import (
    KEPT,
    LONG,
    RestoredResults,
    SnapshotParams,
    instance_snapshots,
    instance_thing,
    place,
    taken,
    to_be_made,
    usable,
)
from bot.actions.rehearsing import NOON, absent
from bot.actions.shapes import Made, Thing
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class RestoreFromSnapshotParams(SnapshotParams):
    """Which snapshot, under what name, how big."""

    instance_class: str | None = Field(default=None, description="Instance class; the snapshot's if left out.")


_NONE = absent("rds", "describe_db_instances", "DBInstanceNotFound")


def _instance(status: str) -> Call:
    arn = "arn:aws:rds:us-west-2:111122223333:db:reports-restored"
    endpoint = {"Address": "reports-restored.x.us-west-2.rds.amazonaws.com"}
    found = {"DBInstanceStatus": status, "DBInstanceArn": arn, "Endpoint": endpoint}
    return Call("rds", "describe_db_instances", {"DBInstances": [found]})


@action(
    "rds.restore_from_snapshot",
    risk=Risk.REVERSIBLE,
    costs=told("the restored instance"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:RestoreDBInstanceFromDBSnapshot"),
    irreversible=KEPT,
    typical=LONG,
    by_hand="aws rds describe-db-instances --region {region} --db-instance-identifier {name}",
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "snapshot": "reports-nightly", "name": "reports-restored"},
        calls=(
            _NONE,
            Call(
                "rds",
                "describe_db_snapshots",
                {"DBSnapshots": [{"Status": "available", "SnapshotCreateTime": NOON}]},
            ),
            Call("rds", "restore_db_instance_from_db_snapshot", {}),
            _instance("creating"),
            _instance("available"),
        ),
        idle=(_NONE,),
    ),
)
class RestoreFromSnapshot(Made[RestoreFromSnapshotParams]):
    """Make the instance, then watch until it is available."""

    Params = RestoreFromSnapshotParams
    Results = RestoredResults
    dead = DEAD
    mend = told("look at its events")

    def called(self, params: RestoreFromSnapshotParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: RestoreFromSnapshotParams) -> Thing | None:
        return instance_thing(find_instance(aws, params.region, params.name))

    def source(self, aws: Reads, params: RestoreFromSnapshotParams) -> Look:
        found = usable(instance_snapshots(aws, params.region, params.snapshot), params.snapshot, params.region)
        return to_be_made(
            params.name, told("snapshot {snapshot}{taken}", snapshot=short(params.snapshot), taken=taken(found))
        )

    def execute(self, aws: Aws, params: RestoreFromSnapshotParams, token: str) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        size: dict[str, Any] = {"DBInstanceClass": params.instance_class} if params.instance_class else {}
        rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=params.name, DBSnapshotIdentifier=params.snapshot, **size, **place(params)
        )
