"""Measure how far an RDS read replica is behind its source.

When to reach for it: before promoting the replica; the figure is the data loss that people approve.

What bites: -1 means that replication is broken, which counts as unknown. CloudWatch reports once a minute.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from bot.actions.assessing import Freshness, fresh, looked
from bot.actions.base import Call, Check, Params, action
from bot.actions.cloudwatch.metrics import Metric, newest_point
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads


class ReplicaLagParams(Params):
    """Which replica."""

    replica: str = Field(description="DB instance identifier of the replica.", examples=["reports-replica"])


_POINT = {"MetricDataResults": [{"Id": "m0", "Timestamps": [MEASURED], "Values": [3.0]}]}


@action(
    "rds.replica_lag",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=("cloudwatch:GetMetricData",),
    rehearsal=looked({"replica": "reports-replica"}, Call("cloudwatch", "get_metric_data", _POINT)),
)
class ReplicaLag(Check[ReplicaLagParams]):
    """The newest ReplicaLag."""

    Params = ReplicaLagParams
    Results = Freshness

    def verify(self, aws: Reads, params: ReplicaLagParams, before: Before) -> Settled:
        metric = Metric(namespace="AWS/RDS", name="ReplicaLag", dimensions={"DBInstanceIdentifier": params.replica})
        point = newest_point(aws, params.region, (metric,), timedelta(minutes=15))
        if point is None or point.value < 0:
            said = (
                told("says that replication is broken") if point else told("has no ReplicaLag from the last 15 minutes")
            )
            raise StepBroke(
                told(
                    "lag unknown: CloudWatch in {region} {said} for {replica}; decide as if the loss were larger "
                    "than the RPO, or ask the database team.",
                    region=params.region,
                    said=said,
                    replica=params.replica,
                )
            )
        behind = timedelta(seconds=point.value)
        return fresh(
            params.replica, point.at - behind, point.at, told("CloudWatch ReplicaLag in {region}", region=params.region)
        )
