"""A DB cluster as one look sees it, for actions on Aurora clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bot.language import told
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_rds.type_defs import DBClusterTypeDef, DBInstanceTypeDef


Client = Literal["rds", "docdb", "neptune"]
"""DocumentDB and Neptune answer these calls in RDS's shapes, each through a client of its own."""

DEAD = frozenset(
    {"failed", "restore-error", "incompatible-create", "incompatible-credentials", "incompatible-network",
     "incompatible-option-group", "incompatible-parameters", "incompatible-restore", "insufficient-capacity",
     "inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable", "storage-full",
     "deleting"}
)  # fmt: skip
"""Statuses that do not end without help."""


def describe_cluster(aws: Reads, region: str, name: str, client: Client = "rds") -> DBClusterTypeDef:
    """Raises StepBroke when there is no such cluster."""
    found = find_cluster(aws, region, name, client)
    if found is None:
        raise StepBroke(
            told("Cluster {name} is not in {region}; correct the name or the step's region.", name=name, region=region)
        )
    return found


def find_cluster(aws: Reads, region: str, name: str, client: Client = "rds") -> DBClusterTypeDef | None:
    """The cluster, or None."""
    rds: RDSClient = aws.reader(client, region)
    try:
        return rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
    except rds.exceptions.DBClusterNotFoundFault:
        return None


def describe_instance(aws: Reads, region: str, name: str) -> DBInstanceTypeDef:
    """Raises StepBroke when there is no such instance."""
    found = find_instance(aws, region, name)
    if found is None:
        raise StepBroke(
            told("{name} is not in {region}; correct the name or the step's region.", name=name, region=region)
        )
    return found


def find_instance(aws: Reads, region: str, name: str) -> DBInstanceTypeDef | None:
    """The instance, or None."""
    rds: RDSClient = aws.reader("rds", region)
    try:
        return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    except rds.exceptions.DBInstanceNotFoundFault:
        return None


def is_dead(status: str) -> bool:
    """Whether the database will not come by itself; `DEAD`, or what AWS will add to it."""
    return status in DEAD or status.startswith(("incompatible-", "inaccessible-"))


def moving(status: str, *resting: str) -> str:
    """`status` when the database is on its way somewhere; empty at rest. Raises StepBroke for a dead one."""
    if is_dead(status):
        raise StepBroke(
            told("The database is {status} and will not come by itself; open it in the RDS console.", status=status)
        )
    return "" if status in ("available", *resting) else status
