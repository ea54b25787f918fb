"""Remove the instances of an Elastic Disaster Recovery drill.

When to reach for it: the end of a drill; its instances bill until they are gone.

What bites: an instance of a real recovery would be removed just the same, so one that is not marked as a drill is
refused. Protection of the source servers goes on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, every
from bot.actions.base import Action, Call, Params, action
from bot.actions.shapes import rehearsed
from bot.language import later, told, told_n
from bot.model.action import Before, Idempotency, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient

GONE = frozenset({"TERMINATED", "NOT_FOUND"})


class TerminateDrillInstancesParams(Params):
    """Which instances."""

    recovery_instances: tuple[str, ...] = Field(
        min_length=1, max_length=200, description="Recovery instance ids.", examples=[["i-0123456789abcdef0"]]
    )


def _instances(*states: str) -> Call:
    found = [
        {"recoveryInstanceID": "i-0123456789abcdef0", "ec2InstanceState": state, "isDrill": True} for state in states
    ]
    return Call("drs", "describe_recovery_instances", {"items": found})


@action(
    "drs.terminate_drill_instances",
    risk=Risk.DISRUPTIVE,
    owes=False,
    idempotency=Idempotency.READ_BACK,
    permissions=("drs:DescribeRecoveryInstances", "drs:TerminateRecoveryInstances"),
    irreversible=told("The drill's instances are gone; start another drill to get new ones."),
    typical=timedelta(minutes=3),
    by_hand=later("Elastic Disaster Recovery console in {region}, Recovery instances"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "recovery_instances": ["i-0123456789abcdef0"]},
        none=(_instances("RUNNING"),),
        source=(),
        send=(_instances("RUNNING"), Call("drs", "terminate_recovery_instances", {})),
        way=(_instances("SHUTTING-DOWN"), _instances()),
    ),
)
class TerminateDrillInstances(Action[TerminateDrillInstancesParams]):
    """Make sure that they are a drill's, ask for their end, then look until none is left."""

    Params = TerminateDrillInstancesParams

    def preflight(self, aws: Reads, params: TerminateDrillInstancesParams) -> Look:
        try:
            left = _drills(aws, params)
        except StepBroke as real:
            return blocked(real, *params.recovery_instances)
        change = told_n("{count} drill instance → none", "{count} drill instances → none", len(left))
        return Look(state="ready" if left else "already_done", change=change, targets=params.recovery_instances)

    def execute(self, aws: Aws, params: TerminateDrillInstancesParams, token: str) -> None:
        left = [each["recoveryInstanceID"] for each in _drills(aws, params)]  # looked at again: never a real one
        if left:
            drs: DrsClient = aws.writer("drs", params.region)
            drs.terminate_recovery_instances(recoveryInstanceIDs=left)

    def verify(self, aws: Reads, params: TerminateDrillInstancesParams, before: Before) -> Observation:
        states = [str(each.get("ec2InstanceState", "")) for each in _drills(aws, params)]
        if not states:
            return Settled(seen=told("no drill instance is left"))
        seen = told_n(
            "{count} drill instance: {set}",
            "{count} drill instances: {set}",
            len(states),
            set=", ".join(sorted(set(states))),
        )
        return Pending(seen=seen) if set(states) == {"SHUTTING-DOWN"} else NotStarted(seen=seen)


def _drills(aws: Reads, params: TerminateDrillInstancesParams) -> list[Any]:
    """Those that are still there. Raises StepBroke when one of them is not a drill's."""
    drs: DrsClient = aws.reader("drs", params.region)
    wanted = list(params.recovery_instances)
    found = every(drs, "describe_recovery_instances", "items", filters={"recoveryInstanceIDs": wanted})
    real = [each["recoveryInstanceID"] for each in found if not each.get("isDrill")]
    if real:
        raise StepBroke(told("{real} belongs to a real recovery, not to a drill; leave it out.", real=", ".join(real)))
    return [each for each in found if each.get("ec2InstanceState") not in GONE]
