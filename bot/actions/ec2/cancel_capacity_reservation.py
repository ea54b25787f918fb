"""Give a capacity reservation back.

When to reach for it: after a failback or a drill, so that reserved capacity stops costing money.

What bites: the capacity may not be had again when it is needed next. Instances that run in it go on running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked, refusal
from bot.actions.base import Action, Call, Params, action
from bot.actions.shapes import rehearsed
from bot.language import told
from bot.model.action import Before, Look, NotStarted, Observation, Risk, Settled
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

OVER = frozenset({"cancelled", "expired", "failed"})


class CancelCapacityReservationParams(Params):
    """Which reservation."""

    reservation: str = Field(description="Reservation id.", pattern=r"^cr-", examples=["cr-0123456789abcdef0"])


def _reservation(state: str) -> Call:
    found = {"CapacityReservationId": "cr-0a", "State": state, "InstanceType": "m6i.large", "TotalInstanceCount": 4}
    return Call("ec2", "describe_capacity_reservations", {"CapacityReservations": [found]})


@action(
    "ec2.cancel_capacity_reservation",
    risk=Risk.REVERSIBLE,
    owes=False,
    permissions=("ec2:DescribeCapacityReservations", "ec2:CancelCapacityReservation"),
    irreversible=told("Reserve anew with ec2.reserve_capacity, if there is capacity."),
    by_hand="aws ec2 describe-capacity-reservations --region {region} --capacity-reservation-ids {reservation}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "reservation": "cr-0a"},
        none=(_reservation("active"),),
        source=(),
        send=(Call("ec2", "cancel_capacity_reservation", {"Return": True}),),
        way=(_reservation("cancelled"),),
    ),
)
class CancelCapacityReservation(Action[CancelCapacityReservationParams]):
    """Cancel it, then read it back."""

    Params = CancelCapacityReservationParams

    def preflight(self, aws: Reads, params: CancelCapacityReservationParams) -> Look:
        state, what = _read(aws, params)
        if not state:
            return blocked(
                told(
                    "{reservation} is not in {region}; correct the id.",
                    reservation=params.reservation,
                    region=params.region,
                ),
                params.reservation,
            )
        done = state in OVER
        change = told(
            "{reservation} ({what}): {state} → cancelled", reservation=params.reservation, what=what, state=state
        )
        return Look(state="already_done" if done else "ready", change=change, targets=(params.reservation,))

    def execute(self, aws: Aws, params: CancelCapacityReservationParams, token: str) -> None:
        ec2: EC2Client = aws.writer("ec2", params.region)
        ec2.cancel_capacity_reservation(CapacityReservationId=params.reservation)

    def verify(self, aws: Reads, params: CancelCapacityReservationParams, before: Before) -> Observation:
        state, _ = _read(aws, params)
        seen = told("{reservation} is {state}", reservation=params.reservation, state=state or told("gone"))
        return Settled(seen=seen) if state in OVER or not state else NotStarted(seen=seen)


def _read(aws: Reads, params: CancelCapacityReservationParams) -> tuple[str, str]:
    """The state, and what is reserved; empty when there is no such reservation."""
    ec2: EC2Client = aws.reader("ec2", params.region)
    try:
        found = ec2.describe_capacity_reservations(CapacityReservationIds=[params.reservation])["CapacityReservations"]
    except refusal("*NotFound*"):
        return "", ""
    if not found:
        return "", ""
    return str(found[0].get("State", "")), f"{found[0].get('TotalInstanceCount')} {found[0].get('InstanceType')}"
