"""Nine questions, three kinds of answer; unknown is never good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.actions.aws.preflight import Preflight, PreflightParams
from bot.actions.base import Call
from bot.model.errors import StepBroke
from tests.actions.scripted import NOON, play, refusal

CHECK = Preflight()
SECONDARY = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
IDENTITY = Call("sts", "get_caller_identity", {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:role/dr"})
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/0", "DomainName": "*.example.com"}


def asking(*checks: str, **more: Any) -> PreflightParams:
    return PreflightParams.model_validate({"region": "us-west-2", "checks": list(checks), **more})


def ecs(**more: Any) -> Call:
    found = {"serviceName": "orders-api", "status": "ACTIVE", "desiredCount": 4, "runningCount": 4, **more}
    return Call("ecs", "describe_services", {"services": [found]})


def database(*, writer: bool = False, status: str = "available", instances: int = 1) -> list[Call]:
    member = {"DBClusterArn": SECONDARY, "IsWriter": writer}
    found = {"GlobalClusterIdentifier": "orders-global", "GlobalClusterMembers": [member]}
    cluster = {"Status": status, "DBClusterMembers": [{"DBInstanceIdentifier": str(n)} for n in range(instances)]}
    return [
        Call("rds", "describe_global_clusters", {"GlobalClusters": [found]}),
        *([] if writer else [Call("rds", "describe_db_clusters", {"DBClusters": [cluster]})]),
    ]


def certificate(status: str, days: int = 90) -> list[Call]:
    detail = {**CERTIFICATE, "Status": status, "NotAfter": NOON + timedelta(days=days)}
    return [
        Call("acm", "list_certificates", {"CertificateSummaryList": [CERTIFICATE]}),
        Call("acm", "describe_certificate", {"Certificate": detail}),
    ]


def quota(value: float) -> Call:
    return Call("service-quotas", "get_service_quota", {"Quota": {"QuotaName": "vCPUs", "Value": value}})


SERVICE = asking("ecs_service", cluster="orders", service="orders-api")
DATABASE = asking("aurora_secondary", global_cluster="orders-global", target_cluster=SECONDARY)
IMAGE = asking("image_present", repository="orders/api", image_tag="v42")
DOMAIN = asking("certificate", certificate_domain="orders-api.example.com")
ACCOUNT = asking("identity", account="999999999999")
REGION = asking("not_same_region", primary_region="us-west-2")
GROUP = asking("target_group", target_group="orders-api-usw2")
NO_ZONE = Call("route53", "list_hosted_zones_by_name", {"HostedZones": [], "IsTruncated": False, "MaxItems": "100"})


@pytest.mark.parametrize(
    ("script", "params", "sentence"),
    [
        ([IDENTITY], ACCOUNT, "identity: the bot is in account 111122223333"),
        ([ecs(status="DRAINING")], SERVICE, "orders-api is DRAINING"),
        ([ecs(runningCount=1)], SERVICE, "orders-api: 1 of 4 tasks running"),
        ([Call("ecs", "describe_services", {"services": []})], SERVICE, "orders-api is not in cluster orders"),
        (database(writer=True), DATABASE, "orders-usw2 is the writer already"),
        (database(status="stopped"), DATABASE, "orders-usw2 is stopped"),
        (database(instances=0), DATABASE, "orders-usw2 is without an instance"),
        (
            [refusal("ecr", "describe_images", "ImageNotFoundException", "no v42")],
            IMAGE,
            "image_present: us-west-2 said",
        ),
        (
            [Call("acm", "list_certificates", {"CertificateSummaryList": []})],
            DOMAIN,
            "no certificate in us-west-2 covers",
        ),
        (certificate("PENDING_VALIDATION"), DOMAIN, "is PENDING_VALIDATION"),
        (certificate("ISSUED", days=-1), DOMAIN, "is EXPIRED"),
        ([quota(16)], asking("quotas", quota_needed=96), "vCPUs is 16 in us-west-2, 96 are needed"),
        ([], REGION, "the step works in us-west-2, the region to be left"),
        ([refusal("elbv2", "describe_target_groups", "TargetGroupNotFound")], GROUP, "TargetGroupNotFound"),
        ([NO_ZONE], asking("dns_record", zone="example.com", record="x.example.com"), "no public hosted zone"),
    ],
)
def test_what_is_not_ready_breaks_the_step_and_blocks_the_plan(
    script: list[Call], params: PreflightParams, sentence: str
) -> None:
    """The sentence names the thing and its state, in the plan and in the run."""
    look = CHECK.preflight(play(script), params)

    assert look.state == "blocked"
    assert sentence in look.findings[0].text
    assert look.findings[0].blocking
    with pytest.raises(StepBroke, match="us-west-2 is not ready"):
        CHECK.verify(play(script), params, {})


@pytest.mark.parametrize(
    ("script", "params", "sentence"),
    [
        ([], asking("ecs_service", cluster="orders"), "give `service` in the runbook"),
        ([], asking("certificate"), "give `certificate_domain` in the runbook"),
        (
            [refusal("sts", "get_caller_identity", "InternalFailure", status=500)] * 3,
            asking("identity"),
            "InternalFailure",
        ),
        (
            [refusal("service-quotas", "get_service_quota", "AccessDeniedException", "no")],
            asking("quotas"),
            "AccessDenied",
        ),
    ],
)
def test_what_cannot_be_found_out_is_unknown_and_said(
    script: list[Call], params: PreflightParams, sentence: str
) -> None:
    """Not a pass, not a failure: people decide."""
    seen = CHECK.verify(play(script), params, {})

    assert "1 unknown" in seen.seen
    assert sentence in seen.seen
    assert seen.results["passed"] == 0


def test_everything_is_asked_even_when_something_fails() -> None:
    """One run of preflight tells all there is to mend."""
    aws = play([IDENTITY, ecs(status="DRAINING"), *certificate("PENDING_VALIDATION")])
    params = asking(
        "identity", "ecs_service", "certificate", "not_same_region",
        cluster="orders", service="orders-api", certificate_domain="orders-api.example.com", primary_region="us-east-1",
    )  # fmt: skip

    look = CHECK.preflight(aws, params)

    assert look.change == "2 passed, 2 failed."
    assert look.results["identity"] == "arn:aws:iam::111122223333:role/dr"
    assert len(look.findings) == 2


def test_the_rehearsal_passes_every_question() -> None:
    """None of the nine slips through as unknown."""
    aws = play(CHECK.rehearsal.calls)

    look = CHECK.preflight(aws, PreflightParams.model_validate(CHECK.rehearsal.params))

    assert look.findings == ()
    assert look.results["passed"] == 9


def test_an_unknown_question_is_refused_when_the_runbook_is_read() -> None:
    """A typo must fail in review."""
    with pytest.raises(ValueError, match="checks"):
        asking("idenity")
