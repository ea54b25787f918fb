"""Run a Systems Manager Automation document as one step, and follow it to its end.

When to reach for it: a runbook that AWS or your team keeps in Systems Manager, such as AWS-StartEC2Instance.

What bites: the document acts under the role that it is given, in its own text or as `AutomationAssumeRole` among the
parameters, which may be allowed more than this bot. Without one it acts with the rights of this step, which suffice to
start it and for nothing else. A step of the
document that waits for an approval waits there, in Systems Manager. Whether it can be undone is its own affair.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from bot.actions.answers import blocked, every
from bot.actions.base import Call, Params, Results, action
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class StartAutomationParams(Params):
    """Which document, with what parameters."""

    document: str = Field(description="Automation document.", examples=["AWS-StartEC2Instance"])
    parameters: dict[str, list[str]] = Field(default={}, description="The document's parameters.")


class StartAutomationResults(Results):
    """What came of it."""

    execution: str = Field(description="Automation execution id.")
    outputs: dict[str, list[str]] = Field(description="The document's outputs.")


def _runs(*states: str) -> Call:
    found = [
        {"AutomationExecutionId": f"0a1b2c3d-0000-4000-8000-00000000000{index}", "DocumentName": "Warm-Up",
         "AutomationExecutionStatus": state, "Outputs": {"warm": ["yes"]}}
        for index, state in enumerate(reversed(states))
    ]  # fmt: skip
    return Call("ssm", "describe_automation_executions", {"AutomationExecutionMetadataList": found[::-1]})


@action(
    "ssm.start_automation",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.TOKEN,
    implied=("iam:PassRole",),
    permissions=("ssm:DescribeDocument", "ssm:DescribeAutomationExecutions", "ssm:StartAutomationExecution"),
    irreversible=told("What the document did is its own affair; run the one that takes it back."),
    typical=timedelta(minutes=5),
    settle=LISTED,
    by_hand=later("Systems Manager console in {region}, Automation"),
    rehearsal=followed(
        {"region": "us-west-2", "document": "Warm-Up"},
        source=(Call("ssm", "describe_document", {"Document": {"DocumentType": "Automation", "Status": "Active"}}),),
        known=(_runs("Failed"),),
        send=(Call("ssm", "start_automation_execution", {}),),
        way=(_runs("InProgress", "Failed"), _runs("Success", "Failed")),
    ),
)
class StartAutomation(Job[StartAutomationParams]):
    """Start it, then follow it."""

    Params = StartAutomationParams
    Results = StartAutomationResults
    ready = frozenset({"Success", "CompletedWithSuccess"})
    dead = frozenset({"Failed", "TimedOut", "Cancelled", "Rejected", "CompletedWithFailure", "Exited"})
    mend = told("open the execution in Systems Manager")

    def called(self, params: StartAutomationParams) -> str:
        return params.document

    def source(self, aws: Reads, params: StartAutomationParams) -> Look:
        ssm: SSMClient = aws.reader("ssm", params.region)
        try:
            found = ssm.describe_document(Name=params.document)["Document"]
        except ssm.exceptions.InvalidDocument:
            return blocked(
                told(
                    "Document {document} is not in {region}; correct the name.",
                    document=params.document,
                    region=params.region,
                ),
                params.document,
            )
        if found.get("DocumentType") != "Automation":
            return blocked(
                told(
                    "{document} is a document of the kind {kind}; name one of Automation's.",
                    document=params.document,
                    kind=found.get("DocumentType"),
                ),
                params.document,
            )
        return Look(
            state="ready", change=told("run {document}", document=params.document), targets=(f"ssm:{params.document}",)
        )

    def jobs(self, aws: Reads, params: StartAutomationParams) -> list[Thing]:
        ssm: SSMClient = aws.reader("ssm", params.region)
        document = [{"Key": "DocumentNamePrefix", "Values": [params.document]}]
        listed = every(ssm, "describe_automation_executions", "AutomationExecutionMetadataList", Filters=document)
        return [
            Thing(
                id=each.get("AutomationExecutionId", ""),
                state=str(each.get("AutomationExecutionStatus", "")),
                note=each.get("FailureMessage", "") or each.get("CurrentStepName", ""),
                results=_results(each.get("AutomationExecutionId", ""), each.get("Outputs", {})),
            )
            for each in listed
            if each.get("DocumentName") == params.document
        ]

    def execute(self, aws: Aws, params: StartAutomationParams, token: str) -> None:
        ssm: SSMClient = aws.writer("ssm", params.region)
        ssm.start_automation_execution(
            DocumentName=params.document,
            Parameters=params.parameters,
            ClientToken=self.fresh(self.jobs(aws, params), token),
        )


def _results(execution: str, outputs: dict[str, list[str]]) -> dict[str, JsonValue]:
    said: dict[str, JsonValue] = {key: list(values) for key, values in outputs.items()}
    return {"execution": execution, "outputs": said}
