"""Measure how much of what was written to a DynamoDB global table elsewhere is not in this region's replica yet.

When to reach for it: before a mirror's traffic moves, and as the source of the run's achieved RPO.

What bites: a table of multi-Region strong consistency loses nothing, whatever happens; it acknowledges a write when
another region has it. Any other table's lag is the metric ReplicationLatency, which is kept in the region that was
written to: when that one does not answer, the lag is unknown. Write `on_failure: continue`, and it is shown as UNKNOWN.
A table that nobody wrote to in the last 15 minutes has no figure either.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.assessing import Freshness, fresh, looked
from bot.actions.base import Call, Check, Params, action
from bot.actions.cloudwatch.metrics import Metric, newest_point
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

WINDOW = timedelta(minutes=15)
"""An older datapoint says nothing about now."""


class ReplicationLagParams(Params):
    """Which table, written where. The step's region is the one whose replica is to serve."""

    table: str = Field(description="Table name.", examples=["carts"])
    source: str = Field(description="Region that was written to, and may be lost.", examples=["us-east-1"])


def _table(**more: str) -> Call:
    replicas = [{"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"}]
    return Call("dynamodb", "describe_table", {"Table": {"TableStatus": "ACTIVE", "Replicas": replicas, **more}})


_POINT = {"MetricDataResults": [{"Id": "m0", "Timestamps": [MEASURED], "Values": [900.0]}]}


@action(
    "dynamodb.replication_lag",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=("dynamodb:DescribeTable", "cloudwatch:GetMetricData"),
    rehearsal=looked(
        {"table": "carts", "source": "us-east-1"},
        _table(),
        Call("cloudwatch", "get_metric_data", _POINT),
        also=(looked({"table": "carts", "source": "us-east-1"}, _table(MultiRegionConsistency="STRONG")),),
    ),
)
class ReplicationLag(Check[ReplicationLagParams]):
    """Nothing, or the newest ReplicationLatency."""

    Params = ReplicationLagParams
    Results = Freshness

    def verify(self, aws: Reads, params: ReplicationLagParams, before: Before) -> Settled:
        table = _described(aws, params)
        if params.source not in [each.get("RegionName") for each in table.get("Replicas", [])]:
            raise StepBroke(
                told(
                    "lag unknown: {table} in {region} has no replica in {source}; correct the source.",
                    table=params.table,
                    region=params.region,
                    source=params.source,
                )
            )
        if table.get("MultiRegionConsistency") == "STRONG":
            return fresh(params.table, aws.now(), aws.now(), told("DynamoDB, multi-Region strong consistency"))
        dimensions = {"TableName": params.table, "ReceivingRegion": params.region}
        metric = Metric(namespace="AWS/DynamoDB", name="ReplicationLatency", dimensions=dimensions)
        point = newest_point(aws, params.source, (metric,), WINDOW)
        if point is None:
            raise StepBroke(
                told(
                    "lag unknown: CloudWatch in {source} has no ReplicationLatency of {table} from the last 15 "
                    "minutes; decide as if the loss were larger than the RPO.",
                    source=params.source,
                    table=params.table,
                )
            )
        return fresh(
            params.table,
            point.at - timedelta(milliseconds=point.value),
            point.at,
            told("CloudWatch ReplicationLatency in {source}", source=params.source),
        )


def _described(aws: Reads, params: ReplicationLagParams) -> TableDescriptionTypeDef:
    dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
    try:
        return dynamodb.describe_table(TableName=params.table)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        raise StepBroke(
            told("Table {table} is not in {region}; add a replica there.", table=params.table, region=params.region)
        ) from None
