"""Make an FSx file system from a backup.

When to reach for it: the cold way for Windows, Lustre, ONTAP-free file shares, from a backup in the recovery region.

What bites: the new file system has another DNS name, so clients must be pointed at it. The deployment settings of
the backup are kept. The Name tag is the identity here; AWS honours our token as well.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked, every, tags_of
from bot.actions.base import Call, Params, Results, action
from bot.actions.rehearsing import NOON
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import later, told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_fsx import FSxClient


class CreateFromBackupParams(Params):
    """Which backup, where, under what name."""

    backup: str = Field(description="Backup id.", pattern=r"^backup-", examples=["backup-0123456789abcdef0"])
    subnets: tuple[str, ...] = Field(min_length=1, description="Subnet ids.", examples=[["subnet-0a1b2c3d"]])
    security_groups: tuple[str, ...] = Field(default=(), description="Security group ids; the default one if empty.")
    name: str = Field(description="Name tag of the file system; its identity.", examples=["orders-share"])


class CreateFromBackupResults(Results):
    """Where to mount."""

    file_system: str = Field(description="File system id.")
    dns_name: str = Field(description="DNS name to mount.")


def _systems(*states: str) -> Call:
    found = [
        {"FileSystemId": "fs-0c1b2c3d4e", "Lifecycle": state, "DNSName": "fs-0c.fsx.us-west-2.amazonaws.com",
         "Tags": [{"Key": "Name", "Value": "orders-share"}]}
        for state in states
    ]  # fmt: skip
    return Call("fsx", "describe_file_systems", {"FileSystems": found})


_BACKUP = {"BackupId": "backup-0a1b2c3d4e", "Lifecycle": "AVAILABLE", "Type": "USER_INITIATED", "CreationTime": NOON,
           "FileSystem": {"FileSystemId": "fs-0a1b2c3d4e"}}  # fmt: skip


@action(
    "fsx.create_from_backup",
    risk=Risk.REVERSIBLE,
    costs=told("the file system"),
    idempotency=Idempotency.TOKEN,
    implied=("fsx:TagResource",),
    permissions=("fsx:DescribeFileSystems", "fsx:DescribeBackups", "fsx:CreateFileSystemFromBackup"),
    irreversible=told("The file system stays and costs money until a person deletes it; the backup is untouched."),
    typical=timedelta(minutes=30),
    by_hand=later("FSx console in {region}, File systems, {name}"),
    rehearsal=rehearsed(
        {
            "region": "us-west-2",
            "backup": "backup-0a1b2c3d4e",
            "subnets": ["subnet-0a1b2c3d4e5f67890"],
            "name": "orders-share",
        },
        none=(_systems(),),
        source=(Call("fsx", "describe_backups", {"Backups": [_BACKUP]}),),
        send=(Call("fsx", "create_file_system_from_backup", {}),),
        way=(_systems("CREATING"), _systems("AVAILABLE")),
    ),
)
class CreateFromBackup(Made[CreateFromBackupParams]):
    """Make the file system, then watch until it is available."""

    Params = CreateFromBackupParams
    Results = CreateFromBackupResults
    ready = frozenset({"AVAILABLE"})
    dead = frozenset({"FAILED", "DELETING", "MISCONFIGURED"})

    def called(self, params: CreateFromBackupParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: CreateFromBackupParams) -> Thing | None:
        fsx: FSxClient = aws.reader("fsx", params.region)
        for each in every(fsx, "describe_file_systems", "FileSystems"):
            if tags_of(each.get("Tags")).get("Name") == params.name:
                note = each.get("FailureDetails", {}).get("Message", "")
                results = {"file_system": each.get("FileSystemId", ""), "dns_name": each.get("DNSName", "")}
                return Thing(state=str(each.get("Lifecycle", "")), note=note, results={**results})
        return None

    def source(self, aws: Reads, params: CreateFromBackupParams) -> Look:
        fsx: FSxClient = aws.reader("fsx", params.region)
        try:
            found = fsx.describe_backups(BackupIds=[params.backup])["Backups"][0]
        except fsx.exceptions.BackupNotFound:
            return blocked(
                told(
                    "{backup} is not in {region}; copy it there, or choose another.",
                    backup=params.backup,
                    region=params.region,
                ),
                params.name,
            )
        if found["Lifecycle"] != "AVAILABLE":
            return blocked(
                told(
                    "{backup} is {lifecycle}; wait until it is AVAILABLE.",
                    backup=params.backup,
                    lifecycle=found["Lifecycle"],
                ),
                params.name,
            )
        change = told(
            "nothing → {name} from the backup of {creation_time} UTC",
            name=params.name,
            creation_time=format(found["CreationTime"], "%Y-%m-%d %H:%M"),
        )
        return Look(state="ready", change=change, targets=(params.name,))

    def execute(self, aws: Aws, params: CreateFromBackupParams, token: str) -> None:
        fsx: FSxClient = aws.writer("fsx", params.region)
        fsx.create_file_system_from_backup(
            BackupId=params.backup,
            ClientRequestToken=token,
            SubnetIds=list(params.subnets),
            SecurityGroupIds=list(params.security_groups),
            Tags=[{"Key": "Name", "Value": params.name}],
        )
