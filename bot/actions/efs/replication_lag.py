"""Measure how old the copy of an EFS file system is.

When to reach for it: before the copy is made writable; the age is the data loss that people approve.

What bites: EFS promises most changes within a quarter of an hour, not more. While the source's region is away, the age
grows.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from bot.actions.assessing import Freshness, fresh, looked
from bot.actions.base import Call, Check, Params, action
from bot.actions.efs.replications import read_replication
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads


class ReplicationLagParams(Params):
    """Which copy. The step's region is the copy's."""

    file_system: str = Field(description="Id of the destination file system.", examples=["fs-0123456789abcdef0"])


_COPY: dict[str, Any] = {
    "FileSystemId": "fs-0123456789abcdef0", "Region": "us-west-2", "Status": "ENABLED",
    "LastReplicatedTimestamp": MEASURED,
}  # fmt: skip
_SOURCE: dict[str, Any] = {
    "SourceFileSystemId": "fs-source", "SourceFileSystemRegion": "us-east-1", "CreationTime": MEASURED,
    "SourceFileSystemArn": "arn:s", "OriginalSourceFileSystemArn": "arn:s", "Destinations": [_COPY],
}  # fmt: skip
_LOOK = Call("efs", "describe_replication_configurations", {"Replications": [_SOURCE]})


@action(
    "efs.replication_lag",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=("elasticfilesystem:DescribeReplicationConfigurations",),
    rehearsal=looked({"file_system": "fs-0123456789abcdef0"}, _LOOK),
)
class ReplicationLag(Check[ReplicationLagParams]):
    """The last replicated moment."""

    Params = ReplicationLagParams
    Results = Freshness

    def verify(self, aws: Reads, params: ReplicationLagParams, before: Before) -> Settled:
        replication = read_replication(aws, params.region, params.file_system)
        if replication is None:
            raise StepBroke(
                told(
                    "lag unknown: {file_system} is nobody's copy in {region}; correct the id.",
                    file_system=params.file_system,
                    region=params.region,
                )
            )
        if replication.last is None:
            raise StepBroke(
                told(
                    "lag unknown: {file_system} is {status} and was never replicated in full.",
                    file_system=params.file_system,
                    status=replication.status,
                )
            )
        return fresh(
            params.file_system,
            replication.last,
            aws.now(),
            told("EFS replication, {status}", status=replication.status),
        )
