"""Add a secondary cluster of an Aurora global database in this region: the rebuild after a region was lost.

When to reach for it: after a detach or a lost region, the global database has one member, and needs a follower before
it can be switched back. Follow it with a step that adds an instance.

It is made with the engine version that the global database has.

What bites: the first copy moves the whole volume, which takes from minutes to hours. Without `security_groups` it
stands in the network's default one, and its clients may not reach it. The name must be free, so the old
cluster has to be renamed, or deleted by hand after a snapshot. AWS has no token for this call; the name is the
identity.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, short
from bot.actions.aurora.topology import read_topology
from bot.actions.base import Call, Params, action
from bot.actions.rds.clusters import DEAD, find_cluster
from bot.actions.rds.restoring import LONE, RestoredResults, cluster_call, cluster_thing, place
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class CreateSecondaryParams(Params):
    """Of which global database, under what name."""

    global_cluster: str = Field(description="Global cluster identifier.", examples=["orders-global"])
    name: str = Field(description="Identifier of the cluster that is made.", examples=["orders-use1-b"])
    engine: str = Field(description="Engine of the global database.", examples=["aurora-postgresql"])
    subnet_group: str | None = Field(default=None, description="Subnet group; the default one if left out.")
    security_groups: tuple[str, ...] = Field(default=(), description="Security group ids; the default one if empty.")
    kms_key: str | None = Field(default=None, description="Key of this region, for an encrypted database.")


def _global(*more: str) -> Call:
    arns = ("us-west-2:111122223333:cluster:orders-usw2", *more)
    members = [{"DBClusterArn": f"arn:aws:rds:{arn}", "IsWriter": arn == arns[0]} for arn in arns]
    found = {"GlobalClusterIdentifier": "orders-global", "GlobalClusterMembers": members,
             "Engine": "aurora-postgresql", "EngineVersion": "15.4"}  # fmt: skip
    return Call("rds", "describe_global_clusters", {"GlobalClusters": [found]})


@action(
    "aurora.create_secondary",
    risk=Risk.REVERSIBLE,
    costs=told("the cluster and what is replicated"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBClusters", "rds:DescribeGlobalClusters", "rds:CreateDBCluster"),
    irreversible=told("The cluster stays and costs money until a person removes it; the other members are untouched."),
    typical=timedelta(minutes=45),
    by_hand="aws rds describe-db-clusters --region {region} --db-cluster-identifier {name}",
    rehearsal=rehearsed(
        {"region": "us-east-1", "global_cluster": "orders-global", "name": "b", "engine": "aurora-postgresql"},
        none=(cluster_call("rds"),),
        source=(_global(),),
        send=(_global(), Call("rds", "create_db_cluster", {})),
        way=(
            cluster_call("rds", "creating"),
            cluster_call("rds", "available"),
            _global("us-east-1:111122223333:cluster:b"),
        ),
    ),
)
class CreateSecondary(Made[CreateSecondaryParams]):
    """Make it, then watch until it is available."""

    Params = CreateSecondaryParams
    Results = RestoredResults
    dead = DEAD
    mend = told("look at its events")

    def called(self, params: CreateSecondaryParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: CreateSecondaryParams) -> Thing | None:
        found = find_cluster(aws, params.region, params.name, "rds")
        if found and found.get("Status") == "available":
            topology = read_topology(aws, params.region, params.global_cluster)
            if short(params.name) not in [each.name for each in topology.members if each.region == params.region]:
                text = told(
                    "{name} in {region} stands alone, outside {global_cluster}; rename it, or choose another name.",
                    name=params.name, region=params.region, global_cluster=params.global_cluster,
                )  # fmt: skip
                raise StepBroke(text)
        return cluster_thing(found)

    def source(self, aws: Reads, params: CreateSecondaryParams) -> Look:
        topology = read_topology(aws, params.region, params.global_cluster)
        if there := topology.in_region(params.region):
            gone = told(
                "{global_cluster} has {name} in {region} already; a region holds one member.",
                global_cluster=params.global_cluster,
                name=there.name,
                region=params.region,
            )
            return blocked(gone, params.name)
        writer = topology.writer
        if writer is None:
            return blocked(
                told(
                    "{global_cluster} has no writer to copy from; promote one first.",
                    global_cluster=params.global_cluster,
                ),
                params.name,
            )
        if topology.engine not in ("", params.engine):
            return blocked(
                told(
                    "{global_cluster} is {engine}; correct the engine.",
                    global_cluster=params.global_cluster,
                    engine=topology.engine,
                ),
                params.name,
            )
        change = told(
            "nothing → {name}, following {writer_name} in {region}",
            name=params.name,
            writer_name=writer.name,
            region=writer.region,
        )
        return Look(
            state="ready",
            change=change,
            findings=(Finding(text=LONE),),
            targets=(topology.arn or params.global_cluster, params.name),
        )

    def execute(self, aws: Aws, params: CreateSecondaryParams, token: str) -> None:
        version = read_topology(aws, params.region, params.global_cluster).engine_version
        rds: RDSClient = aws.writer("rds", params.region)
        said: dict[str, Any] = {"EngineVersion": version} if version else {}
        if params.kms_key:
            said |= {"KmsKeyId": params.kms_key, "StorageEncrypted": True}
        rds.create_db_cluster(
            DBClusterIdentifier=params.name,
            GlobalClusterIdentifier=params.global_cluster,
            Engine=params.engine,
            **said,
            **place(params),
        )
