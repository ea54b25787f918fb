"""Check that an ACM certificate is issued and stays valid for a while.

When to reach for it: a load balancer or a distribution in the recovery region needs its own certificate there.

What bites: certificates for CloudFront live in us-east-1. An imported certificate is not renewed by AWS.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import short, stamp
from bot.actions.assessing import Verdict, judged, looked
from bot.actions.base import Call, Check, Params, action
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.base import Duration
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient


class CertificateIssuedParams(Params):
    """Which certificate, for how long."""

    certificate: str = Field(description="Certificate ARN.")
    valid_for: Duration = Field(default=timedelta(days=14), description="How long it must stay valid.")


@action(
    "acm.certificate_issued",
    risk=Risk.READ,
    measures="ok",
    permissions=("acm:DescribeCertificate",),
    rehearsal=looked(
        {"certificate": "arn:aws:acm:us-west-2:111122223333:certificate/c0ffee00-0000-4000-8000-000000000000"},
        Call("acm", "describe_certificate", {"Certificate": {"DomainName": "example.com", "Status": "ISSUED"}}),
    ),
)
class CertificateIssued(Check[CertificateIssuedParams]):
    """Status and end of validity."""

    Params = CertificateIssuedParams
    Results = Verdict

    def verify(self, aws: Reads, params: CertificateIssuedParams, before: Before) -> Settled:
        acm: ACMClient = aws.reader("acm", params.region)
        try:
            found = acm.describe_certificate(CertificateArn=params.certificate)["Certificate"]
        except acm.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told(
                    "Certificate {certificate} is not in {region}; request one.",
                    certificate=short(params.certificate),
                    region=params.region,
                )
            ) from None
        name, status, ends = found.get("DomainName", "?"), found.get("Status", "unknown"), found.get("NotAfter")
        lasts = ends is None or ends - aws.now() >= params.valid_for
        until = told(", valid until {ends}", ends=stamp(ends)[:10]) if ends else ""
        return judged(
            status == "ISSUED" and lasts,
            told("certificate for {name} is {status}{until}", name=name, status=status, until=until),
        )
