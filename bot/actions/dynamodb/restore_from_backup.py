"""Restore a DynamoDB table from an on-demand backup, as a new table.

When to reach for it: the backup is older than the 35 days of point-in-time recovery, or the table itself is gone.

What bites: everything written since the backup is missing; the plan shows when it was taken. Autoscaling, TTL,
streams, tags, alarms and point-in-time recovery are not restored. AWS has no token for this call; the name is the
identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked, short, unready
from bot.actions.base import Call, Rehearsal, action
from bot.actions.dynamodb.restoring import BARE, FILLING, KEPT, LONG, NO_TABLE, Table, TableParams, table
from bot.actions.rehearsing import NOON
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RestoreFromBackupParams(TableParams):
    """Which backup."""

    backup: str = Field(
        description="ARN of the backup.",
        pattern=r"^arn:aws[\w-]*:dynamodb:[\w-]+:\d{12}:table/.+/backup/.+$",
        examples=["arn:aws:dynamodb:us-west-2:111122223333:table/carts/backup/01500000000000-abcdef12"],
    )


_ARN = "arn:aws:dynamodb:us-west-2:111122223333:table/carts/backup/01500000000000-abcdef12"
_DETAILS = {
    "BackupArn": _ARN,
    "BackupName": "nightly",
    "BackupStatus": "AVAILABLE",
    "BackupType": "USER",
    "BackupCreationDateTime": NOON,
}


@action(
    "dynamodb.restore_from_backup",
    risk=Risk.REVERSIBLE,
    costs=told("the restored table"),
    idempotency=Idempotency.READ_BACK,
    implied=FILLING,
    permissions=("dynamodb:DescribeTable", "dynamodb:DescribeBackup", "dynamodb:RestoreTableFromBackup"),
    irreversible=KEPT,
    typical=LONG,
    by_hand="aws dynamodb describe-table --region {region} --table-name {name}",
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "backup": _ARN, "name": "carts-restored"},
        calls=(
            NO_TABLE, Call("dynamodb", "describe_backup", {"BackupDescription": {"BackupDetails": _DETAILS}}),
            Call("dynamodb", "restore_table_from_backup", {}),
            table("CREATING", restoring=True),
            table("ACTIVE", restoring=False),
        ),
        idle=(NO_TABLE,),
    ),
)  # fmt: skip
class RestoreFromBackup(Table[RestoreFromBackupParams]):
    """Make the table, then watch until the restore is over."""

    Params = RestoreFromBackupParams

    def source(self, aws: Reads, params: RestoreFromBackupParams) -> Look:
        dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
        try:
            found = dynamodb.describe_backup(BackupArn=params.backup)["BackupDescription"].get("BackupDetails")
        except dynamodb.exceptions.BackupNotFoundException:
            found = None
        if found is None or found["BackupStatus"] != "AVAILABLE":
            status = found["BackupStatus"] if found else None
            return blocked(unready(short(params.backup), status, "AVAILABLE", params.region), params.name)
        change = told(
            "nothing → {name} from the backup of {backup_creation_date_time} UTC",
            name=params.name,
            backup_creation_date_time=format(found["BackupCreationDateTime"], "%Y-%m-%d %H:%M"),
        )
        return Look(state="ready", change=change, findings=(BARE,), targets=(params.name,))

    def execute(self, aws: Aws, params: RestoreFromBackupParams, token: str) -> None:
        dynamodb: DynamoDBClient = aws.writer("dynamodb", params.region)
        dynamodb.restore_table_from_backup(TargetTableName=params.name, BackupArn=params.backup)
