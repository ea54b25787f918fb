"""Take a secondary cluster out of an Aurora global database, so that it stands alone and takes writes.

When to reach for it: the managed failover is not possible (old engine version, or AWS refuses it), and the lag has
been accepted.

What bites: the global database is torn apart, and going back means building it anew. Writes that had not been
replicated are lost, and the old writer goes on writing unless it is fenced.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import short
from bot.actions.aurora.topology import cluster_status, read_topology
from bot.actions.base import Call, Params, action
from bot.actions.rds.clusters import moving
from bot.actions.setting import Arriving, Seen, rehearsed
from bot.actions.states import ALONE, Independence
from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class DetachFromGlobalParams(Params):
    """Which cluster of which database."""

    global_cluster: str = Field(description="Global cluster identifier.", examples=["orders-global"])
    target_cluster: str = Field(
        description="ARN of the secondary cluster.", pattern=r"^arn:aws[\w-]*:rds:[\w-]+:\d{12}:cluster:.+$"
    )


_EAST = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
_WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"


def _look(members: list[str], status: str = "available") -> tuple[Call, ...]:
    found: dict[str, Any] = {
        "GlobalClusterIdentifier": "orders-global",
        "GlobalClusterMembers": [{"DBClusterArn": arn, "IsWriter": arn == _EAST} for arn in members],
    }
    cluster = {"Status": status, "DBClusterMembers": [{"DBInstanceIdentifier": "orders-usw2-1"}]}
    return (
        Call("rds", "describe_global_clusters", {"GlobalClusters": [found]}),
        Call("rds", "describe_db_clusters", {"DBClusters": [cluster]}),
    )


@action(
    "aurora.detach_from_global",
    risk=Risk.DATA_LOSS,
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeGlobalClusters", "rds:DescribeDBClusters", "rds:RemoveFromGlobalCluster"),
    irreversible=(
        told("A detached cluster cannot join again; to go back, make a new global database of it, add a "
             "secondary in the old region, and switch over when it has caught up.")
    ),
    typical=timedelta(minutes=3),
    settle=timedelta(seconds=15),
    by_hand="aws rds describe-global-clusters --region {region} --global-cluster-identifier {global_cluster}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "global_cluster": "orders-global", "target_cluster": _WEST},
        was=_look([_EAST, _WEST]), put=Call("rds", "remove_from_global_cluster", {}),
        moving=_look([_EAST, _WEST], "promoting"), now=_look([_EAST]),
    ),
)  # fmt: skip
class DetachFromGlobal(Arriving[DetachFromGlobalParams, Independence]):
    """Remove, then wait until the cluster is no member and available."""

    Params = DetachFromGlobalParams
    State = Independence

    def look(self, aws: Reads, params: DetachFromGlobalParams) -> Seen[Independence]:
        topology = read_topology(aws, params.region, params.global_cluster)
        member = topology.member(params.target_cluster)
        if member and member.writer:
            raise StepBroke(
                told(
                    "{name} is the writer of {topology_name} already; there is nothing to detach.",
                    name=member.name,
                    topology_name=topology.name,
                )
            )
        status, instances, _ = cluster_status(aws, params.region, params.target_cluster)
        name = short(params.target_cluster)
        if not instances:
            raise StepBroke(told("{name} has no instance to write with; create one first.", name=name))
        return Seen(
            name=name,
            target=params.target_cluster,
            state=Independence(follows=topology.name) if member else ALONE,
            moving=moving(status),
        )

    def wanted(self, params: DetachFromGlobalParams, now: Independence) -> Independence:
        return ALONE

    def put(
        self,
        aws: Aws,
        params: DetachFromGlobalParams,
        seen: Seen[Independence],
        state: Independence,
        token: str,
    ) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        rds.remove_from_global_cluster(
            GlobalClusterIdentifier=params.global_cluster, DbClusterIdentifier=params.target_cluster
        )
