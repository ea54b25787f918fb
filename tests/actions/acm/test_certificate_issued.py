"""What the rehearsal cannot show: certificates that end soon, or were never issued."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.actions.acm.certificate_issued import CertificateIssued, CertificateIssuedParams
from bot.actions.base import Call
from tests.actions.scripted import NOON, play

ARN = "arn:aws:acm:us-west-2:111122223333:certificate/c0ffee00-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("status", "days", "ok"),
    [("ISSUED", 15, True), ("ISSUED", 13, False), ("ISSUED", -1, False), ("PENDING_VALIDATION", 15, False)],
)
def test_issued_and_for_long_enough(status: str, days: int, ok: bool) -> None:
    """Fourteen days unless the runbook says otherwise."""
    found = {"DomainName": "example.com", "Status": status, "NotAfter": NOON + timedelta(days=days)}
    aws = play([Call("acm", "describe_certificate", {"Certificate": found})])

    seen = CertificateIssued().verify(aws, CertificateIssuedParams(region="us-west-2", certificate=ARN), {})

    assert seen.results["ok"] is ok
