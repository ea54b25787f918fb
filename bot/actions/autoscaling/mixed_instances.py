"""Let an Auto Scaling group mix instance types, Spot and On-Demand.

When to reach for it: recovery capacity at a fair price, and more ways to get any at all: many instance types make a
regional rush less likely to leave the group empty. A base of On-Demand keeps the service alive when Spot is taken back.

What bites: Spot may be interrupted with two minutes' notice. The group's launch template is kept; a group with a
launch configuration has to be moved to a template first. Instances that run already stay as they are. Undo puts the
former policy, or the plain launch template, back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.autoscaling.groups import describe, rehearse_group
from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_autoscaling.type_defs import LaunchTemplateSpecificationTypeDef


class MixedInstancesParams(Params):
    """Which group, which mix."""

    group: str = Field(description="Auto Scaling group name.", examples=["orders-workers"])
    instance_types: tuple[str, ...] = Field(
        description="Types to choose from, best first.", min_length=1, max_length=40, examples=[["m6i.large"]]
    )
    on_demand_base: int = Field(default=0, ge=0, description="Instances that are always On-Demand.")
    on_demand_percent: int = Field(default=50, ge=0, le=100, description="Share of On-Demand above the base.")
    spot_strategy: str = Field(
        default="price-capacity-optimized", description="How Spot pools are chosen, in AWS's words."
    )


class Mix(Frozen):
    """What instances are made from: a plain template, or a policy, as JSON text."""

    template: str = ""
    policy: str = ""

    def __str__(self) -> str:
        if not self.policy:
            return told("one type, On-Demand")
        said: dict[str, Any] = json.loads(self.policy)
        types = [each.get("InstanceType", "?") for each in said["LaunchTemplate"].get("Overrides", [])]
        share = said.get("InstancesDistribution", {})
        base, percent = share.get("OnDemandBaseCapacity", 0), share.get("OnDemandPercentageAboveBaseCapacity", 100)
        return told("{types}; {base} On-Demand, then {percent} %", types=", ".join(types), base=base, percent=percent)


_TEMPLATE = {"LaunchTemplateId": "lt-0123456789abcdef0", "Version": "$Default"}
_POLICY = {
    "LaunchTemplate": {
        "LaunchTemplateSpecification": _TEMPLATE,
        "Overrides": [{"InstanceType": "m6i.large"}, {"InstanceType": "m5.large"}],
    },
    "InstancesDistribution": {
        "OnDemandBaseCapacity": 2, "OnDemandPercentageAboveBaseCapacity": 25,
        "SpotAllocationStrategy": "price-capacity-optimized",
    },
}  # fmt: skip
_UPDATE = Call("autoscaling", "update_auto_scaling_group", {})


@action(
    "autoscaling.mixed_instances",
    risk=Risk.REVERSIBLE,
    costs=told("the instances"),
    implied=("ec2:CreateTags", "ec2:RunInstances", "iam:PassRole"),
    permissions=("autoscaling:DescribeAutoScalingGroups", "autoscaling:UpdateAutoScalingGroup"),
    by_hand="aws autoscaling describe-auto-scaling-groups --region {region} --auto-scaling-group-names {group}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "group": "orders-workers", "instance_types": ["m6i.large", "m5.large"],
         "on_demand_base": 2, "on_demand_percent": 25},
        was=rehearse_group(LaunchTemplate=_TEMPLATE), put=_UPDATE,
        now=rehearse_group(MixedInstancesPolicy=_POLICY), back=_UPDATE,
    ),
)  # fmt: skip
class MixedInstances(Setting[MixedInstancesParams, Mix]):
    """Give the group a mixed instances policy over its own launch template."""

    Params = MixedInstancesParams
    State = Mix

    def look(self, aws: Reads, params: MixedInstancesParams) -> Seen[Mix]:
        group = describe(aws, params.region, params.group)
        template, policy = group.get("LaunchTemplate"), group.get("MixedInstancesPolicy")
        if not template and not policy:
            raise StepBroke(
                told("{group} has a launch configuration; move it to a launch template first.", group=params.group)
            )
        return Seen(
            name=params.group,
            target=group.get("AutoScalingGroupARN", ""),
            state=Mix(policy=_text(policy)) if policy else Mix(template=_text(template)),
        )

    def wanted(self, params: MixedInstancesParams, now: Mix) -> Mix:
        was: dict[str, Any] = json.loads(now.policy or "{}")
        template = json.loads(now.template) if now.template else was["LaunchTemplate"]["LaunchTemplateSpecification"]
        share = {
            **was.get("InstancesDistribution", {}),
            "OnDemandBaseCapacity": params.on_demand_base,
            "OnDemandPercentageAboveBaseCapacity": params.on_demand_percent,
            "SpotAllocationStrategy": params.spot_strategy,
        }
        types = [{"InstanceType": name} for name in params.instance_types]
        launch = {"LaunchTemplateSpecification": template, "Overrides": types}
        return Mix(policy=_text({"LaunchTemplate": launch, "InstancesDistribution": share}))

    def put(self, aws: Aws, params: MixedInstancesParams, seen: Seen[Mix], state: Mix, token: str) -> None:
        autoscaling: AutoScalingClient = aws.writer("autoscaling", params.region)
        if state.policy:
            autoscaling.update_auto_scaling_group(
                AutoScalingGroupName=params.group, MixedInstancesPolicy=json.loads(state.policy)
            )
        else:
            template: LaunchTemplateSpecificationTypeDef = json.loads(state.template)
            autoscaling.update_auto_scaling_group(AutoScalingGroupName=params.group, LaunchTemplate=template)


def _text(said: Any) -> str:
    """JSON with a template named once: AWS answers with id and name, and takes only one of them."""
    whole = json.loads(json.dumps(said))
    if "LaunchTemplate" in whole:
        launch = whole["LaunchTemplate"]
        launch["LaunchTemplateSpecification"] = _by_id(launch["LaunchTemplateSpecification"])
    else:
        whole = _by_id(whole)
    return json.dumps(whole, sort_keys=True)


def _by_id(template: dict[str, Any]) -> dict[str, Any]:
    named = {name: value for name, value in template.items() if name != "LaunchTemplateName"}
    return named if "LaunchTemplateId" in template else template
