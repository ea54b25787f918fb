"""How far an Aurora secondary is behind its primary, as the secondary's own region measures it.

`AuroraGlobalDBRPOLag` is preferred; older Aurora MySQL versions report `AuroraGlobalDBReplicationLag` only. Both
are in milliseconds, and both are filed under the cluster alone or under the cluster and its source region, so all
four are asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.actions.answers import clock, short
from bot.actions.cloudwatch.metrics import Metric, newest_point
from bot.language import told
from bot.model.base import Frozen
from bot.ports.aws import Reads

WINDOW = timedelta(minutes=15)
"""An older datapoint says nothing about now."""


class LagMetrics(Frozen):
    """Where a service files the lag of its secondaries, in milliseconds; the better name first."""

    namespace: str
    names: tuple[str, ...]


AURORA = LagMetrics(namespace="AWS/RDS", names=("AuroraGlobalDBRPOLag", "AuroraGlobalDBReplicationLag"))
DOCUMENTDB = LagMetrics(namespace="AWS/DocDB", names=("GlobalClusterReplicationLag",))
NEPTUNE = LagMetrics(namespace="AWS/Neptune", names=("GlobalDbProgressLag",))


class Lag(Frozen):
    """One measurement."""

    behind: timedelta
    measured_at: datetime
    metric: str

    @property
    def last_consistent_at(self) -> datetime:
        """Everything committed before this moment is in the secondary."""
        return self.measured_at - self.behind

    def __str__(self) -> str:
        return told(
            "{seconds} s behind at {measured_at} UTC ({metric})",
            seconds=f"{self.behind.total_seconds():.1f}",
            measured_at=clock(self.measured_at),
            metric=self.metric,
        )


def read_lag(aws: Reads, *, secondary: str, region: str, source_region: str, of: LagMetrics = AURORA) -> Lag | None:
    """The newest lag of cluster `secondary` (name or ARN) within the window; None when CloudWatch has none."""
    cluster = {"DBClusterIdentifier": short(secondary)}
    shapes = (cluster, {**cluster, "SourceRegion": source_region}) if source_region else (cluster,)
    metrics = tuple(
        Metric(namespace=of.namespace, name=name, dimensions=dimensions) for name in of.names for dimensions in shapes
    )
    point = newest_point(aws, region, metrics, WINDOW)
    if point is None:
        return None
    return Lag(behind=timedelta(milliseconds=point.value), measured_at=point.at, metric=point.metric)
