"""Send users to another place by changing the DNS records of one name.

Weighted records: the set identifier `to` gets `percent` of the weight, the others share the rest. Failover records:
`to` becomes PRIMARY and the other SECONDARY. One change batch, so users never see half of it.

When to reach for it: moving users once the standby is proven, and moving them back.

What bites: record changes go through Route 53's control plane in us-east-1. Answers keep flowing when that region
is down, but edits may not; where that matters, use routing controls or accelerated recovery, prepared beforehand.
Records are read back at once, while Route 53's name servers need up to 60 seconds more (INSYNC), and resolvers hold
the old answer for the TTL: follow this step with a check of the users' own address. A record with weight 0 still
answers when every other one is unhealthy. Simple, latency and geolocation records cannot be shifted and are
refused.

Rolling back restores the record sets as they were, whole.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Rehearsal, Results, action
from bot.actions.route53.records import HOME, RecordType, record_sets, zone_id
from bot.actions.route53.weights import RecordSet, changes, described, kind_of, label, shifted
from bot.language import later, told
from bot.model.action import Before, ControlPlane, Finding, Look, NotStarted, Observation, Risk, Settled
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.type_defs import ChangeTypeDef


class ShiftTrafficParams(Params):
    """Which name, and where it should lead."""

    zone: str = Field(description="Hosted zone, by name or id.", examples=["example.com"])
    record: str = Field(description="The name users ask for.", examples=["orders-api.example.com"])
    to: str = Field(description="Set identifier of the record that gets the traffic.", examples=["usw2"])
    type: RecordType = Field(default="A", description="Record type.")
    percent: int = Field(default=100, ge=0, le=100, description="Share for `to`; failover records take 100 only.")


class ShiftTrafficResults(Results):
    """What is known about the move."""

    serving: str = Field(description="Each set identifier with its weight or role: `use1 0, usw2 100`.")
    ttl: int = Field(description="Seconds that resolvers may keep the old answer; 60 for alias records.")


class Remembered(Frozen):
    """The record sets as they were."""

    zone: str
    sets: list[dict[str, Any]]


_ZONE = {"Id": "/hostedzone/Z0ORDERS", "Name": "example.com.", "CallerReference": "x", "Config": {"PrivateZone": False}}
_FIND = Call("route53", "list_hosted_zones_by_name", {"HostedZones": [_ZONE], "IsTruncated": False, "MaxItems": "100"})
_CHANGE = Call(
    "route53",
    "change_resource_record_sets",
    {"ChangeInfo": {"Id": "/change/C1", "Status": "PENDING", "SubmittedAt": "2026-01-01T12:05:00Z"}},
)


def _sets(**told: object) -> Call:
    word = "Weight" if all(isinstance(value, int) for value in told.values()) else "Failover"
    listed = [
        {"Name": "orders-api.example.com.", "Type": "CNAME", "SetIdentifier": identifier, word: value, "TTL": 60,
         "ResourceRecords": [{"Value": f"{identifier}.internal.example.com"}]} for identifier, value in told.items()
    ]  # fmt: skip
    return Call(
        "route53", "list_resource_record_sets", {"ResourceRecordSets": listed, "IsTruncated": False, "MaxItems": "300"}
    )


def _rehearsal(before: Call, after: Call, *also: Rehearsal) -> Rehearsal:
    return Rehearsal(
        params={"region": "us-west-2", "zone": "example.com", "record": "orders-api.example.com", "to": "usw2",
                "type": "CNAME"},
        calls=(
            _FIND, before,  # preflight
            _FIND, before,  # remember
            _FIND, before, _CHANGE,
            _FIND, after,  # verify
        ),
        undo=(after, _CHANGE, before),
        idle=(_FIND, before),
        also=also,
    )  # fmt: skip


@action(
    "route53.shift_traffic",
    risk=Risk.DISRUPTIVE,
    control_plane=ControlPlane.US_EAST_1,
    permissions=(
        "route53:ListHostedZonesByName",
        "route53:ListResourceRecordSets",
        "route53:ChangeResourceRecordSets",
    ),
    typical=timedelta(seconds=10),
    by_hand=later("dig {record} {type}, or Route 53 console, zone {zone}, record {record}"),
    rehearsal=_rehearsal(
        _sets(use1=100, usw2=0),
        _sets(use1=0, usw2=100),
        _rehearsal(_sets(use1="PRIMARY", usw2="SECONDARY"), _sets(use1="SECONDARY", usw2="PRIMARY")),
    ),
)
class ShiftTraffic(Action[ShiftTrafficParams]):
    """Change weights or roles, then read the records back."""

    Params = ShiftTrafficParams
    Results = ShiftTrafficResults

    def preflight(self, aws: Reads, params: ShiftTrafficParams) -> Look:
        target = f"route53:{params.record.lower().rstrip('.')}/{params.type}"
        try:
            now = _read(aws, zone_id(aws, params.zone), params)
        except StepBroke as wrong:
            return blocked(wrong, target)
        wanted = shifted(now, params.to, params.percent)
        return Look(
            state="already_done" if now == wanted else "ready",
            findings=tuple(_findings(now, params)),
            change=told("{described} → {described_2}", described=described(now), described_2=described(wanted)),
            targets=(target,),
        )

    def remember(self, aws: Reads, params: ShiftTrafficParams) -> Before:
        zone = zone_id(aws, params.zone)
        return Remembered(zone=zone, sets=_read(aws, zone, params)).model_dump(mode="json")

    def execute(self, aws: Aws, params: ShiftTrafficParams, token: str) -> None:
        zone = zone_id(aws, params.zone)
        now = _read(aws, zone, params)
        _apply(aws, zone, now, shifted(now, params.to, params.percent), comment=f"dr-bot {token}")

    def verify(self, aws: Reads, params: ShiftTrafficParams, before: Before) -> Observation:
        now = _read(aws, zone_id(aws, params.zone), params)
        if now != shifted(now, params.to, params.percent):
            return NotStarted(seen=told("{record}: {described}", record=params.record, described=described(now)))
        ttl = max(int(each.get("TTL", 60)) for each in now)
        seen = told(
            "{record}: {described}; resolvers may keep the old answer for {ttl} s",
            record=params.record,
            described=described(now),
            ttl=ttl,
        )
        return Settled(seen=seen, results={"serving": described(now), "ttl": ttl})

    def rollback(self, aws: Aws, params: ShiftTrafficParams, before: Before, token: str) -> None:
        former = Remembered.model_validate(before)
        now = record_sets(aws, former.zone, params.record, params.type)
        _apply(aws, former.zone, now, former.sets, comment=f"dr-bot undo {token}")

    def undone(self, aws: Reads, params: ShiftTrafficParams, before: Before) -> Observation:
        former = Remembered.model_validate(before)
        now = record_sets(aws, former.zone, params.record, params.type)
        seen = told("{record}: {described}", record=params.record, described=described(now))
        return Settled(seen=seen) if now == former.sets else NotStarted(seen=seen)


def _read(aws: Reads, zone: str, params: ShiftTrafficParams) -> list[RecordSet]:
    """The sets of the name, if they are of a kind that can be shifted to `to`; else StepBroke with the next move."""
    sets = record_sets(aws, zone, params.record, params.type)
    name = f"{params.type} {params.record}"
    if not sets:
        raise StepBroke(told("There is no {name} in {zone}; correct record or type.", name=name, zone=params.zone))
    kind = kind_of(sets)
    if kind == "other":
        raise StepBroke(
            told(
                "{name} is neither weighted nor a failover pair, so traffic cannot be shifted; change it first.",
                name=name,
            )
        )
    known = [label(each) for each in sets]
    if params.to not in known:
        raise StepBroke(
            told("{name} has no set {to}; it has {known}.", name=name, to=params.to, known=" and ".join(known))
        )
    if kind == "failover" and params.percent != 100:
        raise StepBroke(told("{name} is a failover pair, which moves whole; leave percent at 100.", name=name))
    if kind == "weighted" and len(sets) == 1 and params.percent != 100:
        raise StepBroke(
            told(
                "{name} has {to} alone; there is nobody to share with, so leave percent at 100.",
                name=name,
                to=params.to,
            )
        )
    return sets


def _apply(aws: Aws, zone: str, now: list[RecordSet], wanted: list[RecordSet], *, comment: str) -> None:
    """Send what differs; a repeat finds no difference and sends nothing."""
    batch = cast("list[ChangeTypeDef]", changes(now, wanted))
    if batch:
        route53: Route53Client = aws.writer("route53", HOME)
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Comment": comment, "Changes": batch})


def _findings(now: list[RecordSet], params: ShiftTrafficParams) -> list[Finding]:
    findings = [
        Finding(
            text=told("DNS edits go through {home}; if that region is impaired, this step may not work.", home=HOME)
        )
    ]
    target = next(each for each in now if label(each) == params.to)
    watched = "HealthCheckId" in target or target.get("AliasTarget", {}).get("EvaluateTargetHealth")
    if kind_of(now) == "failover" and not watched:
        findings.append(
            Finding(text=told("{to} has no health check; as PRIMARY it would never fail over by itself.", to=params.to))
        )
    return findings
