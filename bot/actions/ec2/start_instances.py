"""Start EC2 instances that are kept stopped in the recovery region.

When to reach for it: a pilot light whose servers are installed but not running.

What bites: AWS may have no capacity for them in a regional rush; a capacity reservation avoids that. Public addresses
change unless they are elastic. Undo stops those that this step started.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import refusal
from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class StartInstancesParams(Params):
    """Which instances."""

    instances: tuple[str, ...] = Field(
        description="Instance ids.", min_length=1, max_length=100, examples=[["i-0123456789abcdef0"]]
    )


class Up(Frozen):
    """Those of the instances that run, sorted."""

    running: tuple[str, ...]

    def __str__(self) -> str:
        return told("{count} running", count=len(self.running))


def _states(**states: str) -> Call:
    found: list[dict[str, Any]] = [{"InstanceId": f"i-{name}", "State": {"Name": states[name]}} for name in states]
    return Call("ec2", "describe_instances", {"Reservations": [{"Instances": found}]})


@action(
    "ec2.start_instances",
    risk=Risk.REVERSIBLE,
    costs=told("the instances"),
    permissions=("ec2:DescribeInstances", "ec2:StartInstances", "ec2:StopInstances"),
    typical=timedelta(minutes=2),
    by_hand="aws ec2 describe-instances --region {region}",
    taken_back=told("Stop them: aws ec2 stop-instances."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "instances": ["i-1", "i-2"]},
        was=_states(**{"1": "stopped", "2": "running"}), put=Call("ec2", "start_instances", {}),
        moving=_states(**{"1": "pending", "2": "running"}), now=_states(**{"1": "running", "2": "running"}),
        back=Call("ec2", "stop_instances", {}),
    ),
)  # fmt: skip
class StartInstances(Setting[StartInstancesParams, Up]):
    """Start those that are stopped."""

    Params = StartInstancesParams
    State = Up

    def look(self, aws: Reads, params: StartInstancesParams) -> Seen[Up]:
        ec2: EC2Client = aws.reader("ec2", params.region)
        try:
            found = ec2.describe_instances(InstanceIds=list(params.instances))["Reservations"]
        except refusal("InvalidInstanceID*"):
            raise StepBroke(
                told(
                    "Not all of {instances} are in {region}; correct them.",
                    instances=", ".join(params.instances),
                    region=params.region,
                )
            ) from None
        states = {
            each.get("InstanceId", ""): str(each.get("State", {}).get("Name", "unknown"))
            for reservation in found
            for each in reservation.get("Instances", [])
        }
        gone = sorted(name for name, state in states.items() if state in ("terminated", "shutting-down"))
        if gone:
            raise StepBroke(
                told("{gone} are terminated and will not start; correct the runbook.", gone=", ".join(gone))
            )
        going = sorted(f"{name} {state}" for name, state in states.items() if state in ("pending", "stopping"))
        up = tuple(sorted(name for name, state in states.items() if state in ("running", "pending")))
        return Seen(
            name=told("instances"), target=", ".join(params.instances), state=Up(running=up), moving=", ".join(going)
        )

    def wanted(self, params: StartInstancesParams, now: Up) -> Up:
        return Up(running=tuple(sorted({*params.instances})))

    def put(self, aws: Aws, params: StartInstancesParams, seen: Seen[Up], state: Up, token: str) -> None:
        ec2: EC2Client = aws.writer("ec2", params.region)
        more = sorted({*state.running} - {*seen.state.running})
        fewer = sorted({*seen.state.running} - {*state.running})
        if more:
            ec2.start_instances(InstanceIds=more)
        if fewer:
            ec2.stop_instances(InstanceIds=fewer)
