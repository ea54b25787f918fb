"""Count the reserved EC2 capacity that is free for a recovery.

When to reach for it: before launching in a rush; what is reserved and free will launch.

What bites: a reservation holds one type in one zone, and instances must match its platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import every
from bot.actions.assessing import looked
from bot.actions.base import Call, Check, Params, Results, action
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class CapacityReservationsParams(Params):
    """Of which type, where."""

    instance_type: str = Field(description="Instance type.", examples=["m6i.xlarge"])
    zone: str | None = Field(default=None, description="Availability Zone; the whole region without it.")


class CapacityReservationsResults(Results):
    """What is reserved."""

    available: int = Field(description="Instances that may still launch in reservations.")
    total: int = Field(description="Instances reserved.")


@action(
    "ec2.capacity_reservations",
    risk=Risk.READ,
    measures="available",
    permissions=("ec2:DescribeCapacityReservations",),
    rehearsal=looked(
        {"instance_type": "m6i.xlarge"},
        Call(
            "ec2",
            "describe_capacity_reservations",
            {"CapacityReservations": [{"AvailableInstanceCount": 6, "TotalInstanceCount": 8, "State": "active"}]},
        ),
    ),
)
class CapacityReservations(Check[CapacityReservationsParams]):
    """Free and total, of active reservations."""

    Params = CapacityReservationsParams
    Results = CapacityReservationsResults

    def verify(self, aws: Reads, params: CapacityReservationsParams, before: Before) -> Settled:
        ec2: EC2Client = aws.reader("ec2", params.region)
        wanted = {"instance-type": params.instance_type, "state": "active"}
        if params.zone:
            wanted["availability-zone"] = params.zone
        filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        found = every(ec2, "describe_capacity_reservations", "CapacityReservations", Filters=filters)
        free = sum(each.get("AvailableInstanceCount", 0) for each in found)
        total = sum(each.get("TotalInstanceCount", 0) for each in found)
        return Settled(
            seen=told(
                "{free} of {total} reserved {instance_type} are free",
                free=free,
                total=total,
                instance_type=params.instance_type,
            ),
            results={"available": free, "total": total},
        )
