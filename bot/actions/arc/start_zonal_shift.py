"""Move a load balancer's traffic away from one Availability Zone.

When to reach for it: one zone is sick and the region is not. The shift ends by itself after `expires_in`; rolling back
cancels it.

What bites: the remaining zones must carry the load, so scale first. Only resources that are registered with zonal
shift can be moved. A second shift on the same resource is refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked, short
from bot.actions.base import Action, Call, Params, Results, action
from bot.actions.rehearsing import NOON
from bot.actions.shapes import rehearsed
from bot.language import told
from bot.model.action import Before, Finding, Idempotency, Look, NotStarted, Observation, Risk, Settled
from bot.model.base import Duration
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_arc_zonal_shift import ARCZonalShiftClient


class StartZonalShiftParams(Params):
    """What to move, away from where, for how long."""

    resource: str = Field(description="ARN of the load balancer or Auto Scaling group.")
    away_from: str = Field(description="Zone id, as in `usw2-az1`.", pattern=r"^[a-z0-9]+-az[0-9]$")
    expires_in: Duration = Field(
        default=timedelta(hours=6),
        ge=timedelta(minutes=1),
        le=timedelta(hours=72),
        description="When it ends by itself; at most 72 h.",
    )


class StartZonalShiftResults(Results):
    """The shift."""

    shift: str = Field(description="Id of the zonal shift.")


_LB = "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/app/orders/0a1b2c3d"
_SHIFT = {"zonalShiftId": "9f8e7d6c-0000-4000-8000-000000000000", "resourceIdentifier": _LB, "awayFrom": "usw2-az1",
          "expiryTime": NOON, "startTime": NOON, "comment": "dr-bot"}  # fmt: skip


def _shifts(*statuses: str) -> Call:
    return Call("arc-zonal-shift", "list_zonal_shifts", {"items": [{**_SHIFT, "status": each} for each in statuses]})


@action(
    "arc.start_zonal_shift",
    risk=Risk.DISRUPTIVE,
    idempotency=Idempotency.READ_BACK,
    permissions=(
        "arc-zonal-shift:ListZonalShifts",
        "arc-zonal-shift:GetManagedResource",
        "arc-zonal-shift:StartZonalShift",
        "arc-zonal-shift:CancelZonalShift",
    ),
    typical=timedelta(minutes=2),
    by_hand="aws arc-zonal-shift list-zonal-shifts --region {region} --status ACTIVE",
    taken_back=told("It ends by itself; end it earlier with aws arc-zonal-shift cancel-zonal-shift."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "resource": _LB, "away_from": "usw2-az1"},
        none=(_shifts(),),
        source=(Call("arc-zonal-shift", "get_managed_resource", {"appliedWeights": {"usw2-az1": 1, "usw2-az2": 1},
                                                                 "zonalShifts": []}),),
        send=(Call("arc-zonal-shift", "start_zonal_shift", {**_SHIFT, "status": "ACTIVE"}),),
        way=(_shifts("ACTIVE"),),
        undo=(_shifts("ACTIVE"), Call("arc-zonal-shift", "cancel_zonal_shift", {**_SHIFT, "status": "CANCELED"}),
              _shifts()),
    ),
)  # fmt: skip
class StartZonalShift(Action[StartZonalShiftParams]):
    """Start it; it is in force as soon as it is listed as active."""

    Params = StartZonalShiftParams
    Results = StartZonalShiftResults

    def preflight(self, aws: Reads, params: StartZonalShiftParams) -> Look:
        name = short(params.resource)
        if _active(aws, params):
            moved = told("{name} is shifted away from {away_from}", name=name, away_from=params.away_from)
            return Look(state="already_done", change=moved, targets=(params.resource,))
        client: ARCZonalShiftClient = aws.reader("arc-zonal-shift", params.region)
        try:
            weights = client.get_managed_resource(resourceIdentifier=params.resource)["appliedWeights"]
        except client.exceptions.ResourceNotFoundException:
            return blocked(
                told("{name} is not registered with zonal shift; enable it there first.", name=name), params.resource
            )
        left = [zone for zone, weight in weights.items() if weight > 0 and zone != params.away_from]
        if not left:
            return blocked(
                told("{name} has no other zone that takes traffic; nothing would be left.", name=name), params.resource
            )
        load = Finding(text=told("{left} must carry the whole load.", left=", ".join(left)))
        change = told("{name} away from {away_from}", name=name, away_from=params.away_from)
        return Look(state="ready", change=change, findings=(load,), targets=(params.resource,))

    def execute(self, aws: Aws, params: StartZonalShiftParams, token: str) -> None:
        client: ARCZonalShiftClient = aws.writer("arc-zonal-shift", params.region)
        client.start_zonal_shift(
            resourceIdentifier=params.resource,
            awayFrom=params.away_from,
            expiresIn=f"{max(1, round(params.expires_in.total_seconds() / 60))}m",
            comment=f"dr-bot {token}",
        )

    def verify(self, aws: Reads, params: StartZonalShiftParams, before: Before) -> Observation:
        shift, name = _active(aws, params), short(params.resource)
        if not shift:
            return NotStarted(seen=told("{name} takes traffic in {away_from}", name=name, away_from=params.away_from))
        return Settled(
            seen=told("{name} is shifted away from {away_from}", name=name, away_from=params.away_from),
            results={"shift": shift},
        )

    def rollback(self, aws: Aws, params: StartZonalShiftParams, before: Before, token: str) -> None:
        if shift := _active(aws, params):
            client: ARCZonalShiftClient = aws.writer("arc-zonal-shift", params.region)
            client.cancel_zonal_shift(zonalShiftId=shift)

    def undone(self, aws: Reads, params: StartZonalShiftParams, before: Before) -> Observation:
        if _active(aws, params):
            return NotStarted(
                seen=told(
                    "{resource} is still shifted away from {away_from}",
                    resource=short(params.resource),
                    away_from=params.away_from,
                )
            )
        return Settled(seen=told("{resource} is shifted nowhere", resource=short(params.resource)))


def _active(aws: Reads, params: StartZonalShiftParams) -> str:
    """The id of the shift; empty when there is none. AWS's own practice runs and autoshifts end when AWS likes."""
    client: ARCZonalShiftClient = aws.reader("arc-zonal-shift", params.region)
    listed = client.list_zonal_shifts(status="ACTIVE", resourceIdentifier=params.resource)["items"]
    ours = (each for each in listed if each.get("shiftType", "ZONAL_SHIFT") == "ZONAL_SHIFT")
    return next((each["zonalShiftId"] for each in ours if each["awayFrom"] == params.away_from), "")
