"""The newest datapoint of a few metrics, in one call."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.model.base import Frozen
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDataQueryTypeDef, MetricStatTypeDef


class Metric(Frozen):
    """Which metric of which thing."""

    namespace: str
    name: str
    dimensions: dict[str, str]


class Point(Frozen):
    """One measured value; `at` is the start of its minute."""

    metric: str
    value: float
    at: datetime


def newest_point(aws: Reads, region: str, metrics: tuple[Metric, ...], window: timedelta) -> Point | None:
    """The newest of all `metrics`' datapoints within `window`; of equally new ones, the first named metric's."""
    cloudwatch: CloudWatchClient = aws.reader("cloudwatch", region)
    now = aws.now()
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[_query(index, metric) for index, metric in enumerate(metrics)],
        StartTime=now - window,
        EndTime=now + timedelta(minutes=1),
        ScanBy="TimestampDescending",
    )
    points = [
        Point(metric=metrics[int(series.get("Id", "m0")[1:])].name, value=value, at=at)
        for series in answer["MetricDataResults"]
        for at, value in zip(series.get("Timestamps", []), series.get("Values", []), strict=False)
    ]
    order = [metric.name for metric in metrics]
    return max(points, key=lambda point: (point.at, -order.index(point.metric)), default=None)


def _query(index: int, metric: Metric) -> MetricDataQueryTypeDef:
    dimensions: list[DimensionTypeDef] = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    stat: MetricStatTypeDef = {
        "Metric": {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions},
        "Period": 60,
        "Stat": "Maximum",
    }
    return {"Id": f"m{index}", "MetricStat": stat, "ReturnData": True}
