"""What the rehearsal cannot show: which of several reservations of one name is cancelled."""

from __future__ import annotations

from bot.actions.base import Call
from bot.actions.ec2.reserve_capacity import ReserveCapacity, ReserveCapacityParams
from tests.actions.scripted import play

PARAMS = ReserveCapacityParams(
    region="us-west-2", name="orders-dr", instance_type="m6i.xlarge", zone="us-west-2a", count=8
)
FOUND = [
    {"CapacityReservationId": f"cr-{at}", "TotalInstanceCount": 8, "State": "active", "CreateDate": f"{at}-01-01"}
    for at in ("2025", "2026")
]


def test_the_way_back_cancels_the_newest() -> None:
    """An older one of that name is somebody else's."""
    listed = Call("ec2", "describe_capacity_reservations", {"CapacityReservations": FOUND})
    aws = play([listed, Call("ec2", "cancel_capacity_reservation", {"Return": True})])

    ReserveCapacity().rollback(aws, PARAMS, {"count": 8}, "token")

    assert aws.parameters("cancel_capacity_reservation")["CapacityReservationId"] == "cr-2026"
