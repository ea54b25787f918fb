"""Make a CloudFormation stack from a template in S3.

When to reach for it: the cold way, when the recovery region has no infrastructure yet, or a warm one gets the parts
that exist in a disaster only.

What bites: the template and everything that it reads (images, parameters, certificates) must be in the recovery
region. A failed stack is kept as it is, so that its events tell why; it must be deleted by hand before a retry.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from bot.actions.answers import message_of, refusal
from bot.actions.base import Call, Params, Results, action
from bot.actions.cloudformation.stacks import CAPABILITIES, missing, parameters, read_stack
from bot.actions.rehearsing import NOON
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told, told_n
from bot.model.action import Idempotency, Look, Observation, Pending, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class CreateStackParams(Params):
    """What to make, from which template."""

    stack: str = Field(description="Stack name.", examples=["orders-dr"])
    template_url: str = Field(description="S3 address of the template.", pattern=r"^https://.+")
    parameters: dict[str, str] = Field(default={}, description="Template parameters.")


class CreateStackResults(Results):
    """What was made."""

    stack_id: str = Field(description="ARN of the stack.")
    outputs: dict[str, str] = Field(description="The stack's outputs.")


_ID = "arn:aws:cloudformation:us-west-2:111122223333:stack/orders-dr/0a"


def _stack(status: str) -> Call:
    outputs = [{"OutputKey": "Url", "OutputValue": "http://orders"}]
    found = {"StackName": "orders-dr", "StackId": _ID, "CreationTime": NOON, "StackStatus": status, "Outputs": outputs}
    return Call("cloudformation", "describe_stacks", {"Stacks": [found]})


@action(
    "cloudformation.create_stack",
    risk=Risk.REVERSIBLE,
    costs=told("what the stack holds"),
    idempotency=Idempotency.TOKEN,
    permissions=("cloudformation:DescribeStacks", "cloudformation:GetTemplateSummary", "cloudformation:CreateStack"),
    irreversible=told("The stack stays until a person deletes it in CloudFormation; this bot never deletes."),
    typical=timedelta(minutes=15),
    by_hand="aws cloudformation describe-stacks --region {region} --stack-name {stack}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "stack": "orders-dr", "template_url": "https://dr.s3.us-west-2.amazonaws.com/o.yaml"},
        none=(missing("describe_stacks", "orders-dr"),),
        source=(Call("cloudformation", "get_template_summary", {"ResourceTypes": ["AWS::SQS::Queue"]}),),
        send=(Call("cloudformation", "create_stack", {}),),
        way=(_stack("CREATE_IN_PROGRESS"), _stack("CREATE_COMPLETE")),
    ),
)
class CreateStack(Made[CreateStackParams]):
    """Make the stack, then follow it to its end."""

    Params = CreateStackParams
    Results = CreateStackResults

    def called(self, params: CreateStackParams) -> str:
        return params.stack

    def thing(self, aws: Reads, params: CreateStackParams) -> Thing | None:
        found = read_stack(aws, params.region, params.stack)
        if found is None:
            return None
        outputs: dict[str, JsonValue] = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
        return Thing(
            state=found["StackStatus"],
            note=found.get("StackStatusReason", ""),
            results={"stack_id": found.get("StackId", ""), "outputs": outputs},
        )

    def source(self, aws: Reads, params: CreateStackParams) -> Look:
        formation: CloudFormationClient = aws.reader("cloudformation", params.region)
        try:
            summary = formation.get_template_summary(TemplateURL=params.template_url)
        except refusal("ValidationError", "NoSuchBucket", "NoSuchKey") as error:
            raise StepBroke(
                told(
                    "{template_url} cannot be read: {message}; correct it.",
                    template_url=params.template_url,
                    message=message_of(error),
                )
            ) from None
        unset = [
            each["ParameterKey"]
            for each in summary.get("Parameters", [])
            if "DefaultValue" not in each and each["ParameterKey"] not in params.parameters
        ]
        if unset:
            raise StepBroke(told("The template wants {unset}; give them under parameters.", unset=", ".join(unset)))
        count = len(summary.get("ResourceTypes", []))
        return Look(
            state="ready",
            change=told_n(
                "nothing → {stack}, {count} kind of resource",
                "nothing → {stack}, {count} kinds of resources",
                count,
                stack=params.stack,
            ),
            targets=(params.stack,),
        )

    def execute(self, aws: Aws, params: CreateStackParams, token: str) -> None:
        formation: CloudFormationClient = aws.writer("cloudformation", params.region)
        formation.create_stack(
            StackName=params.stack,
            TemplateURL=params.template_url,
            Parameters=parameters(params.parameters),
            Capabilities=CAPABILITIES,
            OnFailure="DO_NOTHING",
            ClientRequestToken=token,
        )

    def judged(self, params: CreateStackParams, thing: Thing) -> Observation:
        """Every status ends in what it means; new ones will, too."""
        seen = told("{stack} is {thing}", stack=params.stack, thing=thing)
        never_whole = thing.state == "CREATE_FAILED" or thing.state.startswith(("ROLLBACK_", "DELETE_"))
        if thing.state.endswith("_FAILED") and not never_whole:
            raise StepBroke(told("{seen}; read its events in CloudFormation and mend it there.", seen=seen))
        if never_whole:
            raise StepBroke(
                told(
                    "{seen}; read its events in CloudFormation, mend the cause, delete it by hand, then retry.",
                    seen=seen,
                )
            )
        if thing.state.endswith("_COMPLETE"):
            return Settled(seen=seen, results=thing.results)
        return Pending(seen=seen, look_again=self.every)
