"""Ask whether the recovery region is really ready, before anybody approves anything.

Asks all the listed questions at once, each on its own: who the bot is there, whether the service, the database
follower, the image, the certificate, the quota, the target group and the DNS record are as they should be. One
failed check breaks the step and names each failure with its remedy. What could not be found out is said, and is
never counted as good.

When to reach for it: as the first step of every runbook. While a run is being planned its failures block the plan.

What bites: a check that lacks its names in the runbook is unknown, not passed. Certificates are looked for in the
step's region, so those of CloudFront, which live in us-east-1, need a step of their own.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, JsonValue

from bot.actions.assessing import looked
from bot.actions.aws.looks import Answer, PreflightParams, ask
from bot.actions.base import Call, Check, Rehearsal, Results, action
from bot.actions.servicequotas.quotas import defaulted
from bot.language import together, told
from bot.model.action import Before, Finding, Look, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads
from bot.ports.threads import Threads


class PreflightResults(Results):
    """The tally."""

    passed: int = Field(description="Checks that are good.")
    failed: list[str] = Field(description="A sentence for each check that is not.")
    unknown: list[str] = Field(description="A sentence for each check that could not be made.")
    identity: str = Field(description="ARN the bot acts as; empty unless `identity` was checked and answered.")


_SECONDARY = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
_PRIMARY = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
_CERTIFICATE = {
    "CertificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/0",
    "DomainName": "orders-api.example.com",
}


def _members() -> dict[str, Any]:
    members = [{"DBClusterArn": _PRIMARY, "IsWriter": True}, {"DBClusterArn": _SECONDARY, "IsWriter": False}]
    return {"GlobalClusters": [{"GlobalClusterIdentifier": "orders-global", "GlobalClusterMembers": members}]}


_ZONE = {"Id": "/hostedzone/Z0ORDERS", "Name": "example.com.", "CallerReference": "x"}
_RECORD = {"Name": "orders-api.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
_LOOK = (
    Call("sts", "get_caller_identity", {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:role/dr"}),
    Call(
        "ecs",
        "describe_services",
        {"services": [{"serviceName": "orders-api", "status": "ACTIVE", "desiredCount": 4, "runningCount": 4}]},
    ),
    Call("rds", "describe_global_clusters", _members()),
    Call(
        "rds",
        "describe_db_clusters",
        {"DBClusters": [{"Status": "available", "DBClusterMembers": [{"DBInstanceIdentifier": "orders-usw2-1"}]}]},
    ),
    Call("ecr", "describe_images", {"imageDetails": [{"imageTags": ["v42"]}]}),
    Call("acm", "list_certificates", {"CertificateSummaryList": [_CERTIFICATE]}),
    Call(
        "acm",
        "describe_certificate",
        {"Certificate": {**_CERTIFICATE, "Status": "ISSUED", "NotAfter": datetime(2027, 1, 1, tzinfo=UTC)}},
    ),
    Call("service-quotas", "get_service_quota", {"Quota": {"QuotaName": "Fargate vCPUs", "Value": 4000.0}}),
    Call("elbv2", "describe_target_groups", {"TargetGroups": [{"TargetGroupName": "orders-api-usw2"}]}),
    Call("route53", "list_hosted_zones_by_name", {"HostedZones": [_ZONE], "IsTruncated": False, "MaxItems": "100"}),
    Call(
        "route53",
        "list_resource_record_sets",
        {"ResourceRecordSets": [_RECORD], "IsTruncated": False, "MaxItems": "300"},
    ),
)
_PARAMS: dict[str, JsonValue] = {
    "region": "us-west-2",
    "checks": [
        "identity", "ecs_service", "aurora_secondary", "image_present", "certificate", "quotas", "not_same_region",
        "target_group", "dns_record",
    ],
    "account": "111122223333",
    "cluster": "orders",
    "service": "orders-api",
    "global_cluster": "orders-global",
    "target_cluster": _SECONDARY,
    "repository": "orders/api",
    "image_tag": "v42",
    "certificate_domain": "orders-api.example.com",
    "quota_needed": 100,
    "primary_region": "us-east-1",
    "target_group": "orders-api-usw2",
    "zone": "example.com",
    "record": "orders-api.example.com",
}  # fmt: skip


@action(
    "aws.preflight",
    risk=Risk.READ,
    measures="passed",
    permissions=(
        "sts:GetCallerIdentity",
        "ecs:DescribeServices",
        "rds:DescribeGlobalClusters",
        "rds:DescribeDBClusters",
        "ecr:DescribeImages",
        "acm:ListCertificates",
        "acm:DescribeCertificate",
        "servicequotas:GetServiceQuota",
        "servicequotas:GetAWSDefaultServiceQuota",
        "elasticloadbalancing:DescribeTargetGroups",
        "route53:ListHostedZonesByName",
        "route53:ListResourceRecordSets",
    ),
    rehearsal=Rehearsal(
        params=_PARAMS,
        calls=(*_LOOK, *_LOOK),
        also=(looked({"checks": ["quotas"]}, *defaulted({"Quota": {"QuotaName": "Fargate vCPUs", "Value": 4000.0}})),),
    ),
)
class Preflight(Check[PreflightParams]):
    """All questions, then one answer."""

    Params = PreflightParams
    Results = PreflightResults

    def preflight(self, aws: Reads, params: PreflightParams) -> Look:
        answers = _ask_all(aws, params)
        findings = [
            Finding(text=str(each), blocking=each.verdict == "failed") for each in answers if each.verdict != "passed"
        ]
        failed = any(finding.blocking for finding in findings)
        return Look(
            state="blocked" if failed else "ready",
            findings=tuple(findings),
            change=_tally(answers),
            results=_results(answers),
        )

    def verify(self, aws: Reads, params: PreflightParams, before: Before) -> Settled:
        answers = _ask_all(aws, params)
        failed = [str(each) for each in answers if each.verdict == "failed"]
        if failed:
            raise StepBroke(told("{region} is not ready. {failed}", region=params.region, failed=together(failed, " ")))
        unknown = [str(each) for each in answers if each.verdict == "unknown"]
        return Settled(seen=together([_tally(answers), *unknown], " "), results=_results(answers))


def _ask_all(aws: Reads, params: PreflightParams) -> list[Answer]:
    """All at once, so that a service that hangs delays the answer once and not nine times."""
    with Threads(len(params.checks), name="preflight") as pool:
        return list(pool.map(lambda check: ask(aws, params, check), dict.fromkeys(params.checks)))


def _tally(answers: list[Answer]) -> str:
    counts = Counter(each.verdict for each in answers)
    said: list[str] = [told("{count} passed", count=counts["passed"])]
    if counts["failed"]:
        said.append(told("{count} failed", count=counts["failed"]))
    if counts["unknown"]:
        said.append(told("{count} unknown", count=counts["unknown"]))
    return told("{counts}.", counts=said)


def _results(answers: list[Answer]) -> dict[str, JsonValue]:
    by_verdict: dict[str, list[JsonValue]] = {"passed": [], "failed": [], "unknown": []}
    for each in answers:
        by_verdict[each.verdict].append(str(each))
    identity = next((each.text for each in answers if each.check == "identity" and each.verdict == "passed"), "")
    return {
        "passed": len(by_verdict["passed"]),
        "failed": by_verdict["failed"],
        "unknown": by_verdict["unknown"],
        "identity": identity,
    }
