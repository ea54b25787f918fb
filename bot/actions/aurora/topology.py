"""An Aurora global database as one look sees it: who writes, who follows, what is moving.

Statuses are kept as AWS spells them; new ones appear before the documentation knows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.actions.answers import region_of, short
from bot.actions.rds.clusters import Client, describe_cluster
from bot.language import told
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import GlobalClusterTypeDef


class Member(Frozen):
    """One regional cluster."""

    arn: str
    writer: bool
    sync: str = ""
    """`connected`, `pending-resync`, or empty when AWS does not say."""

    @property
    def name(self) -> str:
        return short(self.arn)

    @property
    def region(self) -> str:
        return region_of(self.arn)


class Topology(Frozen):
    """The global database and its members."""

    name: str
    arn: str
    members: tuple[Member, ...]
    moving: str = ""
    """FailoverState's status; empty when nothing is in motion."""
    moving_to: str = ""
    engine: str = ""
    engine_version: str = ""

    @property
    def writer(self) -> Member | None:
        return next((member for member in self.members if member.writer), None)

    def member(self, arn: str) -> Member | None:
        return next((member for member in self.members if member.arn == arn), None)

    def in_region(self, region: str) -> Member | None:
        return next((member for member in self.members if member.region == region), None)

    def __str__(self) -> str:
        members = [
            told("{name} writes", name=each.name) if each.writer else told("{name} follows", name=each.name)
            for each in self.members
        ]
        return told("{name}: {members}", name=self.name, members=members or told("no members"))


def read_topology(aws: Reads, region: str, global_cluster: str, client: Client = "rds") -> Topology:
    """Look at `global_cluster` through `region`; any region that it reaches into may be asked."""
    rds: RDSClient = aws.reader(client, region)
    try:
        found = rds.describe_global_clusters(GlobalClusterIdentifier=global_cluster)["GlobalClusters"]
    except rds.exceptions.GlobalClusterNotFoundFault:
        found = []
    if not found:
        raise StepBroke(
            told(
                "{global_cluster} is not known in {region}; correct the name in the catalogue.",
                global_cluster=global_cluster,
                region=region,
            )
        )
    return _topology(found[0])


def cluster_status(aws: Reads, region: str, arn: str, client: Client = "rds") -> tuple[str, int, str]:
    """A regional cluster's status, how many instances it has, and its writer endpoint. Raises StepBroke without it."""
    cluster = describe_cluster(aws, region, short(arn), client)
    return cluster.get("Status", "unknown"), len(cluster.get("DBClusterMembers", [])), cluster.get("Endpoint", "")


def _topology(found: GlobalClusterTypeDef) -> Topology:
    moving = found.get("FailoverState") or {}
    return Topology(
        name=found.get("GlobalClusterIdentifier", ""),
        arn=found.get("GlobalClusterArn", ""),
        members=tuple(
            Member(
                arn=each.get("DBClusterArn", ""),
                writer=each.get("IsWriter", False),
                sync=each.get("SynchronizationStatus", ""),
            )
            for each in found.get("GlobalClusterMembers", [])
        ),
        moving=str(moving.get("Status", "")),
        moving_to=moving.get("ToDbClusterArn", ""),
        engine=found.get("Engine", ""),
        engine_version=found.get("EngineVersion", ""),
    )
