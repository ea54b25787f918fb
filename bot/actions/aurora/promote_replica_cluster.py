"""Promote an Aurora read replica cluster, so that it follows nobody and takes writes.

When to reach for it: Aurora MySQL with a cross-region replica cluster (binary log replication) instead of a global
database.

What bites: it is one-way, and writes that had not arrived are lost. Fence the old primary first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.rds.clusters import describe_cluster, moving
from bot.actions.setting import Arriving, Seen, rehearsed
from bot.actions.states import ALONE, Independence
from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class PromoteReplicaClusterParams(Params):
    """Which cluster."""

    cluster: str = Field(description="Replica cluster identifier.", examples=["orders-replica"])


def _cluster(source: str, status: str = "available") -> Call:
    found = {"DBClusterArn": "arn:aws:rds:us-west-2:1:cluster:orders-replica", "Status": status}
    return Call("rds", "describe_db_clusters", {"DBClusters": [{**found, "ReplicationSourceIdentifier": source}]})


_SOURCE = "arn:aws:rds:us-east-1:111122223333:cluster:orders"


@action(
    "aurora.promote_replica_cluster",
    risk=Risk.DATA_LOSS,
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBClusters", "rds:PromoteReadReplicaDBCluster"),
    irreversible=(
        told("A promoted cluster cannot follow its source again; to go back, create a replica cluster of "
             "it in the old region, let it catch up, and promote that one.")
    ),
    typical=timedelta(minutes=6),
    settle=timedelta(seconds=30),
    by_hand="aws rds describe-db-clusters --region {region} --db-cluster-identifier {cluster}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "cluster": "orders-replica"},
        was=_cluster(_SOURCE), put=Call("rds", "promote_read_replica_db_cluster", {}),
        moving=_cluster(_SOURCE, "promoting"), now=_cluster(""),
    ),
)  # fmt: skip
class PromoteReplicaCluster(Arriving[PromoteReplicaClusterParams, Independence]):
    """Promote, then watch until the cluster is available and follows nobody."""

    Params = PromoteReplicaClusterParams
    State = Independence

    def look(self, aws: Reads, params: PromoteReplicaClusterParams) -> Seen[Independence]:
        found = describe_cluster(aws, params.region, params.cluster)
        return Seen(
            name=params.cluster,
            target=found.get("DBClusterArn", ""),
            state=Independence(follows=found.get("ReplicationSourceIdentifier", "")),
            moving=moving(found.get("Status", "unknown")),
        )

    def wanted(self, params: PromoteReplicaClusterParams, now: Independence) -> Independence:
        return ALONE

    def put(
        self,
        aws: Aws,
        params: PromoteReplicaClusterParams,
        seen: Seen[Independence],
        state: Independence,
        token: str,
    ) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        rds.promote_read_replica_db_cluster(DBClusterIdentifier=params.cluster)
