"""Measure how much data a failover of an Aurora global database would lose now.

Reads the newest replication lag of the secondary cluster from CloudWatch in the secondary's own region, so it works
while the primary's region is down. The recovery point is the moment of the datapoint minus the lag.

When to reach for it: before anybody is asked to promote, and as the source of a run's achieved RPO.

What bites: CloudWatch files a datapoint under the start of its minute, so the figure can be a minute old, and it
stops growing when the metric stops. Without a datapoint in the last 15 minutes the lag is unknown, and this check
fails rather than answer 0: write `on_failure: continue`, and it is shown as UNKNOWN.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, JsonValue

from bot.actions.answers import stamp
from bot.actions.aurora.lag import Lag, read_lag
from bot.actions.aurora.topology import read_topology
from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Finding, Look, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads


class MeasureGlobalLagParams(Params):
    """Which database, and which of its followers."""

    global_cluster: str = Field(description="Global cluster identifier.", examples=["orders-global"])
    target_region: str = Field(description="Region of the secondary that would be promoted.", examples=["us-west-2"])


class MeasureGlobalLagResults(Results):
    """One measurement, with its source."""

    lag_seconds: float = Field(description="How far the secondary was behind, in seconds.")
    last_consistent_at: datetime = Field(description="Everything committed before this moment is in the secondary.")
    measured_at: datetime = Field(description="Start of the minute that was measured.")
    source: str = Field(description="The CloudWatch metric and region behind the figure.")


_WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
_EAST = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
_MEMBERS = [{"DBClusterArn": _EAST, "IsWriter": True}, {"DBClusterArn": _WEST, "IsWriter": False}]
_GLOBAL = {"GlobalClusters": [{"GlobalClusterIdentifier": "orders-global", "GlobalClusterMembers": _MEMBERS}]}
_POINT = {"MetricDataResults": [{"Id": "m1", "Timestamps": [MEASURED], "Values": [1200.0]}]}
_LOOK = (Call("rds", "describe_global_clusters", _GLOBAL), Call("cloudwatch", "get_metric_data", _POINT))


@action(
    "aurora.measure_global_lag",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=("rds:DescribeGlobalClusters", "cloudwatch:GetMetricData"),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "global_cluster": "orders-global", "target_region": "us-west-2"},
        calls=(*_LOOK, *_LOOK),
    ),
)
class MeasureGlobalLag(Check[MeasureGlobalLagParams]):
    """Newest lag of the secondary in `target_region`."""

    Params = MeasureGlobalLagParams
    Results = MeasureGlobalLagResults

    def preflight(self, aws: Reads, params: MeasureGlobalLagParams) -> Look:
        try:
            seen = self.verify(aws, params, {})
        except StepBroke as unknown:
            return Look(state="unknown", findings=(Finding(text=str(unknown)),), change=told("lag UNKNOWN"))
        return Look(state="ready", change=seen.seen, results=seen.results)

    def verify(self, aws: Reads, params: MeasureGlobalLagParams, before: Before) -> Settled:
        name, region = params.global_cluster, params.target_region
        topology = read_topology(aws, region, name)
        secondary = topology.in_region(region)
        if secondary is None:
            raise StepBroke(
                told("lag unknown: {name} has no cluster in {region}; correct target_region.", name=name, region=region)
            )
        if secondary.writer:
            raise StepBroke(
                told(
                    "lag unknown: {name} in {region} is the writer itself and follows nobody.",
                    name=secondary.name,
                    region=region,
                )
            )
        source = topology.writer.region if topology.writer else ""
        lag = read_lag(aws, secondary=secondary.name, region=region, source_region=source)
        if lag is None:
            raise StepBroke(
                told(
                    "lag unknown: CloudWatch in {region} has no replication lag of {name} from the last 15 "
                    "minutes; decide as if the loss were larger than the RPO, or ask the database team.",
                    region=region,
                    name=secondary.name,
                )
            )
        return Settled(seen=told("{name} was {lag}", name=secondary.name, lag=lag), results=_results(lag, region))


def _results(lag: Lag, region: str) -> dict[str, JsonValue]:
    return {
        "lag_seconds": round(lag.behind.total_seconds(), 1),
        "last_consistent_at": stamp(lag.last_consistent_at),
        "measured_at": stamp(lag.measured_at),
        "source": f"CloudWatch {lag.metric} in {region}",
    }
