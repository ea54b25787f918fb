"""Publish one value of a CloudWatch metric: a mark in the graphs, or what an alarm listens to.

When to reach for it: dashboards should show when a recovery began, which region serves, or how long it took.

What bites: CloudWatch adds a repeated value to the same minute's statistics, has no token, and shows new values only
after a minute or so, so a value whose answer was lost is never repeated by itself: a person decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Rehearsal, action
from bot.language import later, told
from bot.model.action import Before, Idempotency, Look, Risk, Settled
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef


class PutMetricParams(Params):
    """Which metric, which value."""

    namespace: str = Field(description="Namespace.", examples=["DR/Runs"])
    metric: str = Field(description="Metric name.", examples=["FailoverFinished"])
    value: float = Field(default=1.0, description="The value.")
    dimensions: dict[str, str] = Field(default={}, description="Dimensions by name.")


@action(
    "cloudwatch.put_metric",
    risk=Risk.REVERSIBLE,
    owes=False,
    idempotency=Idempotency.OPAQUE,
    permissions=("cloudwatch:PutMetricData",),
    irreversible=told("A published value stays in the metric's history."),
    by_hand=later("CloudWatch console in {region}, Metrics, {namespace}, {metric}"),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "namespace": "DR/Runs", "metric": "FailoverFinished"},
        calls=(Call("cloudwatch", "put_metric_data", {}),),
    ),
)
class PutMetric(Action[PutMetricParams]):
    """One value, sent once."""

    Params = PutMetricParams

    def preflight(self, aws: Reads, params: PutMetricParams) -> Look:
        name = f"{params.namespace} {params.metric}"
        if params.namespace.startswith("AWS/"):
            return blocked(
                told("{namespace} is AWS's own namespace; choose another.", namespace=params.namespace), name
            )
        return Look(
            state="ready",
            change=told("{name} = {value}", name=name, value=f"{params.value:g}"),
            targets=(f"metric:{name}",),
        )

    def execute(self, aws: Aws, params: PutMetricParams, token: str) -> None:
        cloudwatch: CloudWatchClient = aws.writer("cloudwatch", params.region)
        dimensions: list[DimensionTypeDef] = [
            {"Name": name, "Value": value} for name, value in params.dimensions.items()
        ]
        cloudwatch.put_metric_data(
            Namespace=params.namespace,
            MetricData=[{"MetricName": params.metric, "Value": params.value, "Dimensions": dimensions}],
        )

    def verify(self, aws: Reads, params: PutMetricParams, before: Before) -> Settled:
        """CloudWatch's answer was all the evidence there will be; asked only after it has answered."""
        return Settled(
            seen=told(
                "CloudWatch accepted {namespace} {metric} = {value}",
                namespace=params.namespace,
                metric=params.metric,
                value=f"{params.value:g}",
            )
        )
