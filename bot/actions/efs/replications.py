"""The replication that ends in an EFS file system, as one look sees it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.model.base import Frozen
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_efs import EFSClient


class Replication(Frozen):
    """From where, how it is, and how fresh the copy is."""

    source: str
    source_region: str
    status: str
    last: datetime | None = None
    """Everything written before this moment is in the copy."""


def read_replication(aws: Reads, region: str, file_system: str) -> Replication | None:
    """The replication whose destination is `file_system`; None when it is nobody's copy."""
    efs: EFSClient = aws.reader("efs", region)
    try:
        found = efs.describe_replication_configurations(FileSystemId=file_system)["Replications"]
    except efs.exceptions.ReplicationNotFound:
        return None
    for each in found:
        for copy in each["Destinations"]:
            if copy["FileSystemId"] == file_system:
                return Replication(
                    source=each["SourceFileSystemId"],
                    source_region=each["SourceFileSystemRegion"],
                    status=copy["Status"],
                    last=copy.get("LastReplicatedTimestamp"),
                )
    return None
