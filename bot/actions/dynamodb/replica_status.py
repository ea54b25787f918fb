"""Check that a DynamoDB global table's replicas are active.

When to reach for it: before traffic moves to a region, and as proof that a mirror is one.

What bites: active says nothing about how far the newest writes have come; usually it is a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.assessing import Verdict, judged, looked
from bot.actions.base import Call, Check, Params, action
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class ReplicaStatusParams(Params):
    """Which table. The step's region is asked about itself and the others."""

    table: str = Field(description="Table name.", examples=["orders"])


@action(
    "dynamodb.replica_status",
    risk=Risk.READ,
    measures="ok",
    permissions=("dynamodb:DescribeTable",),
    rehearsal=looked(
        {"table": "orders"},
        Call(
            "dynamodb",
            "describe_table",
            {"Table": {"TableStatus": "ACTIVE", "Replicas": [{"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"}]}},
        ),
    ),
)
class ReplicaStatus(Check[ReplicaStatusParams]):
    """The table's own status, and its replicas'."""

    Params = ReplicaStatusParams
    Results = Verdict

    def verify(self, aws: Reads, params: ReplicaStatusParams, before: Before) -> Settled:
        dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
        try:
            found = dynamodb.describe_table(TableName=params.table)["Table"]
        except dynamodb.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told("Table {table} is not in {region}; add a replica there.", table=params.table, region=params.region)
            ) from None
        states = {
            each.get("RegionName", "?"): str(each.get("ReplicaStatus", "unknown")) for each in found.get("Replicas", [])
        }
        states.setdefault(params.region, str(found.get("TableStatus", "unknown")))
        said = ", ".join(f"{region} {state}" for region, state in sorted(states.items()))
        return judged(
            len(states) > 1 and set(states.values()) == {"ACTIVE"},
            told("{table}: {said}", table=params.table, said=said),
        )
