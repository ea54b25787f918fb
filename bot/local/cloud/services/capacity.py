"""Capacity that is reserved: EC2 capacity reservations and load balancer capacity units.

Sources: the API references of CreateCapacityReservation and of ModifyCapacityReservation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call
from bot.local.cloud.world import ACCOUNT

WARM_SECONDS = 5.0
DECREASES_A_DAY = 2


@dataclass
class Reservations:
    """EC2's, by region and id; load balancers' by ARN."""

    ec2: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    balancers: dict[str, dict[str, Any]] = field(default_factory=dict)


@operation("ec2", "CreateCapacityReservation")
def create(call: Call) -> Answer:
    wanted, shelf = call.params, call.world.shelf(Reservations)
    name = f"cr-{len(shelf.ec2) + 1:017x}"
    tags = [tag for spec in wanted.get("TagSpecifications", []) for tag in spec.get("Tags", [])]
    made = {
        "CapacityReservationId": name,
        "CapacityReservationArn": f"arn:aws:ec2:{call.region}:{ACCOUNT}:capacity-reservation/{name}",
        "OwnerId": ACCOUNT,
        "InstanceType": wanted["InstanceType"],
        "InstancePlatform": wanted["InstancePlatform"],
        "AvailabilityZone": wanted.get("AvailabilityZone", f"{call.region}a"),
        "TotalInstanceCount": int(wanted["InstanceCount"]),
        "AvailableInstanceCount": int(wanted["InstanceCount"]),
        "State": "active",
        "CreateDate": call.world.now(),
        "Tags": tags,
    }
    shelf.ec2[call.region, name] = made
    return {"CapacityReservation": made}


@operation("ec2", "DescribeCapacityReservations")
def describe(call: Call) -> Answer:
    asked = call.params.get("CapacityReservationIds")
    wanted = {each["Name"]: each["Values"] for each in call.params.get("Filters", [])}
    here = [each for (region, _), each in call.world.shelf(Reservations).ec2.items() if region == call.region]
    found = [each for each in here if fits(each, wanted) and (not asked or each["CapacityReservationId"] in asked)]
    if asked and not found:
        raise AwsError("InvalidCapacityReservationId.NotFound", f"{asked[0]} does not exist.")
    return {"CapacityReservations": found}


@operation("ec2", "CancelCapacityReservation")
def cancel(call: Call) -> Answer:
    found = call.world.shelf(Reservations).ec2.get((call.region, call.params["CapacityReservationId"]))
    if found is None:
        raise AwsError("InvalidCapacityReservationId.NotFound", "The reservation does not exist.")
    if found["State"] != "active":
        raise AwsError("InvalidCapacityReservationState", f"The reservation is {found['State']}.")
    found["State"] = "cancelled"
    return {"Return": True}


@operation("elbv2", "ModifyCapacityReservation")
def modify_balancer(call: Call) -> Answer:
    """Refused while an earlier change is pending."""
    shelf, arn = call.world.shelf(Reservations).balancers, existing_balancer(call)
    if shelf.get(arn, {}).get("state") == "pending":
        raise AwsError("CapacityReservationPending", "A capacity reservation is pending.")
    if call.params.get("ResetCapacityReservation"):
        shelf.pop(arn, None)
        return balancer(call, arn)
    units = int(call.params["MinimumLoadBalancerCapacity"]["CapacityUnits"])
    shelf[arn] = {"units": units, "state": "pending"}
    made = shelf[arn]
    call.world.later(WARM_SECONDS, lambda _: made.update(state="provisioned"))
    return balancer(call, arn)


@operation("elbv2", "DescribeCapacityReservation")
def describe_balancer(call: Call) -> Answer:
    return balancer(call, existing_balancer(call))


def existing_balancer(call: Call) -> str:
    arn = str(call.params["LoadBalancerArn"])
    if arn not in backend("elbv2", call.region).load_balancers:
        raise AwsError("LoadBalancerNotFound", f"Load balancer {arn} not found.")
    return arn


def balancer(call: Call, arn: str) -> dict[str, Any]:
    found = call.world.shelf(Reservations).balancers.get(arn)
    if found is None:
        return {"DecreaseRequestsRemaining": DECREASES_A_DAY}
    zone = {"AvailabilityZone": f"{call.region}a", "State": {"Code": found["state"]}}
    return {
        "DecreaseRequestsRemaining": DECREASES_A_DAY,
        "MinimumLoadBalancerCapacity": {"CapacityUnits": found["units"]},
        "CapacityReservationState": [zone],
    }


def fits(found: dict[str, Any], wanted: dict[str, list[str]]) -> bool:
    """Whether a reservation passes the filters; a filter that is not known lets everything pass."""
    seen = {
        "instance-type": found["InstanceType"],
        "availability-zone": found["AvailabilityZone"],
        "state": found["State"],
        **{f"tag:{tag['Key']}": tag["Value"] for tag in found["Tags"]},
    }
    return all(seen.get(name) in values for name, values in wanted.items())
