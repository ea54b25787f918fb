"""Route 53: change batches that are all or nothing, changes that take a moment, and records that really route.

moto keeps zones and records. Sources: the API reference of ChangeResourceRecordSets; the routing-policy pages of
the developer guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.route53.models import RecordSet

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.serving import trouble
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import World

INSYNC_SECONDS = 1.5
REGION = re.compile(r"\b[a-z]{2}-[a-z]+-\d\b")
CHECKERS = ("us-east-1", "us-west-2", "eu-west-1")


@dataclass
class Changes:
    """When each change was submitted and is propagated, and how many answers were given (for weighted turns)."""

    submitted: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    answers: int = 0


@operation("route53", "ChangeResourceRecordSets")
def change_resource_record_sets(call: Call) -> Answer:
    """Each change is checked against the records as those before it leave them; one failure fails the batch."""
    zone = zone_by_id(call.params["HostedZoneId"])
    records: list[Any] = list(zone.rrsets)
    wrong: list[str] = []
    for change in call.params["ChangeBatch"]["Changes"]:
        problem = apply(zone, records, change["Action"], change["ResourceRecordSet"])
        wrong += [problem] if problem else []
    if wrong:
        raise AwsError("InvalidChangeBatch", f"[{', '.join(wrong)}]")
    zone.rrsets = records
    return {"ChangeInfo": submit(call.world)}


@operation("route53", "GetChange")
def get_change(call: Call) -> Answer:
    name = call.params["Id"].rsplit("/", 1)[-1]
    if name not in call.world.shelf(Changes).submitted:
        raise AwsError("NoSuchChange", f"Could not find resource with ID: {name}", status=404)
    return {"ChangeInfo": change_info(call.world, name)}


@operation("route53", "GetHealthCheckStatus")
def get_health_check_status(call: Call) -> Answer | Reply:
    """What the checkers see of the app behind the checked name; a check of something else is moto's."""
    check = backend("route53", "aws").health_checks.get(call.params["HealthCheckId"])
    healthy = check_passes(call.world, check) if check else None
    if healthy is None:
        return call.moto()
    words = "Success: HTTP Status Code 200, OK" if healthy else "Failure: HTTP Status Code 503 or connection timed out"
    report = {"Status": words, "CheckedTime": call.world.now()}
    seen = [{"Region": region, "IPAddress": "192.0.2.1", "StatusReport": report} for region in CHECKERS]
    return {"HealthCheckObservations": seen}


@operation("route53", "TestDNSAnswer")
def test_dns_answer(call: Call) -> Answer:
    """What a resolver would be told now."""
    zone_by_id(call.params["HostedZoneId"])
    name, kind = canonical(call.params["RecordName"]), call.params["RecordType"]
    chosen = choose(call.world, [record for record in records_named(name) if record.type == kind])
    return {
        "Nameserver": "ns-local.awsdns",
        "RecordName": name,
        "RecordType": kind,
        "RecordData": values_of(chosen) if chosen else [],
        "ResponseCode": "NOERROR" if chosen else "NXDOMAIN",
        "Protocol": "UDP",
    }


def shares(world: World, host: str) -> dict[str, float]:
    """Which share of the users of `host` goes to which region now; empty when the name leads nowhere."""
    candidates = eligible(world, records_named(canonical(host)))
    weights: dict[str, float] = {}
    for record in candidates:
        for region in REGION.findall(" ".join(values_of(record)))[:1]:
            weights[region] = weights.get(region, 0.0) + (1.0 if record.weight is None else float(record.weight))
    total = sum(weights.values())
    return {region: weight / total for region, weight in weights.items() if total and weight}


def resolve(world: World, host: str) -> str | None:
    """The region that the next user of `host` reaches; weighted names take turns in proportion."""
    parts = sorted(shares(world, host).items())
    changes = world.shelf(Changes)
    changes.answers += 1
    turn = (changes.answers * 0.618033988749895) % 1.0  # spreads evenly and repeats exactly
    for region, share in parts:
        turn -= share
        if turn < 0:
            return region
    return parts[-1][0] if parts else None


def eligible(world: World, records: Sequence[Any]) -> list[Any]:
    """The records that may answer: healthy ones, or all when none is; of failover pairs the healthy primary."""
    healthy = [record for record in records if is_healthy(world, record)] or list(records)
    primaries = [record for record in healthy if record.failover == "PRIMARY"]
    return primaries or healthy


def choose(world: World, records: Sequence[Any]) -> Any | None:
    candidates = eligible(world, records)
    return max(candidates, key=lambda record: float(record.weight or 0), default=None)


def is_healthy(world: World, record: Any) -> bool:
    check = backend("route53", "aws").health_checks.get(record.health_check_id) if record.health_check_id else None
    return check is None or check_passes(world, check) is not False


def check_passes(world: World, check: Any) -> bool | None:
    """Whether a health check passes; None when it watches nothing that this world knows. Disabled counts as healthy."""

    if check.disabled:
        return not check.inverted
    for app in world.apps:
        region = app.region_of(check.fqdn or "")
        if region:
            return (trouble(world, app, region) is None) is not bool(check.inverted)
    return None


def apply(zone: Any, records: list[Any], action: str, wanted: dict[str, Any]) -> str | None:
    """Change `records` in place; answers what is wrong instead, in Route 53's words."""
    said = wanted | {"Name": canonical(wanted["Name"])}
    said["ResourceRecords"] = [item["Value"] for item in wanted.get("ResourceRecords") or []]
    new = make_record(said)
    there = next((record for record in records if key(record) == key(new)), None)
    problem = complaint(zone, records, action, new, there)
    if problem:
        return problem
    if there is not None:
        records.remove(there)
    if action != "DELETE":
        records.append(new)
    return None


def make_record(said: dict[str, Any]) -> Any:
    kind: Any = RecordSet  # moto's base class calls it abstract, and instantiates it all the same
    return kind(said)


def complaint(zone: Any, records: Sequence[Any], action: str, new: Any, there: Any | None) -> str | None:
    about = f"resource record set [name='{new.name}', type='{new.type}'"
    about += f", set identifier='{new.set_identifier}']" if new.set_identifier else "]"
    if not new.name.endswith(canonical(zone.name)):
        return f"RRSet with DNS name {new.name} is not permitted in zone {zone.name}"
    if new.weight is not None and not new.set_identifier:
        return f"{about} has a weight and no set identifier"
    if action == "DELETE":
        return delete_complaint(about, new, there)
    if action == "CREATE" and there is not None:
        return f"Tried to create {about} but it already exists"
    if not new.alias_target and not (new.records and new.ttl is not None):
        return f"{about} needs a TTL and records, or an alias target"
    rivals = [
        record for record in records if (record.name, record.type) == (new.name, new.type) and record is not there
    ]
    if any(bool(record.set_identifier) != bool(new.set_identifier) for record in rivals):
        return f"{about} conflicts with one of the same name that has another routing policy"
    return None


def delete_complaint(about: str, new: Any, there: Any | None) -> str | None:
    if there is None:
        return f"Tried to delete {about} but it was not found"
    if (values_of(new), new.ttl, new.weight) != (values_of(there), there.ttl, there.weight):
        return f"Tried to delete {about} but the values provided do not match the current values"
    return None


def submit(world: World) -> dict[str, Any]:
    changes = world.shelf(Changes)
    name = f"C{len(changes.submitted) + 1:013d}"
    changes.submitted[name] = (world.now(), world.now() + world.clock.lasting(INSYNC_SECONDS))
    return change_info(world, name)


def change_info(world: World, name: str) -> dict[str, Any]:
    submitted, done = world.shelf(Changes).submitted[name]
    status = "INSYNC" if world.now() >= done else "PENDING"
    return {"Id": f"/change/{name}", "Status": status, "SubmittedAt": submitted}


def zone_by_id(name: str) -> Any:
    zone = backend("route53", "aws").zones.get(name.rsplit("/", 1)[-1])
    if zone is None:
        raise AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {name}", status=404)
    return zone


def records_named(name: str) -> list[Any]:
    return [record for record in all_records() if record.name == name and record.type in ("A", "AAAA", "CNAME")]


def all_records() -> Iterator[Any]:
    for zone in backend("route53", "aws").zones.values():
        yield from zone.rrsets


def values_of(record: Any) -> list[str]:
    if record.alias_target:
        return [str(record.alias_target["DNSName"])]
    return [str(value["Value"] if isinstance(value, dict) else value) for value in record.records]


def key(record: Any) -> tuple[str, str, str | None]:
    return canonical(record.name), record.type, record.set_identifier


def canonical(name: str) -> str:
    return name.lower().rstrip(".") + "."
