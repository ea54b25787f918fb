"""Tables that come out of a backup."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from bot.actions.base import Call, Params, Results
from bot.actions.rehearsing import NOON, absent
from bot.actions.shapes import Made, Thing
from bot.language import told
from bot.model.action import Finding
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = told(
    "The restored table stands beside the original and overwrites nothing; when it is not needed any more, a person "
    "deletes it by hand, since this bot never deletes data."
)
BARE = Finding(
    text=told("Autoscaling, TTL, streams, tags, alarms and point-in-time recovery are not restored; set them.")
)
LONG = timedelta(minutes=40)


class TableParams(Params):
    """Under what name the table is restored."""

    name: str = Field(description="Name of the table that is made.", examples=["carts-restored"])


class TableResults(Results):
    """The restored table."""

    arn: str = Field(description="ARN of the restored table.")


P = TypeVar("P", bound=TableParams)


class Table(Made[P]):
    """A table that is restored: ACTIVE, and no restore in progress any more."""

    Results = TableResults
    ready = frozenset({"ACTIVE"})
    dead = frozenset({"DELETING", "ARCHIVED", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"})
    every = timedelta(seconds=15)

    def called(self, params: P) -> str:
        return params.name

    def thing(self, aws: Reads, params: P) -> Thing | None:
        dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
        try:
            table = dynamodb.describe_table(TableName=params.name)["Table"]
        except dynamodb.exceptions.ResourceNotFoundException:
            return None
        restoring = table.get("RestoreSummary", {}).get("RestoreInProgress", False)
        state = "RESTORING" if restoring else str(table.get("TableStatus", ""))
        return Thing(state=state, results={"arn": table.get("TableArn", "")})


NO_TABLE = absent("dynamodb", "describe_table", "ResourceNotFoundException")


FILLING = (
    "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query",
    "dynamodb:Scan", "dynamodb:UpdateItem",
)  # fmt: skip
"""What DynamoDB wants to see allowed on a table that it fills, as its guides on backups and on global tables say."""


def table(status: str, *, restoring: bool) -> Call:
    """A rehearsal's look at the restored table."""
    summary = {"RestoreDateTime": NOON, "RestoreInProgress": restoring}
    arn = "arn:aws:dynamodb:us-west-2:111122223333:table/carts-restored"
    return Call(
        "dynamodb", "describe_table", {"Table": {"TableStatus": status, "TableArn": arn, "RestoreSummary": summary}}
    )
