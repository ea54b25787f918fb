"""Finding a hosted zone and the record sets of one name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, cast

from bot.actions.route53.weights import RecordSet
from bot.language import told
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

HOME = "us-east-1"
"""Route 53's control plane."""

RecordType = Literal["A", "AAAA", "CNAME"]

_ID = re.compile(r"^(?:/hostedzone/)?(Z[A-Z0-9]{4,})$")


def zone_id(aws: Reads, zone: str) -> str:
    """The id of a zone given by id or name; of two zones with one name, the public one."""
    if found := _ID.match(zone):
        return found.group(1)
    route53: Route53Client = aws.reader("route53", HOME)
    name = _dotted(zone)
    listed = route53.list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    public = [each for each in listed if each["Name"] == name and not each.get("Config", {}).get("PrivateZone")]
    if len(public) != 1:
        if not public:
            raise StepBroke(told("There is no public hosted zone called {zone}; name the zone by its id.", zone=zone))
        text = told(
            "{count} public hosted zones are called {zone}; name the zone by its id.", count=len(public), zone=zone
        )
        raise StepBroke(text)
    return public[0]["Id"].rpartition("/")[2]


def record_sets(aws: Reads, zone: str, record: str, kind: RecordType) -> list[RecordSet]:
    """Every record set of `record` with this type, whole, ordered by set identifier. `zone` is an id."""
    route53: Route53Client = aws.reader("route53", HOME)
    name = _dotted(record)
    listed = route53.list_resource_record_sets(HostedZoneId=zone, StartRecordName=name, StartRecordType=kind)
    mine = [each for each in listed["ResourceRecordSets"] if _plain(each["Name"]) == name and each["Type"] == kind]
    return sorted(cast(list[dict[str, Any]], mine), key=lambda each: str(each.get("SetIdentifier", "")))


def _dotted(name: str) -> str:
    return name.lower().rstrip(".") + "."


def _plain(name: str) -> str:
    """Route 53 writes a wildcard as an octal escape."""
    return name.replace("\\052", "*")
