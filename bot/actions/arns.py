"""Which resources a permission can be narrowed to, as far as a step's parameters tell.

Promises never to narrow too far: a part that is not known becomes `*`, and a permission that is not listed here is not
narrowed at all, since a policy that forgets a resource fails in the night it is needed. The forms are those of AWS's
service authorization reference. Refuses to know policies, runbooks and AWS itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from pydantic import JsonValue

EVERYTHING = ("*",)

Params = Mapping[str, JsonValue]

_AURORA = ("rds:*:{account}:cluster:*", "rds::{account}:global-cluster:{global_cluster}")
_INSTANCE = ("rds:{region}:{account}:db:{replica|instance|db_instance}",)
_GROUP = ("autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{group}",)
_FUNCTION = ("lambda:{region}:{account}:function:{function}", "lambda:{region}:{account}:function:{function}:*")
_RULE = ("events:{region}:{account}:rule/*{rule}",)
_TABLE = ("dynamodb:{region}:{account}:table/{table}", "dynamodb:{region}:{account}:table/{table}/*")
_MADE_TABLE = ("dynamodb:{replica|region}:{account}:table/{name|table}",)
_STAGE = ("codepipeline:{region}:{account}:{pipeline}/*",)
_OBJECTS = ("s3:::{bucket}/*",)

_FORMS: Mapping[str, Sequence[str]] = {
    "rds:FailoverGlobalCluster": _AURORA,
    "rds:SwitchoverGlobalCluster": _AURORA,
    "rds:RemoveFromGlobalCluster": _AURORA,
    "rds:PromoteReadReplica": _INSTANCE,
    "rds:StartDBInstance": _INSTANCE,
    "rds:PromoteReadReplicaDBCluster": ("rds:{region}:{account}:cluster:{cluster}",),
    "rds:StartDBCluster": ("rds:{region}:{account}:cluster:{cluster}",),
    "ecs:UpdateService": ("ecs:{region}:{account}:service/{cluster}/{service}",),
    "ecs:DescribeServices": ("ecs:{region}:{account}:service/{cluster}/{service}",),
    "application-autoscaling:RegisterScalableTarget": ("application-autoscaling:{region}:{account}:scalable-target/*",),
    "autoscaling:UpdateAutoScalingGroup": _GROUP,
    "autoscaling:SuspendProcesses": _GROUP,
    "autoscaling:ResumeProcesses": _GROUP,
    "route53:ChangeResourceRecordSets": ("route53:::hostedzone/{zone}",),
    "sns:Publish": ("sns:{region}:{account}:{topic}",),
    "lambda:UpdateEventSourceMapping": ("lambda:{region}:{account}:event-source-mapping:*",),
    "lambda:PutFunctionConcurrency": _FUNCTION,
    "lambda:DeleteFunctionConcurrency": _FUNCTION,
    "lambda:PutProvisionedConcurrencyConfig": _FUNCTION,
    "lambda:DeleteProvisionedConcurrencyConfig": _FUNCTION,
    "lambda:InvokeFunction": _FUNCTION,
    "events:DisableRule": _RULE,
    "events:EnableRule": _RULE,
    "scheduler:UpdateSchedule": ("scheduler:{region}:{account}:schedule/*",),
    "dynamodb:PutResourcePolicy": _TABLE,
    "dynamodb:DeleteResourcePolicy": _TABLE,
    "codepipeline:DisableStageTransition": _STAGE,
    "codepipeline:EnableStageTransition": _STAGE,
    "cloudwatch:DisableAlarmActions": ("cloudwatch:{region}:{account}:alarm:*",),
    "cloudwatch:EnableAlarmActions": ("cloudwatch:{region}:{account}:alarm:*",),
    "elasticache:FailoverGlobalReplicationGroup": ("elasticache::{account}:globalreplicationgroup:*",),
    "s3:PutBucketPolicy": ("s3:::{bucket}",),
    "s3:DeleteBucketPolicy": ("s3:::{bucket}",),
    "s3:GetBucket*": ("s3:::{bucket}",),
    "s3:ListBucket": ("s3:::{bucket}",),
    "s3:GetObject*": _OBJECTS,
    "s3:RestoreObject": _OBJECTS,
    "s3:PutObject*": _OBJECTS,
    "codebuild:StartBuild": ("codebuild:{region}:{account}:project/{project}",),
    "states:StartExecution": ("states:{region}:{account}:stateMachine:{state_machine|machine}",),
    "arc-region-switch:StartPlanExecution": ("arc-region-switch::{account}:plan/*",),
    "globalaccelerator:UpdateEndpointGroup": ("globalaccelerator::{account}:accelerator/*",),
    "eks:UpdateNodegroupConfig": ("eks:{region}:{account}:nodegroup/{cluster}/*",),
    "dynamodb:CreateTable*": _MADE_TABLE,
    "dynamodb:*Item": _MADE_TABLE,
    "dynamodb:Query": _MADE_TABLE,
    "dynamodb:Scan": _MADE_TABLE,
    "iam:PassRole": ("iam::{account}:role/*",),
    "secretsmanager:GetSecretValue": ("secretsmanager:{region}:{account}:secret:*",),
}
"""Behind `arn:aws:`; `{a|b}` is the first of these parameters that is given."""

_ITSELF = {"iam:PassRole": "role", "secretsmanager:GetSecretValue": "secret"}
"""Where a parameter is the ARN itself."""

_ELSEWHERE = {
    "cn": "aws-cn", "us-gov": "aws-us-gov", "eusc-de": "aws-eusc",
    "us-iso": "aws-iso", "us-isob": "aws-iso-b", "eu-isoe": "aws-iso-e", "us-isof": "aws-iso-f",
}  # fmt: skip
"""AWS's other worlds, by how their regions begin."""

_WHOLE = re.compile(r"arn:[A-Za-z0-9:/_+=,.@-]+")
_PART = re.compile(r"\{([a-z_|]+)\}")
_PLAIN = re.compile(r"[A-Za-z0-9_.$+=@/-]+")
_FORM_OF = {"zone": re.compile(r"Z[A-Z0-9]{7,31}")}
"""A parameter that also takes a name, where the ARN wants the id."""


def resources(permission: str, params: Params, *, region: str, account: str | None) -> tuple[str, ...]:
    """The ARNs, perhaps with `*` in them, that cover every resource this permission needs here."""
    itself = params.get(_ITSELF.get(permission, ""))
    if isinstance(itself, str) and _WHOLE.fullmatch(itself):
        return (itself,)
    forms = next((forms for pattern, forms in _FORMS.items() if fnmatchcase(permission, pattern)), ())
    known: Params = {**params, "region": region, "account": account}
    return tuple(f"arn:{partition(region)}:{_filled(form, known)}" for form in forms) or EVERYTHING


def partition(region: str) -> str:
    """`aws`, or the name of AWS's other worlds."""
    return _ELSEWHERE.get(region.rsplit("-", 2)[0], "aws")


def _filled(form: str, known: Params) -> str:
    return _PART.sub(lambda part: _value(part[1].split("|"), known), form)


def _value(names: Sequence[str], known: Params) -> str:
    """The parameter's value when it is a plain name; the name in it when it is an ARN; else anything."""
    name = next((each for each in names if known.get(each)), names[0])
    value = known.get(name)
    if not isinstance(value, str):
        return "*"
    if value.startswith("arn:"):
        value = "" if _is_qualified(name, value) else re.split(r"[:/]", value)[-1]
    allowed = _FORM_OF.get(name, _PLAIN)
    return value if allowed.fullmatch(value) else "*"


def _is_qualified(name: str, arn: str) -> bool:
    """Whether something follows the name, as an alias does a function's or a key a bucket's."""
    return arn.count(":") > 6 or (name == "bucket" and "/" in arn)
