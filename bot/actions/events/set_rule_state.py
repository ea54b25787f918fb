"""Switch an EventBridge rule off to fence what it starts, or on in the region that takes over.

When to reach for it: scheduled and event-driven writers of the old side have to stop before the data moves.

What bites: events that match while the rule is off are gone for its targets; only an archive can replay them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Switch
from bot.language import told
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient


class SetRuleStateParams(Params):
    """Which rule, on or off."""

    rule: str = Field(description="Rule name.", examples=["orders-nightly"])
    bus: str = Field(default="default", description="Event bus name or ARN.")
    enabled: bool = Field(description="Whether the rule fires.")


def _rule(state: str) -> Call:
    arn = "arn:aws:events:us-west-2:111122223333:rule/orders-nightly"
    return Call("events", "describe_rule", {"Name": "orders-nightly", "Arn": arn, "State": state})


@action(
    "events.set_rule_state",
    risk=Risk.DISRUPTIVE,
    permissions=("events:DescribeRule", "events:DisableRule", "events:EnableRule"),
    fences={"enabled": False},
    by_hand="aws events describe-rule --region {region} --name {rule} --event-bus-name {bus}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "rule": "orders-nightly", "enabled": False},
        was=_rule("ENABLED"), put=Call("events", "disable_rule", {}),
        now=_rule("DISABLED"), back=Call("events", "enable_rule", {}),
    ),
)  # fmt: skip
class SetRuleState(Setting[SetRuleStateParams, Switch]):
    """Enable or disable the rule."""

    Params = SetRuleStateParams
    State = Switch

    def look(self, aws: Reads, params: SetRuleStateParams) -> Seen[Switch]:
        events: EventBridgeClient = aws.reader("events", params.region)
        try:
            found = events.describe_rule(Name=params.rule, EventBusName=params.bus)
        except events.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Rule {rule} is not on bus {bus} in {region}; correct it.",
                    rule=params.rule,
                    bus=params.bus,
                    region=params.region,
                )
            ) from None
        return Seen(name=params.rule, target=found.get("Arn", ""), state=Switch(on=found.get("State") != "DISABLED"))

    def wanted(self, params: SetRuleStateParams, now: Switch) -> Switch:
        return Switch(on=params.enabled)

    def put(self, aws: Aws, params: SetRuleStateParams, seen: Seen[Switch], state: Switch, token: str) -> None:
        events: EventBridgeClient = aws.writer("events", params.region)
        change = events.enable_rule if state.on else events.disable_rule
        change(Name=params.rule, EventBusName=params.bus)
