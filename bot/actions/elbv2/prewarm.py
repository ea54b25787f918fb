"""Reserve capacity units of a load balancer, so that it takes the whole load the moment traffic moves.

When to reach for it: a standby's load balancer has seen no traffic; it grows by itself, but over minutes.

What bites: it costs while it is reserved, and AWS limits how often it may be lowered in a day. Zero gives it back.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import refusal
from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told, told_n
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


class PrewarmParams(Params):
    """Which load balancer, how much."""

    load_balancer: str = Field(description="Load balancer ARN.")
    units: int = Field(description="Load balancer capacity units; 0 for no reservation.", ge=0)


class Units(Frozen):
    """Capacity units reserved."""

    count: int

    def __str__(self) -> str:
        return told_n("{count} unit reserved", "{count} units reserved", self.count)


_ARN = "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/app/orders/1234567890abcdef"
_MODIFY = Call("elbv2", "modify_capacity_reservation", {})


def _units(count: int, state: str = "provisioned") -> Call:
    reply: dict[str, Any] = {
        "MinimumLoadBalancerCapacity": {"CapacityUnits": count},
        "CapacityReservationState": [{"State": {"Code": state}, "AvailabilityZone": "us-west-2a"}],
    }
    return Call("elbv2", "describe_capacity_reservation", reply if count else {})


@action(
    "elbv2.prewarm",
    risk=Risk.REVERSIBLE,
    costs=told("the reserved capacity of the load balancer"),
    permissions=(
        "elasticloadbalancing:DescribeCapacityReservation",
        "elasticloadbalancing:ModifyCapacityReservation",
    ),
    typical=timedelta(minutes=5),
    by_hand="aws elbv2 describe-capacity-reservation --region {region} --load-balancer-arn {load_balancer}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "load_balancer": _ARN, "units": 1000},
        was=_units(0), put=_MODIFY, moving=_units(1000, "pending"), now=_units(1000), back=_MODIFY,
    ),
)  # fmt: skip
class Prewarm(Setting[PrewarmParams, Units]):
    """Set or reset the reservation and wait until every zone has it."""

    Params = PrewarmParams
    State = Units

    def look(self, aws: Reads, params: PrewarmParams) -> Seen[Units]:
        elbv2: ElasticLoadBalancingv2Client = aws.reader("elbv2", params.region)
        name = params.load_balancer.split("/")[-2]
        try:
            found = elbv2.describe_capacity_reservation(LoadBalancerArn=params.load_balancer)
        except refusal("LoadBalancerNotFound*"):
            raise StepBroke(
                told("Load balancer {name} is not in {region}; correct the ARN.", name=name, region=params.region)
            ) from None
        states = [each.get("State", {}) for each in found.get("CapacityReservationState", [])]
        failed = [each.get("Reason", "") for each in states if each.get("Code") == "failed"]
        if failed:
            raise StepBroke(
                told("{name} cannot be pre-warmed ({failed}); ask for fewer units.", name=name, failed=failed[0])
            )
        waiting = [str(each.get("Code")) for each in states if each.get("Code") not in ("provisioned", None)]
        units = found.get("MinimumLoadBalancerCapacity", {}).get("CapacityUnits", 0)
        return Seen(
            name=name,
            target=params.load_balancer,
            state=Units(count=units),
            moving=waiting[0] if waiting and units else "",
        )

    def wanted(self, params: PrewarmParams, now: Units) -> Units:
        return Units(count=params.units)

    def put(self, aws: Aws, params: PrewarmParams, seen: Seen[Units], state: Units, token: str) -> None:
        elbv2: ElasticLoadBalancingv2Client = aws.writer("elbv2", params.region)
        if state.count:
            elbv2.modify_capacity_reservation(
                LoadBalancerArn=params.load_balancer, MinimumLoadBalancerCapacity={"CapacityUnits": state.count}
            )
        else:
            elbv2.modify_capacity_reservation(LoadBalancerArn=params.load_balancer, ResetCapacityReservation=True)
