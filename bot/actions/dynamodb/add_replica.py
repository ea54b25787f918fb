"""Add a region to a DynamoDB global table.

When to reach for it: a region is to take part again after a failback, or a mirror is to be made.

What bites: the first copy takes from minutes to hours and costs writes in both regions. One change runs on a table at
a time; a repeat meanwhile is refused. Taking a replica away deletes its data, so this bot does not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Call, Params, Results, action
from bot.actions.dynamodb.restoring import FILLING
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class AddReplicaParams(Params):
    """Which table, which region."""

    table: str = Field(description="Table name.", examples=["carts"])
    replica: str = Field(description="Region that is added.", examples=["us-east-1"])


class AddReplicaResults(Results):
    """What is there."""

    status: str = Field(description="Status of the replica.")


def _table(*states: str) -> Call:
    replicas = [{"RegionName": "us-east-1", "ReplicaStatus": state} for state in states]
    return Call("dynamodb", "describe_table", {"Table": {"TableStatus": "ACTIVE", "Replicas": replicas}})


@action(
    "dynamodb.add_replica",
    risk=Risk.REVERSIBLE,
    costs=told("the replica and its writes"),
    idempotency=Idempotency.READ_BACK,
    permissions=("dynamodb:DescribeTable", "dynamodb:UpdateTable"),
    implied=("dynamodb:CreateTable", "dynamodb:CreateTableReplica", *FILLING),
    irreversible=told("Taking a replica away deletes its data; a person does that in DynamoDB, if at all."),
    typical=timedelta(minutes=20),
    by_hand="aws dynamodb describe-table --region {region} --table-name {table}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "table": "carts", "replica": "us-east-1"},
        none=(_table(),),
        source=(_table(),),
        send=(Call("dynamodb", "update_table", {}),),
        way=(_table("CREATING"), _table("ACTIVE")),
    ),
)
class AddReplica(Made[AddReplicaParams]):
    """Ask for it, then watch until it is active."""

    Params = AddReplicaParams
    Results = AddReplicaResults
    ready = frozenset({"ACTIVE"})
    dead = frozenset({"CREATION_FAILED", "DELETING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "REGION_DISABLED"})

    def called(self, params: AddReplicaParams) -> str:
        return told("replica of {table} in {replica}", table=params.table, replica=params.replica)

    def thing(self, aws: Reads, params: AddReplicaParams) -> Thing | None:
        for each in _read(aws, params).get("Replicas", []):
            if each.get("RegionName") == params.replica:
                state = each.get("ReplicaStatus", "")
                note = each.get("ReplicaStatusDescription", "") or each.get("ReplicaStatusPercentProgress", "")
                return Thing(state=state, note=note, results={"status": state})
        return None

    def source(self, aws: Reads, params: AddReplicaParams) -> Look:
        status = _read(aws, params)["TableStatus"]
        if status != "ACTIVE":
            return blocked(
                told("{table} is {status}; wait until it is ACTIVE.", table=params.table, status=status), params.table
            )
        return Look(
            state="ready", change=told("nothing → {called}", called=self.called(params)), targets=(params.table,)
        )

    def execute(self, aws: Aws, params: AddReplicaParams, token: str) -> None:
        dynamodb: DynamoDBClient = aws.writer("dynamodb", params.region)
        dynamodb.update_table(TableName=params.table, ReplicaUpdates=[{"Create": {"RegionName": params.replica}}])


def _read(aws: Reads, params: AddReplicaParams) -> Any:
    dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
    try:
        return dynamodb.describe_table(TableName=params.table)["Table"]
    except dynamodb.exceptions.ResourceNotFoundException:
        raise StepBroke(
            told("Table {table} is not in {region}; correct the name.", table=params.table, region=params.region)
        ) from None
