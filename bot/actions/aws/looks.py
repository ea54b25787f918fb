"""The single questions of `aws.preflight`, one function each.

Each looks once and answers in one sentence whether it is good. Errors of AWS are judged in one place: not found is
a failure; no answer, no permission and no name to ask for are unknown, never a pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import Field

from bot.actions.answers import code_of, message_of, region_of, short, stamp
from bot.actions.aurora.topology import cluster_status, read_topology
from bot.actions.base import Params
from bot.actions.ecs.services import read_service
from bot.actions.route53.records import RecordType, record_sets, zone_id
from bot.actions.route53.weights import described
from bot.actions.servicequotas.quotas import quota_of
from bot.language import told
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.model.text import Text
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_acm.type_defs import CertificateSummaryTypeDef
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_sts import STSClient

CheckName = Literal[
    "identity",
    "ecs_service",
    "aurora_secondary",
    "image_present",
    "certificate",
    "quotas",
    "not_same_region",
    "target_group",
    "dns_record",
]


class PreflightParams(Params):
    """What to look at. Names that no listed check needs may be left out."""

    checks: list[CheckName] = Field(min_length=1, description=f"Any of: {', '.join(get_args(CheckName))}.")
    account: str | None = Field(default=None, description="identity: the account that must answer.")
    cluster: str | None = Field(default=None, description="ecs_service: cluster name.")
    service: str | None = Field(default=None, description="ecs_service: service name.")
    global_cluster: str | None = Field(default=None, description="aurora_secondary: global cluster identifier.")
    target_cluster: str | None = Field(default=None, description="aurora_secondary: ARN of the secondary cluster.")
    repository: str | None = Field(default=None, description="image_present: ECR repository.")
    image_tag: str | None = Field(default=None, description="image_present: tag; any image will do without one.")
    certificate_domain: str | None = Field(default=None, description="certificate: a name that it must cover.")
    quota_service: str = Field(default="fargate", description="quotas: service code.")
    quota_code: str = Field(default="L-3032A538", description="quotas: quota code; Fargate vCPUs unless you say more.")
    quota_needed: float | None = Field(default=None, description="quotas: the least that will do.")
    primary_region: str | None = Field(default=None, description="not_same_region: the region that is left.")
    target_group: str | None = Field(default=None, description="target_group: name.")
    zone: str | None = Field(default=None, description="dns_record: hosted zone, name or id.")
    record: str | None = Field(default=None, description="dns_record: the name users ask for.")
    record_type: RecordType = Field(default="A", description="dns_record: its type.")


class Answer(Frozen):
    """One check's answer."""

    check: CheckName
    verdict: Literal["passed", "failed", "unknown"]
    text: Text

    def __str__(self) -> str:
        return told("{check}: {text}", check=self.check, text=self.text)


class Unasked(Exception):
    """A name is missing from the runbook, so nothing was asked."""


Question = Callable[[Reads, PreflightParams], str]
"""Answers with a sentence when all is well. Raises StepBroke when it is not."""


def ask(aws: Reads, params: PreflightParams, check: CheckName) -> Answer:
    """Put one question to AWS; whatever comes back is an answer."""
    try:
        return Answer(check=check, verdict="passed", text=_QUESTIONS[check](aws, params))
    except StepBroke as broke:
        return Answer(check=check, verdict="failed", text=str(broke))
    except Unasked as missing:
        return Answer(
            check=check, verdict="unknown", text=told("not asked; give {missing} in the runbook.", missing=missing)
        )
    except Exception as error:  # one blind check must not hide the others
        code = code_of(error)
        verdict: Literal["failed", "unknown"] = "failed" if "NotFound" in code else "unknown"
        return Answer(
            check=check,
            verdict=verdict,
            text=told(
                "{region} said {code}: {message}",
                region=params.region,
                code=code or told("nothing"),
                message=message_of(error),
            ),
        )


def _identity(aws: Reads, params: PreflightParams) -> str:
    sts: STSClient = aws.reader("sts", params.region)
    found = sts.get_caller_identity()
    if params.account and found["Account"] != params.account:
        raise StepBroke(
            told(
                "the bot is in account {account}, the service in {params_account}; set the service's role.",
                account=found["Account"],
                params_account=params.account,
            )
        )
    return found["Arn"]


def _ecs_service(aws: Reads, params: PreflightParams) -> str:
    cluster, name = _needed(params, "cluster"), _needed(params, "service")
    service = read_service(aws, params.region, cluster, name)
    if service.status != "ACTIVE":
        raise StepBroke(
            told(
                "{name} is {status} in {region}; deploy it there first.",
                name=name,
                status=service.status,
                region=params.region,
            )
        )
    if service.running < service.desired:
        raise StepBroke(told("{service}; mend that before adding more.", service=service))
    return told("{what}.", what=service)


def _aurora_secondary(aws: Reads, params: PreflightParams) -> str:
    name, arn = _needed(params, "global_cluster"), _needed(params, "target_cluster")
    topology = read_topology(aws, params.region, name)
    member = topology.member(arn)
    if member is None:
        raise StepBroke(
            told("{arn} is no member of {topology}; correct target_cluster.", arn=short(arn), topology=topology)
        )
    if member.writer:
        raise StepBroke(told("{name} is the writer already; there is nothing to promote.", name=member.name))
    status, instances, _ = cluster_status(aws, region_of(arn), arn)
    if topology.moving or status != "available" or not instances:
        state = topology.moving or (status if instances else told("without an instance"))
        raise StepBroke(
            told(
                "{name} is {state}; it must be available, with an instance, before it can be promoted.",
                name=member.name,
                state=state,
            )
        )
    sync = f", {member.sync}" if member.sync else ""
    return told("{name} follows and is available{sync}.", name=member.name, sync=sync)


def _image_present(aws: Reads, params: PreflightParams) -> str:
    repository, tag = _needed(params, "repository"), params.image_tag
    ecr: ECRClient = aws.reader("ecr", params.region)
    if tag:
        found = ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])["imageDetails"]
    else:
        found = ecr.describe_images(repositoryName=repository, maxResults=1)["imageDetails"]
    if not found:
        raise StepBroke(
            told(
                "{repository} in {region} holds no image; check its replication.",
                repository=repository,
                region=params.region,
            )
        )
    return told(
        "{image} is in {region}.",
        image=f"{repository}:{tag}" if tag else repository,
        region=params.region,
    )


def _certificate(aws: Reads, params: PreflightParams) -> str:
    domain = _needed(params, "certificate_domain")
    acm: ACMClient = aws.reader("acm", params.region)
    # Without the list of key types ACM leaves out everything but RSA of up to 2048 bits.
    listed = acm.list_certificates(
        Includes={"keyTypes": ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]}
    )["CertificateSummaryList"]
    covering = [each.get("CertificateArn", "") for each in listed if _covers(each, domain)]
    if not covering:
        raise StepBroke(
            told("no certificate in {region} covers {domain}; request one there.", region=params.region, domain=domain)
        )
    details = [acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in covering[:3]]
    good = [each for each in details if each.get("Status") == "ISSUED"]
    ends = max((each["NotAfter"] for each in good if "NotAfter" in each), default=None)
    if not good or (ends is not None and ends <= aws.now()):
        status = "EXPIRED" if good else str(details[0].get("Status", "unknown"))
        raise StepBroke(
            told(
                "the certificate for {domain} in {region} is {status}; renew it.",
                domain=domain,
                region=params.region,
                status=status,
            )
        )
    if ends is None:
        return told("{domain} is covered.", domain=domain)
    return told("{domain} is covered until {day}.", domain=domain, day=stamp(ends)[:10])


def _quotas(aws: Reads, params: PreflightParams) -> str:
    quota = quota_of(aws, params.region, params.quota_service, params.quota_code)
    name, value = quota.get("QuotaName", params.quota_code), quota.get("Value", 0.0)
    if value < (params.quota_needed or 0) or not value:
        needed = (
            told(", {quota_needed} are needed", quota_needed=f"{params.quota_needed:g}") if params.quota_needed else ""
        )
        raise StepBroke(
            told(
                "{name} is {value} in {region}{needed}; raise the quota.",
                name=name,
                value=f"{value:g}",
                region=params.region,
                needed=needed,
            )
        )
    return told("{name} is {value}.", name=name, value=f"{value:g}")


def _not_same_region(aws: Reads, params: PreflightParams) -> str:
    primary = _needed(params, "primary_region")
    if primary == params.region:
        raise StepBroke(
            told(
                "the step works in {primary}, the region to be left; set region to the recovery region.",
                primary=primary,
            )
        )
    return told("{region} is not {primary}.", region=params.region, primary=primary)


def _target_group(aws: Reads, params: PreflightParams) -> str:
    name = _needed(params, "target_group")
    elbv2: ElasticLoadBalancingv2Client = aws.reader("elbv2", params.region)
    found = elbv2.describe_target_groups(Names=[name])["TargetGroups"]
    if not found:
        raise StepBroke(
            told("target group {name} is not in {region}; correct the name.", name=name, region=params.region)
        )
    return told("{name} is in {region}.", name=name, region=params.region)


def _dns_record(aws: Reads, params: PreflightParams) -> str:
    zone, record = _needed(params, "zone"), _needed(params, "record")
    sets = record_sets(aws, zone_id(aws, zone), record, params.record_type)
    if not sets:
        raise StepBroke(
            told(
                "there is no {record_type} {record} in {zone}; correct the name or the type.",
                record_type=params.record_type,
                record=record,
                zone=zone,
            )
        )
    return (
        told("{record}: {described}.", record=record, described=described(sets))
        if len(sets) > 1
        else told("{record} is there.", record=record)
    )


_QUESTIONS: dict[CheckName, Question] = {
    "identity": _identity,
    "ecs_service": _ecs_service,
    "aurora_secondary": _aurora_secondary,
    "image_present": _image_present,
    "certificate": _certificate,
    "quotas": _quotas,
    "not_same_region": _not_same_region,
    "target_group": _target_group,
    "dns_record": _dns_record,
}


def _needed(params: PreflightParams, name: str) -> str:
    value = getattr(params, name)
    if not value:
        raise Unasked(f"`{name}`")
    return str(value)


def _covers(summary: CertificateSummaryTypeDef, domain: str) -> bool:
    names = {summary.get("DomainName", ""), *summary.get("SubjectAlternativeNameSummaries", [])}
    return domain in names or f"*.{domain.partition('.')[2]}" in names
