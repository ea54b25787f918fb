"""Shift a listener's requests between its target groups.

When to reach for it: blue and green, or two fleets, stand behind one load balancer, and requests should move between
them, whole or by percentages.

What bites: a group without healthy targets answers 503. The default action of the listener is changed; rules with
conditions keep theirs. Rolling back restores the former weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


class ShiftListenerWeightsParams(Params):
    """Which listener, how much to whom."""

    listener: str = Field(description="Listener ARN.", pattern=r"^arn:.+:listener/.+$")
    weights: dict[str, Annotated[int, Field(ge=0, le=999)]] = Field(
        min_length=1, description="Target group ARNs and their weights, 0 to 999; one above 0 at least."
    )

    @model_validator(mode="after")
    def _somebody_serves(self) -> Self:
        if not any(self.weights.values()):
            raise ValueError("give one target group a weight above 0, or nobody is served")
        return self


class ShiftListenerWeightsResults(Results):
    """Who gets requests."""

    serving: str = Field(description="Target groups with their weights, as people read them.")


class Weights(Frozen):
    """What each target group gets."""

    weights: dict[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{arn.split('/')[-2]} {weight}" for arn, weight in sorted(self.weights.items()))


_BASE = "arn:aws:elasticloadbalancing:us-west-2:111122223333"
_LISTENER = f"{_BASE}:listener/app/orders/0a/0b"
_BLUE, _GREEN = f"{_BASE}:targetgroup/blue/0a", f"{_BASE}:targetgroup/green/0b"


def _at(blue: int, green: int) -> Call:
    groups = [{"TargetGroupArn": _BLUE, "Weight": blue}, {"TargetGroupArn": _GREEN, "Weight": green}]
    actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
    listener = {"ListenerArn": _LISTENER, "DefaultActions": actions}
    return Call("elbv2", "describe_listeners", {"Listeners": [listener]})


_PUT = Call("elbv2", "modify_listener", {})


@action(
    "elbv2.shift_listener_weights",
    risk=Risk.DISRUPTIVE,
    permissions=("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:ModifyListener"),
    by_hand="aws elbv2 describe-listeners --region {region} --listener-arns {listener}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "listener": _LISTENER, "weights": {_BLUE: 0, _GREEN: 100}},
        was=_at(100, 0), put=_PUT, now=_at(0, 100), back=_PUT,
    ),
)  # fmt: skip
class ShiftListenerWeights(Setting[ShiftListenerWeightsParams, Weights]):
    """Set the weights of the default action, then read them back."""

    Params = ShiftListenerWeightsParams
    Results = ShiftListenerWeightsResults
    State = Weights

    def look(self, aws: Reads, params: ShiftListenerWeightsParams) -> Seen[Weights]:
        client: ElasticLoadBalancingv2Client = aws.reader("elbv2", params.region)
        try:
            found: Any = client.describe_listeners(ListenerArns=[params.listener])["Listeners"][0]
        except client.exceptions.ListenerNotFoundException:
            raise StepBroke(
                told(
                    "Listener {listener} is not in {region}; correct the ARN.",
                    listener=params.listener,
                    region=params.region,
                )
            ) from None
        forward = [each for each in found["DefaultActions"] if each["Type"] == "forward"]
        if not forward:
            raise StepBroke(
                told("{listener} does not forward by default; weights have no meaning there.", listener=params.listener)
            )
        groups = forward[0].get("ForwardConfig", {}).get("TargetGroups") or [
            {"TargetGroupArn": forward[0]["TargetGroupArn"], "Weight": 1}
        ]
        state = Weights(weights={each["TargetGroupArn"]: int(each.get("Weight", 1)) for each in groups})
        return Seen(
            name=params.listener.split("/")[-3], target=params.listener, state=state,
            results={"serving": str(state)}, whole=found["DefaultActions"],
        )  # fmt: skip

    def wanted(self, params: ShiftListenerWeightsParams, now: Weights) -> Weights:
        return Weights(weights={**dict.fromkeys(now.weights, 0), **params.weights})

    def put(
        self, aws: Aws, params: ShiftListenerWeightsParams, seen: Seen[Weights], state: Weights, token: str
    ) -> None:
        client: ElasticLoadBalancingv2Client = aws.writer("elbv2", params.region)
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in state.weights.items()]
        actions: Any = [
            {**_without_group(each), "ForwardConfig": {**each.get("ForwardConfig", {}), "TargetGroups": groups}}
            if each["Type"] == "forward"
            else each
            for each in seen.whole
        ]
        client.modify_listener(ListenerArn=params.listener, DefaultActions=actions)


def _without_group(each: dict[str, Any]) -> dict[str, Any]:
    """The short form names one group, and contradicts the weights."""
    return {key: value for key, value in each.items() if key != "TargetGroupArn"}
