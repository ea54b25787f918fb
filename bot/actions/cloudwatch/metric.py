"""Read a CloudWatch metric's newest value, to compare it in a `wait` or `verify`.

When to reach for it: an SLO is a number (error rate, latency, queue age), and the run should go on or end when it is
good again.

What bites: no datapoint is not a zero; where nothing was measured within `window`, this waits. A metric that is
published in the impaired region tells nothing about the other one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field

from bot.actions.answers import clock, stamp
from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.actions.cloudwatch.metrics import Metric as Wanted
from bot.actions.cloudwatch.metrics import newest_point
from bot.language import told
from bot.model.action import Before, Observation, Pending, Risk, Settled
from bot.model.base import Duration
from bot.ports.aws import Reads


class MetricParams(Params):
    """Which metric of which thing."""

    namespace: str = Field(description="Namespace.", examples=["AWS/ApplicationELB"])
    metric: str = Field(description="Metric name.", examples=["HTTPCode_Target_5XX_Count"])
    dimensions: dict[str, str] = Field(default={}, description="Dimensions by name.")
    window: Duration = Field(default=timedelta(minutes=5), description="How old the value may be.")


class MetricResults(Results):
    """The value and its age."""

    value: float = Field(description="The newest minute's maximum.")
    at: datetime = Field(description="Start of that minute.")


_AT = datetime(2026, 1, 1, 12, 4, tzinfo=UTC)
_POINT = {"MetricDataResults": [{"Id": "m0", "Timestamps": [_AT], "Values": [0.2]}]}
_NONE = Call("cloudwatch", "get_metric_data", {"MetricDataResults": []})


@action(
    "cloudwatch.metric",
    risk=Risk.READ,
    measures="value",
    permissions=("cloudwatch:GetMetricData",),
    typical=timedelta(minutes=1),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "namespace": "DR/Orders", "metric": "ErrorRate"},
        calls=(_NONE, _NONE, Call("cloudwatch", "get_metric_data", _POINT)),
    ),
)
class Metric(Check[MetricParams]):
    """The newest value, as soon as there is one."""

    Params = MetricParams
    Results = MetricResults

    def verify(self, aws: Reads, params: MetricParams, before: Before) -> Observation:
        wanted = Wanted(namespace=params.namespace, name=params.metric, dimensions=params.dimensions)
        point = newest_point(aws, params.region, (wanted,), params.window)
        name = f"{params.namespace} {params.metric}"
        if point is None:
            return Pending(seen=told("{name}: nothing measured lately", name=name), look_again=timedelta(seconds=15))
        return Settled(
            seen=told("{name}: {value} at {at}", name=name, value=f"{point.value:g}", at=clock(point.at)),
            results={"value": point.value, "at": stamp(point.at)},
        )
