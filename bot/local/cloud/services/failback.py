"""Elastic Disaster Recovery after a recovery: what was launched, turned around, and removed.

An id that begins with `i-d` belongs to a drill, one with `0000` to nothing; every other one to a real recovery.
"""

from __future__ import annotations

from bot.local.cloud.errors import AwsError
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services.jobs import ENDS, STARTS, Row, passing, rows
from bot.local.cloud.wire import Call


@operation("drs", "DescribeRecoveryInstances")
def describe_recovery_instances(call: Call) -> Answer:
    wanted = call.params.get("filters", {}).get("recoveryInstanceIDs", [])
    return {"items": [launched(call, each) for each in wanted if "0000" not in each]}


@operation("drs", "ReverseReplication")
def reverse_replication(call: Call) -> Answer:
    """Refused once it has begun, as AWS does."""
    row = launched(call, call.params["recoveryInstanceID"])
    if row["failback"]["state"] != "FAILBACK_NOT_STARTED":
        raise AwsError("ConflictException", "The recovery instance is being failed back.", status=409)
    row["failback"] = {"state": "FAILBACK_IN_PROGRESS"}
    passing(call, row, (ENDS, {"failback": {"state": "FAILBACK_READY_FOR_LAUNCH"}}))
    return {"reversedDirectionSourceServerArn": f"arn:aws:drs:{call.region}::source-server/s-0123456789abcdef0"}


@operation("drs", "TerminateRecoveryInstances")
def terminate_recovery_instances(call: Call) -> Answer:
    for name in call.params["recoveryInstanceIDs"]:
        row = launched(call, name)
        if row["ec2InstanceState"] != "RUNNING":
            raise AwsError("ConflictException", f"{name} is {row['ec2InstanceState']}.", status=409)
        row["ec2InstanceState"] = "SHUTTING-DOWN"
        passing(call, row, (STARTS, {"ec2InstanceState": "TERMINATED"}))
    return {"job": {"jobID": "drsjob-0123456789abcdef0", "type": "TERMINATE", "status": "PENDING"}}


def launched(call: Call, name: str) -> Row:
    first: Row = {
        "recoveryInstanceID": name,
        "ec2InstanceState": "RUNNING",
        "isDrill": name.startswith("i-d"),
        "failback": {"state": "FAILBACK_NOT_STARTED"},
    }
    return rows(call, "launched").setdefault(name, first)
