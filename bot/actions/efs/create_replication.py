"""Replicate an EFS file system into another: the first half of a failback, or a new standby.

When to reach for it: after a failover, the file system of the recovery region is the good one, and the old one should
follow it. The step's region is the one that holds the good one.

What bites: the destination is overwritten with the source's content, and must have its overwrite protection disabled.
The first sync takes hours. Undo would make the destination writable as it is; use efs.make_writable for that.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked, refusal
from bot.actions.base import Call, Params, Results, action
from bot.actions.rehearsing import NOON, absent
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_efs import EFSClient
    from mypy_boto3_efs.type_defs import DestinationToCreateTypeDef


class CreateReplicationParams(Params):
    """From which file system, to which."""

    source: str = Field(description="File system id in this region.", examples=["fs-0123456789abcdef0"])
    destination: str = Field(description="File system id that is overwritten.", examples=["fs-0fedcba9876543210"])
    destination_region: str = Field(description="The region it is in.", examples=["us-east-1"])


class CreateReplicationResults(Results):
    """The replication."""

    status: str = Field(description="Status of the replication.")


_NONE = absent("efs", "describe_replication_configurations", "ReplicationNotFound")


def _replication(status: str) -> Call:
    to: dict[str, object] = {"Status": status, "FileSystemId": "fs-0fedcba9876543210", "Region": "us-east-1"}
    if status == "ENABLED":
        to = {**to, "LastReplicatedTimestamp": NOON}
    arn = "arn:aws:elasticfilesystem:us-west-2:111122223333:file-system/fs-0123456789abcdef0"
    found = {"SourceFileSystemId": "fs-0123456789abcdef0", "SourceFileSystemRegion": "us-west-2",
             "SourceFileSystemArn": arn, "OriginalSourceFileSystemArn": arn, "CreationTime": NOON,
             "Destinations": [to]}  # fmt: skip
    return Call("efs", "describe_replication_configurations", {"Replications": [found]})


@action(
    "efs.create_replication",
    risk=Risk.DATA_LOSS,
    costs=told("the copy and what is transferred"),
    idempotency=Idempotency.READ_BACK,
    permissions=(
        "elasticfilesystem:DescribeReplicationConfigurations",
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:CreateReplicationConfiguration",
    ),
    irreversible=told("What the destination held is overwritten; restore it from a backup if it is missed."),
    typical=timedelta(hours=2),
    by_hand="aws efs describe-replication-configurations --region {region} --file-system-id {source}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "source": "fs-0123456789abcdef0", "destination": "fs-0fedcba9876543210",
         "destination_region": "us-east-1"},
        none=(_NONE,),
        source=(Call("efs", "describe_file_systems", {"FileSystems": [
            {"OwnerId": "1", "CreationToken": "x", "FileSystemId": "fs-0123456789abcdef0", "CreationTime": NOON,
             "LifeCycleState": "available", "NumberOfMountTargets": 1, "SizeInBytes": {"Value": 1},
             "PerformanceMode": "generalPurpose", "Tags": []}]}),),
        send=(Call("efs", "create_replication_configuration", {
            "SourceFileSystemId": "fs-0123456789abcdef0", "SourceFileSystemRegion": "us-west-2",
            "SourceFileSystemArn": "arn:x", "OriginalSourceFileSystemArn": "arn:x", "CreationTime": NOON,
            "Destinations": []}),),
        way=(_replication("ENABLING"), _replication("ENABLED")),
    ),
)  # fmt: skip
class CreateReplication(Made[CreateReplicationParams]):
    """Begin it, then wait for the first complete copy."""

    Params = CreateReplicationParams
    Results = CreateReplicationResults
    ready = frozenset({"ENABLED"})
    dead = frozenset({"ERROR", "DELETING"})
    every = timedelta(minutes=1)

    def called(self, params: CreateReplicationParams) -> str:
        return told("replication of {source} to {destination}", source=params.source, destination=params.destination)

    def thing(self, aws: Reads, params: CreateReplicationParams) -> Thing | None:
        efs: EFSClient = aws.reader("efs", params.region)
        try:
            listed = efs.describe_replication_configurations(FileSystemId=params.source)["Replications"]
        except refusal("ReplicationNotFound", "FileSystemNotFound"):
            return None
        for to in (each for found in listed for each in found["Destinations"]):
            if to["FileSystemId"] == params.destination:
                copied = to["Status"] != "ENABLED" or "LastReplicatedTimestamp" in to
                state = str(to["Status"]) if copied else "copying for the first time"
                return Thing(state=state, note=to.get("StatusMessage", ""), results={"status": state})
        return None

    def source(self, aws: Reads, params: CreateReplicationParams) -> Look:
        efs: EFSClient = aws.reader("efs", params.region)
        try:
            found = efs.describe_file_systems(FileSystemId=params.source)["FileSystems"][0]
        except efs.exceptions.FileSystemNotFound:
            return blocked(
                told("{source} is not in {region}; correct the id.", source=params.source, region=params.region),
                params.source,
            )
        if found["LifeCycleState"] != "available":
            return blocked(
                told(
                    "{source} is {life_cycle_state}; it must be available.",
                    source=params.source,
                    life_cycle_state=found["LifeCycleState"],
                ),
                params.source,
            )
        lost = Finding(text=told("What {destination} holds now is overwritten.", destination=params.destination))
        change = told(
            "{source} → {destination} in {destination_region}",
            source=params.source,
            destination=params.destination,
            destination_region=params.destination_region,
        )
        return Look(state="ready", change=change, findings=(lost,), targets=(params.source, params.destination))

    def execute(self, aws: Aws, params: CreateReplicationParams, token: str) -> None:
        efs: EFSClient = aws.writer("efs", params.region)
        to: DestinationToCreateTypeDef = {"FileSystemId": params.destination, "Region": params.destination_region}
        efs.create_replication_configuration(SourceFileSystemId=params.source, Destinations=[to])
