"""Ask Route 53 what a resolver would be told for a name, and wait until it is what it should be.

When to reach for it: after a shift of traffic, to see that health checks, weights and failover amount to the answer
that was meant.

What bites: this is what Route 53's own name servers say now; resolvers keep the former answer for its TTL. It is asked
through us-east-1.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field, JsonValue

from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.actions.route53.records import HOME, RecordType, zone_id
from bot.language import told
from bot.model.action import Before, ControlPlane, Observation, Pending, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


class DnsAnswerParams(Params):
    """Which name, which answer."""

    zone: str = Field(description="Hosted zone name or id.", examples=["example.com"])
    record: str = Field(description="Record name.", examples=["orders-api.example.com"])
    type: RecordType = Field(default="A", description="Record type.")
    contains: str = Field(description="What one of the answers must contain.", examples=["us-west-2"])


class DnsAnswerResults(Results):
    """What is answered."""

    right: bool = Field(description="Whether an answer contains what it should.")
    answers: list[str] = Field(description="The answers.")


def _answer(text: str) -> Call:
    return Call(
        "route53",
        "test_dns_answer",
        {"Nameserver": "ns-1", "RecordName": "orders-api.example.com", "RecordType": "CNAME", "RecordData": [text],
         "ResponseCode": "NOERROR", "Protocol": "UDP"},
    )  # fmt: skip


_HOSTED = {"Id": "/hostedzone/Z0123456789", "Name": "example.com.", "CallerReference": "1"}
_ZONE = Call("route53", "list_hosted_zones_by_name", {"HostedZones": [_HOSTED], "IsTruncated": False, "MaxItems": "1"})


@action(
    "route53.dns_answer",
    risk=Risk.READ,
    measures="right",
    control_plane=ControlPlane.US_EAST_1,
    permissions=("route53:ListHostedZonesByName", "route53:TestDNSAnswer"),
    typical=timedelta(seconds=30),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "zone": "Z0123456789", "record": "orders-api.example.com", "type": "CNAME",
                "contains": "us-west-2"},
        calls=(_answer("lb.us-east-1"), _answer("lb.us-east-1"), _answer("lb.us-west-2")),
        also=(
            Rehearsal(
                params={"region": "us-west-2", "zone": "example.com", "record": "orders-api.example.com",
                        "type": "CNAME", "contains": "us-west-2"},
                calls=(_ZONE, _answer("lb.us-west-2"), _ZONE, _answer("lb.us-west-2")),
            ),
        ),
    ),
)  # fmt: skip
class DnsAnswer(Check[DnsAnswerParams]):
    """The right answer, as the name servers give it."""

    Params = DnsAnswerParams
    Results = DnsAnswerResults

    def verify(self, aws: Reads, params: DnsAnswerParams, before: Before) -> Observation:
        zone = zone_id(aws, params.zone)
        route53: Route53Client = aws.reader("route53", HOME)
        try:
            found = route53.test_dns_answer(HostedZoneId=zone, RecordName=params.record, RecordType=params.type)
        except route53.exceptions.NoSuchHostedZone:
            raise StepBroke(told("There is no hosted zone {zone}; correct it.", zone=params.zone)) from None
        answers: list[JsonValue] = [*found["RecordData"]]
        right = any(params.contains in str(answer) for answer in answers)
        seen = told(
            "{record} is {answers}", record=params.record, answers=", ".join(map(str, answers)) or found["ResponseCode"]
        )
        results: dict[str, JsonValue] = {"right": right, "answers": answers}
        return Settled(seen=seen, results=results) if right else Pending(seen=seen, results=results)
