"""Let a listener answer every request itself, usually with 503, so that nothing reaches the old side.

When to reach for it: fencing an application that cannot be stopped otherwise, or telling users that it is being moved.

What bites: only the default action is replaced; rules with conditions still forward, and the plan says how many there
are. Health checks that go through the listener fail, which may move traffic by themselves.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import every, refusal
from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told, told_n
from bot.model.action import Finding, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


class FixedResponseParams(Params):
    """Which listener, and what it says."""

    listener: str = Field(description="Listener ARN of an Application Load Balancer.")
    status: int = Field(default=503, description="HTTP status to answer with.", ge=200, le=599)
    message: str = Field(default="This service is being moved.", description="Body, plain text.", max_length=1024)


class Answering(Frozen):
    """The listener's default actions, as JSON text."""

    actions: str

    @property
    def fixed(self) -> str:
        """The status it answers with by itself; empty when it forwards."""
        first: dict[str, Any] = next(iter(json.loads(self.actions)), {})
        return str(first.get("FixedResponseConfig", {}).get("StatusCode", ""))

    def __str__(self) -> str:
        return told("answers {fixed} itself", fixed=self.fixed) if self.fixed else told("forwards")


_ARN = "arn:aws:elasticloadbalancing:us-west-2:111122223333:listener/app/orders/1/2"
_FORWARD = {"Type": "forward", "TargetGroupArn": "arn:aws:elasticloadbalancing:us-west-2:1:targetgroup/orders/1"}
_FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503", "ContentType": "text/plain"}}


def _listener(default: dict[str, Any]) -> Call:
    return Call("elbv2", "describe_listeners", {"Listeners": [{"ListenerArn": _ARN, "DefaultActions": [default]}]})


_MODIFY = Call("elbv2", "modify_listener", {})


@action(
    "elbv2.fixed_response",
    risk=Risk.DISRUPTIVE,
    permissions=(
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:ModifyListener",
    ),
    fences={},
    by_hand="aws elbv2 describe-listeners --region {region} --listener-arns {listener}",
    taken_back=told("Give the listener its former default action: aws elbv2 modify-listener."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "listener": _ARN},
        was=_listener(_FORWARD), asked=Call("elbv2", "describe_rules", {"Rules": [{"IsDefault": True}]}),
        put=_MODIFY, now=_listener(_FIXED), back=_MODIFY,
    ),
)  # fmt: skip
class FixedResponse(Setting[FixedResponseParams, Answering]):
    """Replace the default action; put the former one back to undo."""

    Params = FixedResponseParams
    State = Answering

    def look(self, aws: Reads, params: FixedResponseParams) -> Seen[Answering]:
        elbv2: ElasticLoadBalancingv2Client = aws.reader("elbv2", params.region)
        try:
            found = elbv2.describe_listeners(ListenerArns=[params.listener])["Listeners"]
        except refusal("ListenerNotFound", "ListenerNotFoundException"):
            found = []
        if not found:
            raise StepBroke(
                told(
                    "Listener {listener} is not in {region}; correct the ARN.",
                    listener=params.listener,
                    region=params.region,
                )
            )
        actions = json.dumps(found[0].get("DefaultActions", []), sort_keys=True)
        name = told("the listener of {name}", name=params.listener.split("/")[-3])
        return Seen(name=name, target=params.listener, state=Answering(actions=actions))

    def findings(self, aws: Reads, params: FixedResponseParams, seen: Seen[Answering]) -> Sequence[Finding]:
        elbv2: ElasticLoadBalancingv2Client = aws.reader("elbv2", params.region)
        rules = every(elbv2, "describe_rules", "Rules", ListenerArn=params.listener)
        others = sum(not rule.get("IsDefault") for rule in rules)
        if not others:
            return []
        kept = told_n(
            "{count} rule with conditions keeps forwarding.", "{count} rules with conditions keep forwarding.", others
        )
        return [Finding(text=kept)]

    def wanted(self, params: FixedResponseParams, now: Answering) -> Answering:
        if now.fixed == str(params.status):
            return now
        answer = {"StatusCode": str(params.status), "ContentType": "text/plain", "MessageBody": params.message}
        return Answering(actions=json.dumps([{"Type": "fixed-response", "FixedResponseConfig": answer}]))

    def put(self, aws: Aws, params: FixedResponseParams, seen: Seen[Answering], state: Answering, token: str) -> None:
        elbv2: ElasticLoadBalancingv2Client = aws.writer("elbv2", params.region)
        elbv2.modify_listener(ListenerArn=params.listener, DefaultActions=json.loads(state.actions))
