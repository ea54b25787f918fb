"""What the rehearsal cannot show: a state machine that others start as well."""

from __future__ import annotations

from datetime import timedelta
from uuid import NAMESPACE_OID, uuid4, uuid5

from bot.actions.base import Call
from bot.actions.stepfunctions.start_execution import StartExecution, StartExecutionParams
from bot.model.action import NotStarted
from tests.actions.scripted import NOON, play

MACHINE = "arn:aws:states:us-west-2:111122223333:stateMachine:warm-up"
PARAMS = StartExecutionParams(region="us-west-2", state_machine=MACHINE)
TOKEN = str(uuid5(NAMESPACE_OID, "run/step"))


def executions(*names: str, status: str = "SUCCEEDED") -> Call:
    """Each a minute younger than the one before."""
    found = [
        {"executionArn": f"arn:{name}", "stateMachineArn": MACHINE, "name": name, "status": status,
         "startDate": NOON + timedelta(minutes=minute)}
        for minute, name in enumerate(names)
    ]  # fmt: skip
    return Call("stepfunctions", "list_executions", {"executions": found})


def test_an_execution_of_a_schedule_is_not_ours() -> None:
    """It succeeds, and the step that never started would be called done."""
    others = executions(f"{uuid4()}_{uuid4()}", str(uuid4()), "nightly")

    assert isinstance(StartExecution().verify(play([others]), PARAMS, {"known": []}), NotStarted)


def test_the_failure_of_another_execution_leaves_our_name_alone() -> None:
    """Under another name a call in doubt would start a second execution."""
    aws = play([executions("nightly", status="FAILED"), Call("stepfunctions", "start_execution",
                {"executionArn": "arn:ours", "startDate": NOON})])  # fmt: skip

    StartExecution().execute(aws, PARAMS, TOKEN)

    assert aws.parameters("start_execution")["name"] == TOKEN


def test_ours_is_the_newest_by_its_start() -> None:
    """Step Functions sorts what has ended by its end."""
    second = str(uuid5(NAMESPACE_OID, "another"))

    jobs = StartExecution().jobs(play([executions(TOKEN, second)]), PARAMS)

    assert [job.id for job in jobs] == [f"arn:{second}", f"arn:{TOKEN}"]
