"""Roll a stack set out to accounts and regions.

When to reach for it: the same infrastructure is needed in several accounts or regions at once, such as a landing
zone for the recovery.

What bites: the call goes to the stack set's administration region, which is the step's region, and must be alive. One
operation runs on a stack set at a time. Instances that are there already are left alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, every
from bot.actions.base import Call, Params, Results, action
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told, told_n
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class StackSetInstancesParams(Params):
    """Which stack set, where to."""

    stack_set: str = Field(description="Stack set name.", examples=["dr-baseline"])
    accounts: tuple[str, ...] = Field(min_length=1, description="Account ids.", examples=[["111122223333"]])
    regions: tuple[str, ...] = Field(min_length=1, description="Regions.", examples=[["us-west-2"]])
    parameters: dict[str, str] = Field(default={}, description="Parameters that differ from the stack set's.")


class StackSetInstancesResults(Results):
    """What is there."""

    instances: int = Field(description="Stack instances of the wanted accounts and regions.")


def _instances(*states: str) -> Call:
    found = [
        {"Account": "111122223333", "Region": "us-west-2", "Status": "CURRENT" if state == "SUCCEEDED" else "OUTDATED",
         "StackInstanceStatus": {"DetailedStatus": state}}
        for state in states
    ]  # fmt: skip
    return Call("cloudformation", "list_stack_instances", {"Summaries": found})


@action(
    "cloudformation.stack_set_instances",
    risk=Risk.REVERSIBLE,
    costs=told("what the stacks hold"),
    idempotency=Idempotency.TOKEN,
    permissions=(
        "cloudformation:ListStackInstances",
        "cloudformation:DescribeStackSet",
        "cloudformation:CreateStackInstances",
    ),
    irreversible=told("The stacks stay until a person removes them from the stack set; this bot never deletes."),
    typical=timedelta(minutes=20),
    by_hand="aws cloudformation list-stack-instances --region {region} --stack-set-name {stack_set}",
    rehearsal=rehearsed(
        {"region": "us-east-1", "stack_set": "dr-baseline", "accounts": ["111122223333"], "regions": ["us-west-2"]},
        none=(_instances(),),
        source=(Call("cloudformation", "describe_stack_set", {"StackSet": {"Status": "ACTIVE"}}),),
        send=(Call("cloudformation", "create_stack_instances", {"OperationId": "token"}),),
        way=(_instances("RUNNING"), _instances("SUCCEEDED")),
    ),
)
class StackSetInstances(Made[StackSetInstancesParams]):
    """Start the operation, then watch the instances."""

    Params = StackSetInstancesParams
    Results = StackSetInstancesResults
    ready = frozenset({"SUCCEEDED"})
    dead = frozenset({"FAILED", "CANCELLED", "INOPERABLE", "FAILED_IMPORT"})

    def called(self, params: StackSetInstancesParams) -> str:
        return told("{stack_set} in {regions}", stack_set=params.stack_set, regions=", ".join(params.regions))

    def thing(self, aws: Reads, params: StackSetInstancesParams) -> Thing | None:
        formation: CloudFormationClient = aws.reader("cloudformation", params.region)
        try:
            listed = every(formation, "list_stack_instances", "Summaries", StackSetName=params.stack_set)
        except formation.exceptions.StackSetNotFoundException:
            return None
        ours = [each for each in listed if each.get("Account") in params.accounts and each["Region"] in params.regions]
        if len(ours) < len(params.accounts) * len(params.regions):
            return None
        return Thing(state=_worst(ours), note=_reasons(ours), results={"instances": len(ours)})

    def source(self, aws: Reads, params: StackSetInstancesParams) -> Look:
        formation: CloudFormationClient = aws.reader("cloudformation", params.region)
        try:
            formation.describe_stack_set(StackSetName=params.stack_set)
        except formation.exceptions.StackSetNotFoundException:
            gone = told(
                "Stack set {stack_set} is not administered from {region}; correct name or region.",
                stack_set=params.stack_set,
                region=params.region,
            )
            return blocked(gone, params.stack_set)
        change = told_n(
            "{stack_set} → {count} account × {regions}",
            "{stack_set} → {count} accounts × {regions}",
            len(params.accounts),
            stack_set=params.stack_set,
            regions=", ".join(params.regions),
        )
        return Look(state="ready", change=change, targets=(params.stack_set,))

    def execute(self, aws: Aws, params: StackSetInstancesParams, token: str) -> None:
        formation: CloudFormationClient = aws.writer("cloudformation", params.region)
        formation.create_stack_instances(
            StackSetName=params.stack_set,
            Accounts=list(params.accounts),
            Regions=list(params.regions),
            ParameterOverrides=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in params.parameters.items()
            ],
            OperationId=token,
        )


def _worst(found: list[Any]) -> str:
    """What is broken decides, then what is under way."""
    states = [str(each.get("StackInstanceStatus", {}).get("DetailedStatus", "")) for each in found]
    broken = [state for state in states if state in StackSetInstances.dead]
    under_way = [state for state in states if state != "SUCCEEDED"]
    return (broken or under_way or ["SUCCEEDED"])[0]


def _reasons(found: list[Any]) -> str:
    return "; ".join(sorted({each["StatusReason"] for each in found if each.get("StatusReason")}))
