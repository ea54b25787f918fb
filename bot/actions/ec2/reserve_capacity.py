"""Reserve EC2 capacity in one zone, so that what has to launch will find room.

When to reach for it: at the start of a run, before everybody else in the rush; it is also the quickest proof that a
zone has the type at all.

What bites: it costs from the moment it is active, used or not. Undo cancels it; what runs in it goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import every, newest_first
from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told, told_n
from bot.model.action import Idempotency, Risk
from bot.model.base import Frozen
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import InstanceTypeType


class ReserveCapacityParams(Params):
    """What to reserve, under which name."""

    name: str = Field(description="Name tag, by which it is found again.", examples=["orders-dr"])
    instance_type: str = Field(description="Instance type.", examples=["m6i.xlarge"])
    zone: str = Field(description="Availability Zone.", examples=["us-west-2a"])
    count: int = Field(description="Instances.", ge=1)
    platform: str = Field(default="Linux/UNIX", description="Operating system, as EC2 names it.")


class ReserveCapacityResults(Results):
    """The reservation."""

    reservation: str = Field(description="Its id.")


class Reserved(Frozen):
    """How many instances are reserved under our name."""

    count: int

    def __str__(self) -> str:
        return told_n("{count} instance reserved", "{count} instances reserved", self.count)


def _found(*counts: int) -> Call:
    found: list[dict[str, Any]] = [
        {"CapacityReservationId": "cr-1", "TotalInstanceCount": count, "State": "active"} for count in counts
    ]
    return Call("ec2", "describe_capacity_reservations", {"CapacityReservations": found})


@action(
    "ec2.reserve_capacity",
    risk=Risk.REVERSIBLE,
    costs=told("the reserved capacity, used or not"),
    idempotency=Idempotency.TOKEN,
    implied=("ec2:CreateTags",),
    permissions=(
        "ec2:DescribeCapacityReservations",
        "ec2:CreateCapacityReservation",
        "ec2:CancelCapacityReservation",
    ),
    by_hand="aws ec2 describe-capacity-reservations --region {region} --filters Name=tag:Name,Values={name}",
    taken_back=told("Cancel it with ec2.cancel_capacity_reservation."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "name": "orders-dr", "instance_type": "m6i.xlarge", "zone": "us-west-2a", "count": 8},
        was=_found(), put=Call("ec2", "create_capacity_reservation", {}), now=_found(8),
        back=Call("ec2", "cancel_capacity_reservation", {}),
    ),
)  # fmt: skip
class ReserveCapacity(Setting[ReserveCapacityParams, Reserved]):
    """Reserve under a name; cancel what bears it."""

    Params = ReserveCapacityParams
    Results = ReserveCapacityResults
    State = Reserved

    def look(self, aws: Reads, params: ReserveCapacityParams) -> Seen[Reserved]:
        ec2: EC2Client = aws.reader("ec2", params.region)
        wanted = {"tag:Name": params.name, "instance-type": params.instance_type, "availability-zone": params.zone}
        filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
        found = every(ec2, "describe_capacity_reservations", "CapacityReservations", Filters=filters)
        # Ours, if any, is the newest.
        live = [each for each in newest_first(found, "CreateDate") if each.get("State") in ("active", "pending")]
        ids = [each.get("CapacityReservationId", "") for each in live]
        return Seen(
            name=told(
                "{name} ({instance_type} in {zone})",
                name=params.name,
                instance_type=params.instance_type,
                zone=params.zone,
            ),
            target=params.name,
            state=Reserved(count=sum(each.get("TotalInstanceCount", 0) for each in live)),
            moving="pending" if any(each.get("State") == "pending" for each in live) else "",
            results={"reservation": ids[0] if ids else ""},
            whole=ids,
        )

    def wanted(self, params: ReserveCapacityParams, now: Reserved) -> Reserved:
        return Reserved(count=max(now.count, params.count))

    def put(self, aws: Aws, params: ReserveCapacityParams, seen: Seen[Reserved], state: Reserved, token: str) -> None:
        ec2: EC2Client = aws.writer("ec2", params.region)
        if state.count < seen.state.count:
            for reservation in seen.whole[:1]:
                ec2.cancel_capacity_reservation(CapacityReservationId=reservation)
            return
        kind: InstanceTypeType = params.instance_type  # type: ignore[assignment]  # types appear faster than stubs
        platform: Any = params.platform
        ec2.create_capacity_reservation(
            ClientToken=token,
            InstanceType=kind,
            InstancePlatform=platform,
            AvailabilityZone=params.zone,
            InstanceCount=state.count - seen.state.count,
            TagSpecifications=[
                {"ResourceType": "capacity-reservation", "Tags": [{"Key": "Name", "Value": params.name}]}
            ],
        )
