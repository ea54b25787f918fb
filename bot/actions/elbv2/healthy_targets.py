"""Count the healthy targets behind a load balancer.

Settles at once with the count, whatever it is; a `wait` or `verify` compares it. Reasons of those that are not
healthy come along.

When to reach for it: waiting for a warm fleet before traffic moves.

What bites: a target that is registered but attached to no load balancer is `unused`, never healthy; and green
without traffic says little, so smoke-test as well.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from bot.actions.answers import short
from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.language import told, told_n
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import TargetHealthTypeDef


class HealthyTargetsParams(Params):
    """Which fleet."""

    target_group: str = Field(description="Target group name or ARN.", examples=["orders-api-usw2"])


class HealthyTargetsResults(Results):
    """The count, and what is wrong with the others."""

    healthy: int = Field(description="Targets that pass their health check.")
    total: int = Field(description="Targets registered.")
    reasons: list[str] = Field(description="Why others are not healthy, with how many: `2 initial`.")


_ARN = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/orders-api-usw2/0123456789abcdef"
_LOOK = (
    Call("elbv2", "describe_target_groups", {"TargetGroups": [{"TargetGroupArn": _ARN}]}),
    Call(
        "elbv2",
        "describe_target_health",
        {
            "TargetHealthDescriptions": [
                {"Target": {"Id": "10.0.0.1"}, "TargetHealth": {"State": "healthy"}},
                {"Target": {"Id": "10.0.0.2"}, "TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout"}},
            ]
        },
    ),
)


@action(
    "elbv2.healthy_targets",
    risk=Risk.READ,
    measures="healthy",
    permissions=("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"),
    rehearsal=Rehearsal(params={"region": "us-west-2", "target_group": "orders-api-usw2"}, calls=(*_LOOK, *_LOOK)),
)
class HealthyTargets(Check[HealthyTargetsParams]):
    """Healthy targets of one group."""

    Params = HealthyTargetsParams
    Results = HealthyTargetsResults

    def verify(self, aws: Reads, params: HealthyTargetsParams, before: Before) -> Settled:
        elbv2: ElasticLoadBalancingv2Client = aws.reader("elbv2", params.region)
        arn = _arn(elbv2, params)
        described = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        states = [each.get("TargetHealth", {}) for each in described]
        healthy = sum(state.get("State") == "healthy" for state in states)
        reasons: list[JsonValue] = [f"{count} {word}" for word, count in _complaints(states).most_common()]
        because = f" ({', '.join(map(str, reasons))})" if reasons else ""
        return Settled(
            seen=told_n(
                "{name}: {healthy} of {count} target healthy{because}",
                "{name}: {healthy} of {count} targets healthy{because}",
                len(states),
                name=_name(params),
                healthy=healthy,
                because=because,
            ),
            results={"healthy": healthy, "total": len(states), "reasons": reasons},
        )


def _arn(elbv2: ElasticLoadBalancingv2Client, params: HealthyTargetsParams) -> str:
    if params.target_group.startswith("arn:"):
        return params.target_group
    try:
        return elbv2.describe_target_groups(Names=[params.target_group])["TargetGroups"][0].get("TargetGroupArn", "")
    except elbv2.exceptions.TargetGroupNotFoundException:
        raise StepBroke(
            told(
                "Target group {target_group} is not in {region}; correct the name.",
                target_group=params.target_group,
                region=params.region,
            )
        ) from None


def _name(params: HealthyTargetsParams) -> str:
    return params.target_group.split("/")[-2] if params.target_group.startswith("arn:") else short(params.target_group)


def _complaints(states: list[TargetHealthTypeDef]) -> Counter[str]:
    return Counter(
        str(state.get("Reason") or state.get("State", "unknown")) for state in states if state.get("State") != "healthy"
    )
