"""Measure how old the newest moment is to which a DynamoDB table can be restored.

When to reach for it: before a restore to a point in time, where the age is the data loss that people approve; and in a
drill, as the proof that point-in-time recovery is on before somebody needs it.

What bites: it is some five minutes behind even when all is well. It is a property of the table in this region; every
replica of a global table has a switch of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.assessing import Freshness, fresh
from bot.actions.base import Call, Check, Params, Rehearsal, action
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class LatestRestorableTimeParams(Params):
    """Which table."""

    table: str = Field(description="Name of the table.", examples=["carts"])


_WINDOW = {"PointInTimeRecoveryStatus": "ENABLED", "LatestRestorableDateTime": MEASURED}
_LOOK = Call(
    "dynamodb",
    "describe_continuous_backups",
    {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": _WINDOW}},
)


@action(
    "dynamodb.latest_restorable_time",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=("dynamodb:DescribeContinuousBackups",),
    rehearsal=Rehearsal(params={"region": "us-west-2", "table": "carts"}, calls=(_LOOK, _LOOK)),
)
class LatestRestorableTime(Check[LatestRestorableTimeParams]):
    """Its latest restorable time."""

    Params = LatestRestorableTimeParams
    Results = Freshness

    def verify(self, aws: Reads, params: LatestRestorableTimeParams, before: Before) -> Settled:
        dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
        try:
            found = dynamodb.describe_continuous_backups(TableName=params.table)["ContinuousBackupsDescription"]
        except dynamodb.exceptions.TableNotFoundException:
            raise StepBroke(
                told("{table} is not in {region}; correct the name.", table=params.table, region=params.region)
            ) from None
        at = found.get("PointInTimeRecoveryDescription", {}).get("LatestRestorableDateTime")
        if at is None:
            raise StepBroke(
                told(
                    "{table} has no point to restore to; turn on point-in-time recovery in {region}.",
                    table=params.table, region=params.region,
                )
            )  # fmt: skip
        return fresh(params.table, at, aws.now(), told("the table's latest restorable time"))
