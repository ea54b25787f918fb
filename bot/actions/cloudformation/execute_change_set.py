"""Carry out a change set that has been worked out, and follow the stack.

When to reach for it: after cloudformation.create_change_set and an approval of what it lists. The look before the
call lists the changes once more.

What bites: a replaced resource loses what it holds, and a failed update rolls back by deleting what it made. Where
the change set is empty there is nothing to do. Executing makes every other change set of the stack void.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Results, action
from bot.actions.cloudformation.stacks import changes, is_empty, read_change_set
from bot.actions.shapes import rehearsed
from bot.language import together, told, told_n
from bot.model.action import Before, Finding, Idempotency, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class ExecuteChangeSetParams(Params):
    """Which change set."""

    stack: str = Field(description="Stack name.", examples=["orders-dr"])
    name: str = Field(description="Change set name.", examples=["failover-2026-01-01"])


class ExecuteChangeSetResults(Results):
    """What was done."""

    count: int = Field(description="How many changes were made.")


def _set(execution: str) -> Call:
    change = {"Action": "Modify", "ResourceType": "AWS::RDS::DBInstance", "LogicalResourceId": "Database"}
    listed = [{"Type": "Resource", "ResourceChange": {**change, "Replacement": "True"}}]
    found = {"Status": "CREATE_COMPLETE", "ExecutionStatus": execution, "Changes": listed}
    return Call("cloudformation", "describe_change_set", found)


@action(
    "cloudformation.execute_change_set",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.TOKEN,
    permissions=("cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet"),
    irreversible=told("Go back with a change set made from the former template and parameters."),
    typical=timedelta(minutes=10),
    by_hand="aws cloudformation describe-stack-events --region {region} --stack-name {stack}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "stack": "orders-dr", "name": "failover"},
        none=(_set("AVAILABLE"),),
        source=(),
        send=(_set("AVAILABLE"), Call("cloudformation", "execute_change_set", {})),
        way=(_set("EXECUTE_IN_PROGRESS"), _set("EXECUTE_COMPLETE")),
    ),
)
class ExecuteChangeSet(Action[ExecuteChangeSetParams]):
    """Execute it, then follow it."""

    Params = ExecuteChangeSetParams
    Results = ExecuteChangeSetResults

    def preflight(self, aws: Reads, params: ExecuteChangeSetParams) -> Look:
        found = read_change_set(aws, params.region, params.stack, params.name)
        if found is None:
            later = Finding(
                text=told("Change set {name} is not there yet; an earlier step has to make it.", name=params.name)
            )
            return Look(
                state="unknown", findings=(later,), change=told("as listed when it is made"), targets=(params.stack,)
            )
        if found.get("Status") == "FAILED" and not is_empty(found):
            return blocked(_failed(params, found), params.stack)
        lines = changes(found)
        done = found.get("ExecutionStatus") == "EXECUTE_COMPLETE" or is_empty(found)
        return Look(
            state="already_done" if done else "ready",
            findings=tuple(Finding(text=line) for line in lines[:20]),
            change=together(
                (
                    told_n("{count} change", "{count} changes", len(lines)),
                    told_n("{count} replacement", "{count} replacements", sum("(replaced)" in line for line in lines)),
                ),
                ", ",
            ),
            targets=(params.stack,),
        )

    def execute(self, aws: Aws, params: ExecuteChangeSetParams, token: str) -> None:
        found = read_change_set(aws, params.region, params.stack, params.name)
        if found is not None and is_empty(found):
            return
        formation: CloudFormationClient = aws.writer("cloudformation", params.region)
        formation.execute_change_set(StackName=params.stack, ChangeSetName=params.name, ClientRequestToken=token)

    def verify(self, aws: Reads, params: ExecuteChangeSetParams, before: Before) -> Observation:
        found = read_change_set(aws, params.region, params.stack, params.name)
        if found is None:
            raise StepBroke(
                told("Change set {name} of {stack} is not there; make it first.", name=params.name, stack=params.stack)
            )
        execution, count = found.get("ExecutionStatus", ""), len(changes(found))
        seen = told("{stack}: {name} is {execution}", stack=params.stack, name=params.name, execution=execution)
        if execution == "EXECUTE_COMPLETE" or is_empty(found):
            return Settled(seen=seen, results={"count": count})
        if execution == "AVAILABLE":
            return NotStarted(seen=seen)
        if found.get("Status") == "FAILED":
            raise StepBroke(_failed(params, found))
        if execution in ("EXECUTE_FAILED", "OBSOLETE", "UNAVAILABLE"):
            why = found.get("StatusReason", "its events tell why")
            raise StepBroke(
                told("{seen} ({why}); read the stack's events, then make another change set.", seen=seen, why=why)
            )
        return Pending(seen=seen, look_again=timedelta(seconds=10))


def _failed(params: ExecuteChangeSetParams, found: Any) -> str:
    return told(
        "Change set {name} of {stack} failed ({why}); mend the cause, then make another one.",
        name=params.name,
        stack=params.stack,
        why=found.get("StatusReason") or told("CloudFormation gives no reason"),
    )
