"""What CloudFormation says of a stack and of its change sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.actions.answers import code_of, message_of
from bot.actions.base import Call
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
"""What a template may contain; the rights to make it still come from the role."""


def read_stack(aws: Reads, region: str, stack: str) -> Any | None:
    """The stack, or None."""
    formation: CloudFormationClient = aws.reader("cloudformation", region)
    try:
        return formation.describe_stacks(StackName=stack)["Stacks"][0]
    except Exception as error:
        if is_missing(error):
            return None
        raise


def read_change_set(aws: Reads, region: str, stack: str, name: str) -> Any | None:
    """The change set with the changes of all its pages, or None."""
    formation: CloudFormationClient = aws.reader("cloudformation", region)
    try:
        pages = [*formation.get_paginator("describe_change_set").paginate(StackName=stack, ChangeSetName=name)]
    except Exception as error:
        if code_of(error) in ("ChangeSetNotFound", "ChangeSetNotFoundException") or is_missing(error):
            return None
        raise
    return {**pages[0], "Changes": [each for page in pages for each in page.get("Changes", [])]}


def is_missing(error: Exception) -> bool:
    """CloudFormation says ValidationError for a stack that does not exist."""
    return code_of(error) == "ValidationError" and "does not exist" in message_of(error)


def is_empty(found: Any) -> bool:
    """Whether the change set failed for no other reason than that nothing differs."""
    reason = str(found.get("StatusReason", ""))
    nothing = "didn't contain changes" in reason or "No updates are to be performed" in reason
    return bool(found.get("Status") == "FAILED" and nothing)


def changes(found: Any) -> list[str]:
    """Each change in a line: `Modify AWS::RDS::DBInstance Database (replaced)`."""
    said = [each.get("ResourceChange", {}) for each in found.get("Changes", [])]
    return [
        f"{each.get('Action')} {each.get('ResourceType')} {each.get('LogicalResourceId')}"
        + (" (replaced)" if each.get("Replacement") == "True" else "")
        for each in said
    ]


def parameters(said: dict[str, str]) -> Any:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in said.items()]


def missing(operation: str, name: str) -> Call:
    """A rehearsal's look at what is not there."""
    error = {"Code": "ValidationError", "Message": f"Stack with id {name} does not exist"}
    return Call("cloudformation", operation, {"Error": error, "Status": 400})
