"""Set the capacity range of an Aurora Serverless v2 cluster.

When to reach for it: lift the floor before users arrive, since a small cluster grows only step by step; and the
ceiling for the whole load.

What bites: the floor costs while it stands. Capacity follows load between the two; reaching the new floor takes a
minute or so after AWS has accepted it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.rds.clusters import describe_cluster, moving
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Bounds
from bot.language import told
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class SetServerlessCapacityParams(Params):
    """Which cluster, which range."""

    cluster: str = Field(description="Cluster identifier.", examples=["orders-usw2"])
    minimum: float = Field(description="Least Aurora capacity units.", ge=0, multiple_of=0.5)
    maximum: float = Field(description="Most Aurora capacity units.", ge=1, multiple_of=0.5)


def _cluster(minimum: float, maximum: float, status: str = "available") -> Call:
    capacity = {"MinCapacity": minimum, "MaxCapacity": maximum}
    found = {"DBClusterArn": "arn:aws:rds:us-west-2:1:cluster:orders-usw2", "Status": status}
    return Call(
        "rds", "describe_db_clusters", {"DBClusters": [{**found, "ServerlessV2ScalingConfiguration": capacity}]}
    )


_MODIFY = Call("rds", "modify_db_cluster", {})


@action(
    "aurora.set_serverless_capacity",
    risk=Risk.REVERSIBLE,
    costs=told("the capacity above the former one"),
    permissions=("rds:DescribeDBClusters", "rds:ModifyDBCluster"),
    typical=timedelta(minutes=1),
    by_hand="aws rds describe-db-clusters --region {region} --db-cluster-identifier {cluster}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "cluster": "orders-usw2", "minimum": 16, "maximum": 64},
        was=_cluster(0.5, 8), put=_MODIFY, moving=_cluster(16, 64, "modifying"), now=_cluster(16, 64), back=_MODIFY,
    ),
)  # fmt: skip
class SetServerlessCapacity(Setting[SetServerlessCapacityParams, Bounds]):
    """Modify the range and read it back."""

    Params = SetServerlessCapacityParams
    State = Bounds

    def look(self, aws: Reads, params: SetServerlessCapacityParams) -> Seen[Bounds]:
        found = describe_cluster(aws, params.region, params.cluster)
        capacity = found.get("ServerlessV2ScalingConfiguration")
        if not capacity:
            raise StepBroke(
                told("{cluster} is not serverless; change the class of its instances instead.", cluster=params.cluster)
            )
        if params.minimum > params.maximum:
            raise StepBroke(
                told(
                    "minimum {minimum} is more than maximum {maximum}; correct the runbook.",
                    minimum=f"{params.minimum:g}",
                    maximum=f"{params.maximum:g}",
                )
            )
        return Seen(
            name=told("capacity of {cluster}", cluster=params.cluster),
            target=found.get("DBClusterArn", ""),
            state=Bounds(minimum=capacity.get("MinCapacity", 0), maximum=capacity.get("MaxCapacity", 0)),
            moving=moving(found.get("Status", "unknown")),
        )

    def wanted(self, params: SetServerlessCapacityParams, now: Bounds) -> Bounds:
        return Bounds(minimum=params.minimum, maximum=params.maximum)

    def put(self, aws: Aws, params: SetServerlessCapacityParams, seen: Seen[Bounds], state: Bounds, token: str) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        rds.modify_db_cluster(
            DBClusterIdentifier=params.cluster,
            ServerlessV2ScalingConfiguration={"MinCapacity": state.minimum, "MaxCapacity": state.maximum},
            ApplyImmediately=True,
        )
