"""Prove that nothing writes on the old side any more, or say what may still write.

Each writer that is named is looked at: an ECS service and an Auto Scaling group that must neither run anything nor
want to, a table or bucket whose policy must deny writes, a security group that must let nobody of the source in, a
global database whose writer must be elsewhere. FENCED means that all of them were seen to be so.

When to reach for it: right after fencing and before anything is promoted; the run records FENCED or UNFENCED.

What bites: a region that does not answer proves nothing, so what could not be seen counts as UNFENCED. Only what is
named is looked at: a forgotten writer is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from bot.actions.answers import message_of
from bot.actions.aurora.topology import read_topology
from bot.actions.autoscaling.groups import describe, rehearse_group, suspended
from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.actions.dynamodb import deny_writes as dynamodb
from bot.actions.ec2.revoke_ingress import RevokeIngressParams, lets_in
from bot.actions.ecs.services import EcsService, read_service
from bot.actions.fences import FENCE
from bot.actions.s3 import deny_writes as s3
from bot.language import together, told, told_n
from bot.model.action import Before, Risk, Settled
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef


class ProveFencedParams(Params):
    """The writers to look at. The step's region is the old side's."""

    cluster: str | None = Field(default=None, description="ECS cluster of the service.")
    service: str | None = Field(default=None, description="ECS service that must neither run a task nor want one.")
    group: str | None = Field(
        default=None, description="Auto Scaling group that must neither have an instance nor want one."
    )
    table: str | None = Field(default=None, description="DynamoDB table whose policy must deny writes.")
    bucket: str | None = Field(default=None, description="S3 bucket whose policy must deny writes.")
    account: str | None = Field(default=None, description="Account that owns the bucket.", pattern=r"^\d{12}$")
    security_group: str | None = Field(default=None, description="Security group that must not let the source in.")
    port: int | None = Field(default=None, description="Port that must be closed.")
    source: str | None = Field(default=None, description="CIDR block or group that must not be let in.")
    global_cluster: str | None = Field(default=None, description="Aurora global database whose writer must be away.")

    @model_validator(mode="after")
    def _named_in_full(self) -> ProveFencedParams:
        if self.bucket and not self.account:
            raise ValueError("bucket needs account")
        if self.security_group and (self.port is None or not self.source):
            raise ValueError("security_group needs port and source")
        return self


class ProveFencedResults(Results):
    """What was seen."""

    fenced: bool = Field(description="Whether every named writer was seen not to write.")
    verdict: str = Field(description="FENCED or UNFENCED.")
    quiet: list[str] = Field(description="Writers that are fenced.")
    open: list[str] = Field(description="Writers that are not, or could not be seen.")


_EAST = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
_WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
_MEMBERS = [{"DBClusterArn": _EAST, "IsWriter": False}, {"DBClusterArn": _WEST, "IsWriter": True}]
_POLICY = f'{{"Statement": [{{"Sid": "{FENCE}", "Effect": "Deny"}}]}}'
_LOOK = (
    Call("ecs", "describe_services", {"services": [{"serviceName": "orders-api", "runningCount": 0}]}),
    rehearse_group(),
    Call("dynamodb", "describe_table", {"Table": {"TableArn": "arn:aws:dynamodb:us-east-1:111122223333:table/orders"}}),
    Call("dynamodb", "get_resource_policy", {"Policy": _POLICY, "RevisionId": "1"}),
    Call("s3", "get_bucket_policy", {"Policy": _POLICY}),
    Call("ec2", "describe_security_group_rules", {"SecurityGroupRules": []}),
    Call("rds", "describe_global_clusters", {"GlobalClusters": [{"GlobalClusterMembers": _MEMBERS}]}),
)


@action(
    "aws.prove_fenced",
    risk=Risk.READ,
    measures="fenced",
    permissions=(
        "ecs:DescribeServices",
        "autoscaling:DescribeAutoScalingGroups",
        "dynamodb:DescribeTable",
        "dynamodb:GetResourcePolicy",
        "s3:GetBucketPolicy",
        "ec2:DescribeSecurityGroupRules",
        "rds:DescribeGlobalClusters",
    ),
    rehearsal=Rehearsal(
        params={"region": "us-east-1", "cluster": "orders", "service": "orders-api", "group": "orders-workers",
                "table": "orders", "bucket": "orders-documents", "account": "111122223333", "security_group": "sg-1",
                "port": 5432, "source": "10.0.0.0/16", "global_cluster": "orders-global"},
        calls=(*_LOOK, *_LOOK),
    ),
)  # fmt: skip
class ProveFenced(Check[ProveFencedParams]):
    """Every writer that is named, one look each."""

    Params = ProveFencedParams
    Results = ProveFencedResults

    def verify(self, aws: Reads, params: ProveFencedParams, before: Before) -> Settled:
        quiet: list[str] = []
        loud: list[str] = []
        for name, writes in _writers(params):
            still = _asked(writes, aws)
            (loud if still else quiet).append(together((name, still), ": ") if still else name)
        fenced = bool(quiet) and not loud
        verdict = "FENCED" if fenced else "UNFENCED"
        why = (loud or quiet) or told("no writer was named")
        return Settled(
            seen=told("{verdict}: {why}", verdict=verdict, why=why),
            results={"fenced": fenced, "verdict": verdict, "quiet": [*quiet], "open": [*loud]},
        )


_ALLOWED = told("writes are allowed")
Writes = Callable[[Reads], str]
"""Looks, and says how something still writes; empty when it does not."""


def _writers(params: ProveFencedParams) -> Iterator[tuple[str, Writes]]:
    region = params.region
    if params.service:
        cluster, service = params.cluster or "default", params.service
        yield service, lambda aws: _tasks(read_service(aws, region, cluster, service))
    if params.group:
        group = params.group
        yield group, lambda aws: _instances(describe(aws, region, group))
    if params.table:
        table = dynamodb.DenyWritesParams(region=region, table=params.table)
        yield params.table, lambda aws: "" if dynamodb.DenyWrites().look(aws, table).state.on else _ALLOWED
    if params.bucket:
        bucket = s3.DenyWritesParams(region=region, bucket=params.bucket, account=params.account or "")
        yield params.bucket, lambda aws: "" if s3.DenyWrites().look(aws, bucket).state.on else _ALLOWED
    if params.security_group:
        rule = RevokeIngressParams(
            region=region, group=params.security_group, port=params.port or 0, source=params.source or ""
        )
        yield params.security_group, lambda aws: _port(aws, rule)
    if params.global_cluster:
        database = params.global_cluster
        yield database, lambda aws: _writer_here(aws, region, database)


def _asked(writes: Writes, aws: Reads) -> str:
    try:
        return writes(aws)
    except Exception as error:  # one writer that cannot be seen must not hide the others
        return told("could not be seen ({message})", message=message_of(error))


def _tasks(service: EcsService) -> str:
    if count := service.running + service.pending:
        return told_n("{count} task runs", "{count} tasks run", count)
    return told_n("{count} task is wanted", "{count} tasks are wanted", service.desired) if service.desired else ""


def _instances(group: AutoScalingGroupTypeDef) -> str:
    if count := len(group.get("Instances", [])):
        return told_n("{count} instance is there", "{count} instances are there", count)
    wanted = 0 if "Launch" in suspended(group) else group["DesiredCapacity"]
    return told_n("{count} instance is wanted", "{count} instances are wanted", wanted) if wanted else ""


def _port(aws: Reads, rule: RevokeIngressParams) -> str:
    return told("port {port} is open", port=rule.port) if lets_in(aws, rule) else ""


def _writer_here(aws: Reads, region: str, database: str) -> str:
    topology = read_topology(aws, region, database)
    if topology.writer is None:
        return told("its writer is not known")
    return (
        told("{name} writes in {region}", name=topology.writer.name, region=region)
        if topology.writer.region == region
        else ""
    )
