"""Make a Redshift cluster from a snapshot.

When to reach for it: the warehouse of the primary region is lost, and a snapshot has been copied to the recovery
region.

What bites: everything loaded since the snapshot is missing. The cluster answers while blocks are still being
streamed in, slowly at first. AWS has no token for this call; the name is the identity.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, unready
from bot.actions.base import Call, Params, Results, action
from bot.actions.rehearsing import absent
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_redshift import RedshiftClient


class RestoreFromSnapshotParams(Params):
    """Which snapshot, under what name."""

    snapshot: str = Field(description="Snapshot identifier.", examples=["warehouse-nightly"])
    name: str = Field(description="Identifier of the cluster that is made.", examples=["warehouse-restored"])
    subnet_group: str | None = Field(default=None, description="Subnet group; the default one if left out.")


class RestoreFromSnapshotResults(Results):
    """Where to connect."""

    endpoint: str = Field(description="Host name of the cluster.")


_NONE = absent("redshift", "describe_clusters", "ClusterNotFound")


def _cluster(status: str) -> Call:
    endpoint = {"Address": "warehouse-restored.x.us-west-2.redshift.amazonaws.com", "Port": 5439}
    return Call("redshift", "describe_clusters", {"Clusters": [{"ClusterStatus": status, "Endpoint": endpoint}]})


@action(
    "redshift.restore_from_snapshot",
    risk=Risk.REVERSIBLE,
    costs=told("the cluster"),
    idempotency=Idempotency.READ_BACK,
    permissions=(
        "redshift:DescribeClusters",
        "redshift:DescribeClusterSnapshots",
        "redshift:RestoreFromClusterSnapshot",
    ),
    irreversible=told("The cluster stays and costs money until a person deletes it; the snapshot is untouched."),
    typical=timedelta(minutes=30),
    by_hand="aws redshift describe-clusters --region {region} --cluster-identifier {name}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "snapshot": "warehouse-nightly", "name": "warehouse-restored"},
        none=(_NONE,),
        source=(Call("redshift", "describe_cluster_snapshots", {"Snapshots": [{"Status": "available"}]}),),
        send=(Call("redshift", "restore_from_cluster_snapshot", {}),),
        way=(_cluster("creating"), _cluster("available")),
    ),
)
class RestoreFromSnapshot(Made[RestoreFromSnapshotParams]):
    """Make the cluster, then watch until it is available."""

    Params = RestoreFromSnapshotParams
    Results = RestoreFromSnapshotResults
    dead = frozenset({"incompatible-restore", "incompatible-network", "hardware-failure", "deleting"})

    def called(self, params: RestoreFromSnapshotParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: RestoreFromSnapshotParams) -> Thing | None:
        redshift: RedshiftClient = aws.reader("redshift", params.region)
        try:
            found = redshift.describe_clusters(ClusterIdentifier=params.name)["Clusters"][0]
        except redshift.exceptions.ClusterNotFoundFault:
            return None
        endpoint = found.get("Endpoint", {}).get("Address", "")
        return Thing(state=found.get("ClusterStatus", ""), results={"endpoint": endpoint})

    def source(self, aws: Reads, params: RestoreFromSnapshotParams) -> Look:
        redshift: RedshiftClient = aws.reader("redshift", params.region)
        try:
            found = redshift.describe_cluster_snapshots(SnapshotIdentifier=params.snapshot)["Snapshots"]
        except redshift.exceptions.ClusterSnapshotNotFoundFault:
            found = []
        if not found or found[0].get("Status") != "available":
            status = found[0].get("Status") if found else None
            return blocked(unready(params.snapshot, status, "available", params.region), params.name)
        change = told("nothing → {name} from snapshot {snapshot}", name=params.name, snapshot=params.snapshot)
        return Look(state="ready", change=change, targets=(params.name,))

    def execute(self, aws: Aws, params: RestoreFromSnapshotParams, token: str) -> None:
        redshift: RedshiftClient = aws.writer("redshift", params.region)
        subnets: dict[str, Any] = {"ClusterSubnetGroupName": params.subnet_group} if params.subnet_group else {}
        redshift.restore_from_cluster_snapshot(
            ClusterIdentifier=params.name, SnapshotIdentifier=params.snapshot, **subnets
        )
