"""Turn Elastic Disaster Recovery around: replicate a recovered server back to where it came from.

When to reach for it: the first half of a failback, when the old region is healthy again and the recovered servers
serve. When replication is continuous, a recovery in the other direction brings them back.

What bites: the first sync moves everything (a day for a terabyte and a half). A repeat is refused, and the look finds
the reversal. Only servers recovered from AWS can be turned around.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Results, action
from bot.actions.shapes import rehearsed
from bot.language import later, told
from bot.model.action import Before, Idempotency, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient

UNTOUCHED = ("", "FAILBACK_NOT_STARTED")


class ReverseReplicationParams(Params):
    """Which recovered server."""

    recovery_instance: str = Field(description="Recovery instance id.", examples=["i-0123456789abcdef0"])


class ReverseReplicationResults(Results):
    """How far it is."""

    state: str = Field(description="State of the failback.")


def _instance(failback: str, state: str = "RUNNING") -> Call:
    found = {"recoveryInstanceID": "i-0123456789abcdef0", "ec2InstanceState": state, "failback": {"state": failback}}
    return Call("drs", "describe_recovery_instances", {"items": [found]})


@action(
    "drs.reverse_replication",
    risk=Risk.REVERSIBLE,
    owes=False,
    idempotency=Idempotency.READ_BACK,
    permissions=("drs:DescribeRecoveryInstances", "drs:ReverseReplication"),
    irreversible=told(
        "Stop the failback in Elastic Disaster Recovery; the recovered server goes on serving meanwhile."
    ),
    typical=timedelta(hours=6),
    by_hand=later("Elastic Disaster Recovery console in {region}, Recovery instances, {recovery_instance}"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "recovery_instance": "i-0123456789abcdef0"},
        none=(_instance("FAILBACK_NOT_STARTED"),),
        source=(),
        send=(Call("drs", "reverse_replication", {}),),
        way=(_instance("FAILBACK_IN_PROGRESS"), _instance("FAILBACK_READY_FOR_LAUNCH")),
    ),
)
class ReverseReplication(Action[ReverseReplicationParams]):
    """Turn it around, then watch until it is ready to be launched."""

    Params = ReverseReplicationParams
    Results = ReverseReplicationResults

    def preflight(self, aws: Reads, params: ReverseReplicationParams) -> Look:
        target = params.recovery_instance
        try:
            found = _read(aws, params)
        except StepBroke as missing:
            return blocked(missing, target)
        if found.get("ec2InstanceState") != "RUNNING":
            return blocked(
                told(
                    "{target} is {ec2instance_state}; it must be running.",
                    target=target,
                    ec2instance_state=found.get("ec2InstanceState"),
                ),
                target,
            )
        state = _state(found)
        if state in UNTOUCHED:
            return Look(
                state="ready", change=told("replicate {target} back to its source", target=target), targets=(target,)
            )
        return Look(
            state="already_done", change=told("{target}: {state}", target=target, state=state), targets=(target,)
        )

    def execute(self, aws: Aws, params: ReverseReplicationParams, token: str) -> None:
        drs: DrsClient = aws.writer("drs", params.region)
        drs.reverse_replication(recoveryInstanceID=params.recovery_instance)

    def verify(self, aws: Reads, params: ReverseReplicationParams, before: Before) -> Observation:
        state = _state(_read(aws, params))
        seen = told(
            "{recovery_instance}: {state}",
            recovery_instance=params.recovery_instance,
            state=state or told("no failback"),
        )
        if state in UNTOUCHED:
            return NotStarted(seen=seen)
        if "ERROR" in state:
            raise StepBroke(
                told("{seen}; open the recovery instance in Elastic Disaster Recovery, then retry.", seen=seen)
            )
        if state in ("FAILBACK_READY_FOR_LAUNCH", "FAILBACK_COMPLETED"):
            return Settled(seen=seen, results={"state": state})
        return Pending(seen=seen, look_again=timedelta(minutes=1))


def _state(found: Any) -> str:
    return str(found.get("failback", {}).get("state", ""))


def _read(aws: Reads, params: ReverseReplicationParams) -> Any:
    drs: DrsClient = aws.reader("drs", params.region)
    listed = drs.describe_recovery_instances(filters={"recoveryInstanceIDs": [params.recovery_instance]})["items"]
    if not listed:
        raise StepBroke(
            told(
                "{recovery_instance} is no recovery instance in {region}; correct the id.",
                recovery_instance=params.recovery_instance,
                region=params.region,
            )
        )
    return listed[0]
