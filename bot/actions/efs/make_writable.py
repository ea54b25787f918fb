"""End the replication into an EFS file system, which makes the copy writable.

When to reach for it: the recovery region has to write files.

What bites: what was written after the last replicated moment is lost, and files that were in flight may turn up under
lost+found. Set `source_reachable: false` when the old region does not answer; then only this side forgets the
replication, and the source's side has to be tidied up later.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import clock
from bot.actions.base import Call, Params, action
from bot.actions.efs.replications import read_replication
from bot.actions.rehearsing import MEASURED
from bot.actions.setting import Arriving, Seen, rehearsed
from bot.actions.states import ALONE, Independence
from bot.language import told
from bot.model.action import Finding, Idempotency, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_efs import EFSClient


class MakeWritableParams(Params):
    """Which copy. The step's region is the copy's."""

    file_system: str = Field(description="Id of the destination file system.", examples=["fs-0123456789abcdef0"])
    source_reachable: bool = Field(default=True, description="Whether the source's region answers.")


def _replication(status: str) -> Call:
    copy = {"FileSystemId": "fs-0123456789abcdef0", "Region": "us-west-2", "Status": status}
    found: dict[str, Any] = {
        "SourceFileSystemId": "fs-source", "SourceFileSystemRegion": "us-east-1", "CreationTime": MEASURED,
        "SourceFileSystemArn": "arn:s", "OriginalSourceFileSystemArn": "arn:s",
        "Destinations": [{**copy, "LastReplicatedTimestamp": MEASURED}],
    }  # fmt: skip
    return Call("efs", "describe_replication_configurations", {"Replications": [found]})


_GONE = Call("efs", "describe_replication_configurations", {"Replications": []})


def _system(protection: str) -> Call:
    found: dict[str, Any] = {
        "OwnerId": "1", "CreationToken": "t", "FileSystemId": "fs-0123456789abcdef0", "CreationTime": MEASURED,
        "LifeCycleState": "available", "NumberOfMountTargets": 1, "SizeInBytes": {"Value": 1}, "Tags": [],
        "PerformanceMode": "generalPurpose", "FileSystemProtection": {"ReplicationOverwriteProtection": protection},
    }  # fmt: skip
    return Call("efs", "describe_file_systems", {"FileSystems": [found]})


@action(
    "efs.make_writable",
    risk=Risk.DATA_LOSS,
    idempotency=Idempotency.READ_BACK,
    permissions=(
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:DescribeReplicationConfigurations",
        "elasticfilesystem:DeleteReplicationConfiguration",
    ),
    irreversible=(
        told("A replication that was ended does not resume; to go back, replicate this file system to the "
             "old region, let it catch up, and make that copy writable.")
    ),
    typical=timedelta(minutes=6),
    by_hand="aws efs describe-file-systems --region {region} --file-system-id {file_system}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "file_system": "fs-0123456789abcdef0"},
        was=(_system("REPLICATING"), _replication("ENABLED")), asked=_replication("ENABLED"),
        put=Call("efs", "delete_replication_configuration", {}),
        moving=(_system("REPLICATING"), _replication("DELETING")), now=(_system("ENABLED"), _GONE),
    ),
)  # fmt: skip
class MakeWritable(Arriving[MakeWritableParams, Independence]):
    """Delete the replication, then wait until the file system is nobody's copy."""

    Params = MakeWritableParams
    State = Independence

    def look(self, aws: Reads, params: MakeWritableParams) -> Seen[Independence]:
        efs: EFSClient = aws.reader("efs", params.region)
        try:
            found = efs.describe_file_systems(FileSystemId=params.file_system)["FileSystems"][0]
        except efs.exceptions.FileSystemNotFound:
            raise StepBroke(
                told(
                    "{file_system} is not in {region}; correct the id.",
                    file_system=params.file_system,
                    region=params.region,
                )
            ) from None
        replication = read_replication(aws, params.region, params.file_system)
        protected = found.get("FileSystemProtection", {}).get("ReplicationOverwriteProtection", "")
        leaving = replication.status if replication and replication.status == "DELETING" else ""
        return Seen(
            name=params.file_system,
            target=found.get("FileSystemArn", ""),
            state=Independence(follows=replication.source) if replication and not leaving else ALONE,
            moving=leaving or (told("still read-only") if protected == "REPLICATING" and not replication else ""),
        )

    def findings(self, aws: Reads, params: MakeWritableParams, seen: Seen[Independence]) -> Sequence[Finding]:
        replication = read_replication(aws, params.region, params.file_system)
        last = replication.last if replication else None
        until = told("after {last} UTC", last=clock(last)) if last else told("after a moment that is UNKNOWN")
        return [
            Finding(
                text=told("What was written to {follows} {until} is lost.", follows=seen.state.follows, until=until)
            )
        ]

    def wanted(self, params: MakeWritableParams, now: Independence) -> Independence:
        return ALONE

    def put(
        self, aws: Aws, params: MakeWritableParams, seen: Seen[Independence], state: Independence, token: str
    ) -> None:
        efs: EFSClient = aws.writer("efs", params.region)
        efs.delete_replication_configuration(
            SourceFileSystemId=seen.state.follows,
            DeletionMode="ALL_CONFIGURATIONS" if params.source_reachable else "LOCAL_CONFIGURATION_ONLY",
        )
