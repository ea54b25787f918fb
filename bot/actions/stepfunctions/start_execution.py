"""Run a Step Functions state machine as one step, and follow it to its end.

When to reach for it: a procedure that your team has automated already. Its output is this step's result.

What bites: a retry of one that failed starts it anew from its first state; to go on from the state that failed,
redrive it in Step Functions. Express state machines cannot be followed and are refused. Whether it can be undone
is its own affair.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import Field, JsonValue

from bot.actions.answers import blocked, newest_first, short
from bot.actions.base import Call, Params, Results, action
from bot.actions.rehearsing import NOON
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StartExecutionParams(Params):
    """Which state machine, with what input."""

    state_machine: str = Field(
        description="State machine ARN.", pattern=r"^arn:aws[\w-]*:states:[\w-]+:\d{12}:stateMachine:.+$"
    )
    input: dict[str, JsonValue] = Field(default={}, description="The execution's input.")


class StartExecutionResults(Results):
    """What it answered."""

    execution: str = Field(description="ARN of the execution.")
    output: str = Field(description="Its output, JSON.")


_MACHINE = "arn:aws:states:us-west-2:111122223333:stateMachine:warm-up"
_NAME = "21f7f8de-8051-5b89-8680-0195ef798b6a"
_RUN = f"arn:aws:states:us-west-2:111122223333:execution:warm-up:{_NAME}"


def _runs(*states: str) -> Call:
    found = [
        {"executionArn": _RUN, "stateMachineArn": _MACHINE, "name": _NAME, "status": state, "startDate": NOON}
        for state in states
    ]
    return Call("stepfunctions", "list_executions", {"executions": found})


def _run(status: str) -> Call:
    found = {"executionArn": _RUN, "stateMachineArn": _MACHINE, "status": status, "startDate": NOON, "output": "{}"}
    return Call("stepfunctions", "describe_execution", found)


_LOOK = {"stateMachineArn": _MACHINE, "name": "warm-up", "status": "ACTIVE", "definition": "{}", "type": "STANDARD",
         "roleArn": "arn:aws:iam::111122223333:role/sfn", "creationDate": NOON}  # fmt: skip


@action(
    "stepfunctions.start_execution",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.TOKEN,
    permissions=(
        "states:DescribeStateMachine",
        "states:ListExecutions",
        "states:StartExecution",
        "states:DescribeExecution",
    ),
    irreversible=told("What the state machine did is its own affair; start the one that takes it back."),
    typical=timedelta(minutes=5),
    settle=LISTED,
    by_hand=later("Step Functions console in {region}, {state_machine}, Executions"),
    rehearsal=followed(
        {"region": "us-west-2", "state_machine": _MACHINE, "input": {"tasks": 24}},
        source=(Call("stepfunctions", "describe_state_machine", _LOOK),),
        known=(_runs(),),
        send=(Call("stepfunctions", "start_execution", {"executionArn": _RUN, "startDate": NOON}),),
        way=(_runs("RUNNING"), _run("RUNNING"), _runs("SUCCEEDED"), _run("SUCCEEDED")),
    ),
)
class StartExecution(Job[StartExecutionParams]):
    """Start it under our token as its name, then follow it."""

    Params = StartExecutionParams
    Results = StartExecutionResults
    ready = frozenset({"SUCCEEDED"})
    dead = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})
    mend = told("open the execution in Step Functions")

    def called(self, params: StartExecutionParams) -> str:
        return short(params.state_machine)

    def source(self, aws: Reads, params: StartExecutionParams) -> Look:
        client: SFNClient = aws.reader("stepfunctions", params.region)
        try:
            found = client.describe_state_machine(stateMachineArn=params.state_machine)
        except client.exceptions.StateMachineDoesNotExist:
            gone = told(
                "State machine {called} is not in {region}; correct the ARN.",
                called=self.called(params),
                region=params.region,
            )
            return blocked(gone, params.state_machine)
        if found["type"] != "STANDARD":
            return blocked(
                told("{name} is an express state machine; use a standard one.", name=found["name"]),
                params.state_machine,
            )
        return Look(state="ready", change=told("run {name}", name=found["name"]), targets=(params.state_machine,))

    def jobs(self, aws: Reads, params: StartExecutionParams) -> list[Thing]:
        client: SFNClient = aws.reader("stepfunctions", params.region)
        listed = client.list_executions(stateMachineArn=params.state_machine, maxResults=1000)["executions"]
        ours = [each for each in newest_first(listed, "startDate") if _is_token(each["name"])]
        return [Thing(id=each["executionArn"], state=each["status"]) for each in ours]

    def detail(self, aws: Reads, params: StartExecutionParams, job: Thing) -> Thing:
        client: SFNClient = aws.reader("stepfunctions", params.region)
        found = client.describe_execution(executionArn=job.id)
        note = ": ".join(filter(None, [found.get("error", ""), found.get("cause", "")]))
        results: dict[str, JsonValue] = {"execution": job.id, "output": found.get("output", "")}
        return Thing(id=job.id, state=found["status"], note=note, results=results)

    def execute(self, aws: Aws, params: StartExecutionParams, token: str) -> None:
        client: SFNClient = aws.writer("stepfunctions", params.region)
        client.start_execution(
            stateMachineArn=params.state_machine,
            name=self.fresh(self.jobs(aws, params), token),
            input=json.dumps(params.input),
        )


def _is_token(name: str) -> bool:
    """Whether an execution was started by a run of ours; schedules and people give other names."""
    try:
        return UUID(name).version == 5
    except ValueError:
        return False
