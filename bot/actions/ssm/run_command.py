"""Run a command on instances through Systems Manager, and wait until it has ended on all of them.

When to reach for it: something on the machines themselves has to be done: restart a service, switch a configuration,
flush a cache.

What bites: Run Command has no token and would run twice, so the command carries ours in its comment and is looked for
before it is sent. Instances whose agent is not online are refused. A command that fails on one instance fails the
step; what it did on the others stays.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field, JsonValue

from bot.actions.answers import blocked, every
from bot.actions.base import Call, Params, Results, action
from bot.actions.rehearsing import NOON
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told, told_n
from bot.model.action import Idempotency, Look, Risk
from bot.model.base import Duration
from bot.model.errors import AlreadyThere
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class RunCommandParams(Params):
    """What, where."""

    instances: tuple[str, ...] = Field(min_length=1, max_length=50, description="Instance ids.")
    commands: tuple[str, ...] = Field(min_length=1, description="Lines to run.", examples=[["systemctl restart api"]])
    document: str = Field(default="AWS-RunShellScript", description="Command document.")
    within: Duration = Field(default=timedelta(minutes=10), description="How long a machine may take to begin.")


class RunCommandResults(Results):
    """What came of it."""

    command: str = Field(description="Command id.")
    done: int = Field(description="Instances on which it has succeeded.")


_ID = "0a1b2c3d-0000-4000-8000-00000000000{}"


def _commands(*states: str) -> Call:
    """Newest first."""
    found = [
        {"CommandId": _ID.format(len(states) - index), "DocumentName": "AWS-RunShellScript", "Status": state,
         "Comment": "dr-bot", "InstanceIds": ["i-0123456789abcdef0"], "RequestedDateTime": NOON, "TargetCount": 1,
         "CompletedCount": 1, "ErrorCount": 0}
        for index, state in enumerate(states)
    ]  # fmt: skip
    return Call("ssm", "list_commands", {"Commands": found})


@action(
    "ssm.run_command",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.READ_BACK,
    permissions=("ssm:DescribeInstanceInformation", "ssm:ListCommands", "ssm:SendCommand"),
    irreversible=told("What the command did stays; run the one that takes it back."),
    typical=timedelta(minutes=1),
    settle=LISTED,
    by_hand=later("Systems Manager console in {region}, Run Command, Command history"),
    rehearsal=followed(
        {"region": "us-west-2", "instances": ["i-0123456789abcdef0"], "commands": ["systemctl restart api"]},
        source=(
            Call(
                "ssm",
                "describe_instance_information",
                {"InstanceInformationList": [{"InstanceId": "i-0123456789abcdef0", "PingStatus": "Online"}]},
            ),
        ),
        known=(_commands("Success"),),
        send=(Call("ssm", "send_command", {}),),
        way=(_commands("InProgress", "Success"), _commands("Success", "Success")),
    ),
)
class RunCommand(Job[RunCommandParams]):
    """Send it under our token, then follow it."""

    Params = RunCommandParams
    Results = RunCommandResults
    ready = frozenset({"Success"})
    dead = frozenset({"Failed", "Cancelled", "TimedOut", "Cancelling", "AccessDenied", "RateExceeded"})
    every = timedelta(seconds=3)
    mend = told("read its output in Systems Manager")

    def called(self, params: RunCommandParams) -> str:
        return told_n(
            "“{commands}” on {count} instance",
            "“{commands}” on {count} instances",
            len(params.instances),
            commands=params.commands[0],
        )

    def source(self, aws: Reads, params: RunCommandParams) -> Look:
        ssm: SSMClient = aws.reader("ssm", params.region)
        named = [{"Key": "InstanceIds", "Values": list(params.instances)}]
        listed = every(ssm, "describe_instance_information", "InstanceInformationList", Filters=named)
        online = {each.get("InstanceId") for each in listed if each.get("PingStatus") == "Online"}
        away = [each for each in params.instances if each not in online]
        if away:
            return blocked(
                told("The agent of {away} is not online; start it, or leave them out.", away=", ".join(away)), *away
            )
        return Look(state="ready", change=told("run {called}", called=self.called(params)), targets=params.instances)

    def jobs(self, aws: Reads, params: RunCommandParams) -> list[Thing]:
        return _things(_listed(aws, params), params)

    def execute(self, aws: Aws, params: RunCommandParams, token: str) -> None:
        listed = _listed(aws, params)
        mark = f"dr-bot {self.fresh(_things(listed, params), token)}"
        if any(each.get("Comment") == mark for each in listed):
            raise AlreadyThere(told("The command was sent already; it is not sent twice."))
        ssm: SSMClient = aws.writer("ssm", params.region)
        ssm.send_command(
            InstanceIds=list(params.instances),
            DocumentName=params.document,
            Parameters={"commands": list(params.commands)},
            Comment=mark,
            TimeoutSeconds=max(30, round(params.within.total_seconds())),
        )


def _listed(aws: Reads, params: RunCommandParams) -> list[Any]:
    """What was sent with this document in the last week, newest first."""
    ssm: SSMClient = aws.reader("ssm", params.region)
    since = f"{aws.now() - timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
    filters = [{"key": "DocumentName", "value": params.document}, {"key": "InvokedAfter", "value": since}]
    return every(ssm, "list_commands", "Commands", Filters=filters)


def _things(listed: list[Any], params: RunCommandParams) -> list[Thing]:
    """Those that a run of ours sent to these instances."""
    return [
        Thing(
            id=each.get("CommandId", ""),
            state=str(each.get("Status", "")),
            note=told(
                "{completed_count} of {target_count} done",
                completed_count=each.get("CompletedCount", 0),
                target_count=each.get("TargetCount", 0),
            ),
            results=_results(each.get("CommandId", ""), each.get("CompletedCount", 0) - each.get("ErrorCount", 0)),
        )
        for each in listed
        if each.get("Comment", "").startswith("dr-bot") and set(each.get("InstanceIds", [])) == set(params.instances)
    ]


def _results(command: str, done: int) -> dict[str, JsonValue]:
    return {"command": command, "done": done}
