"""Databases that come out of a backup: RDS instances, and clusters of Aurora, DocumentDB and Neptune.

The three cluster services speak one protocol; `service` is the name of the client (`rds`, `docdb`, `neptune`).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import Field, JsonValue

from bot.actions.answers import blocked, refusal, short
from bot.actions.base import Call, Params, Rehearsal, Results
from bot.actions.rds.clusters import DEAD, Client, find_cluster
from bot.actions.rehearsing import NOON, absent
from bot.actions.shapes import Made, Thing
from bot.language import told
from bot.model.action import Finding, Look
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

KEPT = told(
    "What was restored stands beside the original and overwrites nothing; when it is not needed any more, a person "
    "deletes it by hand, since this bot never deletes data."
)
LONE = told(
    "A restored cluster has no instance yet, so nobody can connect; add one in the next step (aurora.add_reader)."
)


class InstantParams(Params):
    """Which cluster, and to when."""

    source: str = Field(description="Identifier or ARN of the cluster whose backups are used.", examples=["orders"])
    name: str = Field(description="Identifier of the cluster that is made.", examples=["orders-restored"])
    at: datetime | None = Field(default=None, description="The moment to restore to, in UTC; the latest if left out.")
    subnet_group: str | None = Field(default=None, description="Subnet group; the default one if left out.")
    security_groups: tuple[str, ...] = Field(default=(), description="Security group ids; the default one if empty.")


class SnapshotParams(Params):
    """Which snapshot, and under what name."""

    snapshot: str = Field(description="Identifier or ARN of the snapshot.", examples=["orders-2026-01-01"])
    name: str = Field(description="Identifier of the database that is made.", examples=["orders-restored"])
    subnet_group: str | None = Field(default=None, description="Subnet group; the default one if left out.")
    security_groups: tuple[str, ...] = Field(default=(), description="Security group ids; the default one if empty.")


class ClusterSnapshotParams(SnapshotParams):
    """Which snapshot, under what name, on which engine."""

    engine: str = Field(description="Engine of the cluster, as in the snapshot.", examples=["aurora-postgresql"])


class RestoredResults(Results):
    """Where to connect."""

    name: str = Field(description="Identifier of the restored database.")
    endpoint: str = Field(description="Host name of the restored database.")
    arn: str = Field(description="ARN of the restored database.")


P = TypeVar("P", InstantParams, ClusterSnapshotParams)


def instance_thing(found: Any | None) -> Thing | None:
    if found is None:
        return None
    endpoint, arn = found.get("Endpoint", {}).get("Address", ""), found.get("DBInstanceArn", "")
    name = found.get("DBInstanceIdentifier", "")
    return Thing(state=found["DBInstanceStatus"], results={"name": name, "endpoint": endpoint, "arn": arn})


def cluster_thing(found: Any | None) -> Thing | None:
    if found is None:
        return None
    results: dict[str, JsonValue] = {
        "name": found.get("DBClusterIdentifier", ""),
        "endpoint": found.get("Endpoint", ""),
        "arn": found.get("DBClusterArn", ""),
    }
    return Thing(state=found["Status"], note=str(found.get("PercentProgress", "")), results=results)


def within(found: Any, at: datetime | None, source: str) -> None:
    """Raises StepBroke when the wanted moment is outside the window that the backups cover."""
    earliest, latest = found.get("EarliestRestorableTime"), found.get("LatestRestorableTime")
    if latest is None:
        raise StepBroke(told("{source} has no automated backups; restore from a snapshot instead.", source=source))
    if at and (at > latest or (earliest and at < earliest)):
        since = told("from {earliest} ", earliest=f"{earliest:%Y-%m-%d %H:%M:%S}") if earliest else ""
        raise StepBroke(
            told(
                "{source} can be restored {since}to {latest} UTC; choose a time in there.",
                source=source,
                since=since,
                latest=f"{latest:%Y-%m-%d %H:%M:%S}",
            )
        )


def usable(snapshots: list[Any], name: str, region: str) -> Any:
    """The snapshot, if it can be restored from. Raises StepBroke with the next move."""
    if not snapshots:
        raise StepBroke(
            told(
                "Snapshot {name} is not in {region}; correct the name, or copy it there first.",
                name=name,
                region=region,
            )
        )
    status = snapshots[0].get("Status", "")
    if status != "available":
        raise StepBroke(told("Snapshot {name} is {status}; wait until it is available.", name=name, status=status))
    return snapshots[0]


def cluster_snapshots(aws: Reads, service: str, region: str, name: str) -> list[Any]:
    """The cluster snapshots of that name; none when there is no such thing."""
    rds: Any = aws.reader(service, region)
    try:
        named = rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name, **taken_by(name))
        found: list[Any] = named["DBClusterSnapshots"]
    except refusal("*NotFound*"):
        return []
    return found


def instance_snapshots(aws: Reads, region: str, name: str) -> list[Any]:
    """The same for the snapshots of instances."""
    rds: RDSClient = aws.reader("rds", region)
    try:
        return list(rds.describe_db_snapshots(DBSnapshotIdentifier=name, **taken_by(name))["DBSnapshots"])
    except refusal("*NotFound*"):
        return []


def taken_by(name: str) -> dict[str, Any]:
    """What RDS wants to hear beside the identifier or ARN of a snapshot that it took by itself."""
    return {"SnapshotType": "automated"} if re.search(r"(^|snapshot:)rds:", name) else {}


class Cluster(Made[P]):
    """A cluster that is restored."""

    service: ClassVar[Client] = "rds"
    dead = DEAD
    mend = told("look at its events")

    def called(self, params: P) -> str:
        return params.name

    def thing(self, aws: Reads, params: P) -> Thing | None:
        return cluster_thing(find_cluster(aws, params.region, params.name, self.service))


class InstantCluster(Cluster[InstantParams]):
    """A cluster as it was at a moment."""

    Params = InstantParams
    Results = RestoredResults

    def source(self, aws: Reads, params: InstantParams) -> Look:
        found = find_cluster(aws, params.region, params.source, self.service)
        if found is None:
            return blocked(
                told(
                    "Cluster {source} is not in {region}; correct the name.", source=params.source, region=params.region
                ),
                params.name,
            )
        within(found, params.at, params.source)
        return to_be_made(
            params.name, told("{source} as of {moment}", source=params.source, moment=moment(params.at, found)), LONE
        )

    def execute(self, aws: Aws, params: InstantParams, token: str) -> None:
        rds: RDSClient = aws.writer(self.service, params.region)
        rds.restore_db_cluster_to_point_in_time(
            DBClusterIdentifier=params.name, SourceDBClusterIdentifier=params.source, **when(params.at), **place(params)
        )


class SnapshotCluster(Cluster[ClusterSnapshotParams]):
    """A cluster as its snapshot has it."""

    Params = ClusterSnapshotParams
    Results = RestoredResults

    def source(self, aws: Reads, params: ClusterSnapshotParams) -> Look:
        found = usable(
            cluster_snapshots(aws, self.service, params.region, params.snapshot), params.snapshot, params.region
        )
        return to_be_made(
            params.name, told("snapshot {snapshot}{taken}", snapshot=short(params.snapshot), taken=taken(found)), LONE
        )

    def execute(self, aws: Aws, params: ClusterSnapshotParams, token: str) -> None:
        rds: RDSClient = aws.writer(self.service, params.region)
        rds.restore_db_cluster_from_snapshot(
            DBClusterIdentifier=params.name, SnapshotIdentifier=params.snapshot, Engine=params.engine, **place(params)
        )


def to_be_made(name: str, of: str, *findings: str) -> Look:
    return Look(
        state="ready",
        change=told("nothing → {name} from {of}", name=name, of=of),
        findings=tuple(Finding(text=text) for text in findings),
        targets=(name,),
    )


def moment(at: datetime | None, found: Any) -> str:
    return f"{at or found['LatestRestorableTime']:%Y-%m-%d %H:%M:%S} UTC"


def taken(found: Any) -> str:
    created = found.get("SnapshotCreateTime")
    return told(" of {created} UTC", created=f"{created:%Y-%m-%d %H:%M}") if created else ""


def when(at: datetime | None) -> dict[str, Any]:
    return {"RestoreToTime": at} if at else {"UseLatestRestorableTime": True}


def place(params: Any) -> dict[str, Any]:
    """Where the restored database stands, as far as it was said."""
    subnets = {"DBSubnetGroupName": params.subnet_group} if params.subnet_group else {}
    return {**subnets, **({"VpcSecurityGroupIds": list(params.security_groups)} if params.security_groups else {})}


LONG = timedelta(minutes=25)
_ARN = "arn:aws:rds:us-west-2:111122223333:cluster:orders-restored"
_THERE = {
    "DBClusterIdentifier": "orders-restored",
    "DBClusterArn": _ARN,
    "Endpoint": "orders-restored.cluster-x.us-west-2.rds.amazonaws.com",
}


def cluster_call(service: str, status: str = "") -> Call:
    """A rehearsal's look at the restored cluster; no status, no cluster."""
    if not status:
        return absent(service, "describe_db_clusters", "DBClusterNotFoundFault")
    return Call(service, "describe_db_clusters", {"DBClusters": [{"Status": status, **_THERE}]})


def instant_rehearsal(service: str) -> Rehearsal:
    window = {"EarliestRestorableTime": NOON - timedelta(days=7), "LatestRestorableTime": NOON}
    source = Call(service, "describe_db_clusters", {"DBClusters": [{"Status": "available", **window}]})
    return Rehearsal(
        params={"region": "us-west-2", "source": "orders", "name": "orders-restored"},
        calls=(
            cluster_call(service), source,  # preflight
            Call(service, "restore_db_cluster_to_point_in_time", {}),
            cluster_call(service, "creating"),
            cluster_call(service, "available"),
        ),
        idle=(cluster_call(service),),
    )  # fmt: skip


def snapshot_rehearsal(service: str, engine: str) -> Rehearsal:
    taken_at = {"Status": "available", "SnapshotCreateTime": NOON}
    return Rehearsal(
        params={"region": "us-west-2", "snapshot": "orders-nightly", "name": "orders-restored", "engine": engine},
        calls=(
            cluster_call(service),
            Call(service, "describe_db_cluster_snapshots", {"DBClusterSnapshots": [taken_at]}),  # preflight
            Call(service, "restore_db_cluster_from_snapshot", {}),
            cluster_call(service, "creating"),
            cluster_call(service, "available"),
        ),
        idle=(cluster_call(service),),
    )  # fmt: skip
