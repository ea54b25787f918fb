"""Restore a DynamoDB table to a moment, as a new table beside the old one.

When to reach for it: items were deleted or overwritten, on every replica of a global table alike.

What bites: autoscaling, TTL, streams, tags, alarms and point-in-time recovery are not restored, and the table gets
another name, so clients must be pointed at it. It takes tens of minutes even for a small table. AWS has no token for
this call; the name is the identity.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Call, Rehearsal, action
from bot.actions.dynamodb.restoring import BARE, FILLING, KEPT, LONG, NO_TABLE, Table, TableParams, table
from bot.actions.rds.restoring import moment, when, within
from bot.actions.rehearsing import NOON
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class RestoreToPointInTimeParams(TableParams):
    """Which table, and to when."""

    source: str = Field(description="Name of the table.", examples=["carts"])
    at: datetime | None = Field(default=None, description="The moment to restore to, in UTC; the latest if left out.")


_WINDOW = {"PointInTimeRecoveryStatus": "ENABLED", "LatestRestorableDateTime": NOON}
_BACKUPS = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": _WINDOW}


@action(
    "dynamodb.restore_to_point_in_time",
    risk=Risk.REVERSIBLE,
    costs=told("the restored table"),
    idempotency=Idempotency.READ_BACK,
    implied=FILLING,
    permissions=("dynamodb:DescribeTable", "dynamodb:DescribeContinuousBackups", "dynamodb:RestoreTableToPointInTime"),
    irreversible=KEPT,
    typical=LONG,
    by_hand="aws dynamodb describe-table --region {region} --table-name {name}",
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "source": "carts", "name": "carts-restored"},
        calls=(
            NO_TABLE, Call("dynamodb", "describe_continuous_backups", {"ContinuousBackupsDescription": _BACKUPS}),
            Call("dynamodb", "restore_table_to_point_in_time", {}),
            table("CREATING", restoring=True),
            table("ACTIVE", restoring=False),
        ),
        idle=(NO_TABLE,),
    ),
)  # fmt: skip
class RestoreToPointInTime(Table[RestoreToPointInTimeParams]):
    """Make the table, then watch until the restore is over."""

    Params = RestoreToPointInTimeParams

    def source(self, aws: Reads, params: RestoreToPointInTimeParams) -> Look:
        dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
        try:
            said = dynamodb.describe_continuous_backups(TableName=params.source)["ContinuousBackupsDescription"]
        except dynamodb.exceptions.TableNotFoundException:
            return blocked(
                told(
                    "Table {source} is not in {region}; correct the name.", source=params.source, region=params.region
                ),
                params.name,
            )
        window = said.get("PointInTimeRecoveryDescription", {})
        found = {
            "EarliestRestorableTime": window.get("EarliestRestorableDateTime"),
            "LatestRestorableTime": window.get("LatestRestorableDateTime"),
        }
        within(found, params.at, params.source)
        change = told(
            "nothing → {name} from {source} as of {moment}",
            name=params.name,
            source=params.source,
            moment=moment(params.at, found),
        )
        return Look(state="ready", change=change, findings=(BARE,), targets=(params.name,))

    def execute(self, aws: Aws, params: RestoreToPointInTimeParams, token: str) -> None:
        dynamodb: DynamoDBClient = aws.writer("dynamodb", params.region)
        instant = {"RestoreDateTime": params.at} if params.at else when(None)
        dynamodb.restore_table_to_point_in_time(SourceTableName=params.source, TargetTableName=params.name, **instant)
