"""Work out what a template would change in a stack, without changing it.

When to reach for it: before cloudformation.execute_change_set, with an approval in between that shows this step's
results: every change in a line, and how many resources would be replaced.

What bites: a change set is a computation of now; a stack that moves meanwhile makes it obsolete. Where nothing
differs, CloudFormation calls the change set failed; here that counts as zero changes, which executing accepts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, JsonValue

from bot.actions.answers import blocked
from bot.actions.base import Call, Params, Results, action
from bot.actions.cloudformation.stacks import CAPABILITIES, changes, is_empty, parameters, read_change_set, read_stack
from bot.actions.rehearsing import NOON, absent
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class CreateChangeSetParams(Params):
    """Which stack, towards which template."""

    stack: str = Field(description="Stack name.", examples=["orders-dr"])
    name: str = Field(description="Change set name; its identity.", examples=["failover-2026-01-01"])
    template_url: str = Field(default="", description="S3 address of the template; the stack's own if left out.")
    parameters: dict[str, str] = Field(default={}, description="Parameters that change; the others stay.")
    type: Literal["UPDATE", "CREATE"] = Field(default="UPDATE", description="CREATE for a stack that is not there yet.")


class CreateChangeSetResults(Results):
    """What would change."""

    changes: list[str] = Field(description="One line for each change.")
    count: int = Field(description="How many changes.")
    replaced: int = Field(description="Resources that would be replaced, and lose what they hold.")


_NONE = absent("cloudformation", "describe_change_set", "ChangeSetNotFound")
_STACK = {
    "StackName": "orders-dr", "CreationTime": NOON, "StackStatus": "CREATE_COMPLETE",
    "Parameters": [{"ParameterKey": key, "ParameterValue": "4"} for key in ("Tasks", "Image")],
}  # fmt: skip
_LOOK = Call("cloudformation", "describe_stacks", {"Stacks": [_STACK]})


def _set(status: str) -> Call:
    change = {"Action": "Modify", "ResourceType": "AWS::ECS::Service", "LogicalResourceId": "Api"}
    found = {"Status": status, "Changes": [{"Type": "Resource", "ResourceChange": {**change, "Replacement": "False"}}]}
    return Call("cloudformation", "describe_change_set", found)


@action(
    "cloudformation.create_change_set",
    risk=Risk.REVERSIBLE,
    owes=False,
    idempotency=Idempotency.TOKEN,
    permissions=(
        "cloudformation:DescribeChangeSet",
        "cloudformation:DescribeStacks",
        "cloudformation:CreateChangeSet",
    ),
    irreversible=told("A change set changes nothing by itself; it goes with its stack's next update."),
    typical=timedelta(minutes=1),
    by_hand="aws cloudformation describe-change-set --region {region} --stack-name {stack} --change-set-name {name}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "stack": "orders-dr", "name": "failover", "parameters": {"Tasks": "24"}},
        none=(_NONE,),
        source=(_LOOK,),
        send=(
            _LOOK,
            Call("cloudformation", "create_change_set", {}),
        ),
        way=(_set("CREATE_IN_PROGRESS"), _set("CREATE_COMPLETE")),
    ),
)
class CreateChangeSet(Made[CreateChangeSetParams]):
    """Have it worked out, then read it."""

    Params = CreateChangeSetParams
    Results = CreateChangeSetResults
    ready = frozenset({"CREATE_COMPLETE"})
    dead = frozenset({"FAILED"})
    every = timedelta(seconds=3)

    def called(self, params: CreateChangeSetParams) -> str:
        return told("change set {name} of {stack}", name=params.name, stack=params.stack)

    def thing(self, aws: Reads, params: CreateChangeSetParams) -> Thing | None:
        found = read_change_set(aws, params.region, params.stack, params.name)
        if found is None:
            return None
        empty, lines = is_empty(found), changes(found)
        said: list[JsonValue] = [*lines]
        return Thing(
            state="CREATE_COMPLETE" if empty else found["Status"],
            note=told("nothing would change") if empty else found.get("StatusReason", ""),
            results={"changes": said, "count": len(lines), "replaced": sum("(replaced)" in line for line in lines)},
        )

    def source(self, aws: Reads, params: CreateChangeSetParams) -> Look:
        found = read_stack(aws, params.region, params.stack)
        if found is None and params.type == "UPDATE":
            return blocked(
                told("Stack {stack} is not in {region}; create it first.", stack=params.stack, region=params.region),
                params.stack,
            )
        in_review = params.type == "CREATE" and found is not None and found["StackStatus"] == "REVIEW_IN_PROGRESS"
        if found is not None and found["StackStatus"].endswith("_IN_PROGRESS") and not in_review:
            return blocked(
                told(
                    "{stack} is {stack_status}; wait until that is over.",
                    stack=params.stack,
                    stack_status=found["StackStatus"],
                ),
                params.stack,
            )
        change = told("work out what would change in {stack}", stack=params.stack)
        return Look(state="ready", change=change, targets=(params.stack,))

    def execute(self, aws: Aws, params: CreateChangeSetParams, token: str) -> None:
        """CloudFormation gives a parameter that is not named its default, so those that stay are said to stay."""
        found = read_stack(aws, params.region, params.stack) if params.type == "UPDATE" else None
        known = [each["ParameterKey"] for each in found.get("Parameters", [])] if found else []
        staying: list[Any] = [
            {"ParameterKey": key, "UsePreviousValue": True} for key in known if key not in params.parameters
        ]
        formation: CloudFormationClient = aws.writer("cloudformation", params.region)
        template: dict[str, Any] = (
            {"TemplateURL": params.template_url} if params.template_url else {"UsePreviousTemplate": True}
        )
        formation.create_change_set(
            StackName=params.stack,
            ChangeSetName=params.name,
            ChangeSetType=params.type,
            Parameters=[*parameters(params.parameters), *staying],
            Capabilities=CAPABILITIES,
            ClientToken=token,
            **template,
        )
