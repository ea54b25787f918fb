"""Set a DynamoDB table's capacity: on demand, or provisioned units.

When to reach for it: a replica that was provisioned for little has to carry the whole load; on demand grows by itself
up to twice its former peak.

What bites: AWS allows few switches between the modes in a day. A table with autoscaling changes its provisioned units
back by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class SetCapacityParams(Params):
    """Which table, how much."""

    table: str = Field(description="Table name.", examples=["orders"])
    mode: Literal["on_demand", "provisioned"] = Field(description="on_demand or provisioned.")
    reads: int = Field(default=0, ge=0, description="provisioned: read units.")
    writes: int = Field(default=0, ge=0, description="provisioned: write units.")

    @model_validator(mode="after")
    def _units(self) -> SetCapacityParams:
        if (self.mode == "provisioned") != (self.reads > 0 and self.writes > 0):
            raise ValueError("provisioned needs reads and writes, on_demand takes neither")
        return self


class Capacity(Frozen):
    """How much a table may do per second."""

    mode: str
    reads: int = 0
    writes: int = 0

    def __str__(self) -> str:
        return (
            told("on demand")
            if self.mode == "on_demand"
            else told("{reads} reads and {writes} writes", reads=self.reads, writes=self.writes)
        )


def _table(mode: str, units: int = 0, status: str = "ACTIVE") -> Call:
    found: dict[str, Any] = {
        "TableArn": "arn:aws:dynamodb:us-west-2:1:table/orders", "TableStatus": status,
        "BillingModeSummary": {"BillingMode": mode},
        "ProvisionedThroughput": {"ReadCapacityUnits": units, "WriteCapacityUnits": units},
    }  # fmt: skip
    return Call("dynamodb", "describe_table", {"Table": found})


_UPDATE, _DEMAND = Call("dynamodb", "update_table", {}), "PAY_PER_REQUEST"


@action(
    "dynamodb.set_capacity",
    risk=Risk.REVERSIBLE,
    costs=told("the capacity"),
    idempotency=Idempotency.READ_BACK,
    permissions=("dynamodb:DescribeTable", "dynamodb:UpdateTable"),
    typical=timedelta(minutes=2),
    by_hand="aws dynamodb describe-table --region {region} --table-name {table}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "table": "orders", "mode": "on_demand"},
        was=_table("PROVISIONED", 5), put=_UPDATE, moving=_table(_DEMAND, status="UPDATING"), now=_table(_DEMAND),
        back=_UPDATE,
    ),
)  # fmt: skip
class SetCapacity(Setting[SetCapacityParams, Capacity]):
    """Update the table and wait until it is active."""

    Params = SetCapacityParams
    State = Capacity

    def look(self, aws: Reads, params: SetCapacityParams) -> Seen[Capacity]:
        dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
        try:
            found = dynamodb.describe_table(TableName=params.table)["Table"]
        except dynamodb.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told("Table {table} is not in {region}; correct the name.", table=params.table, region=params.region)
            ) from None
        units, status = found.get("ProvisionedThroughput", {}), found.get("TableStatus", "unknown")
        on_demand = found.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
        provisioned = Capacity(
            mode="provisioned",
            reads=units.get("ReadCapacityUnits", 0),
            writes=units.get("WriteCapacityUnits", 0),
        )
        return Seen(
            name=params.table,
            target=found.get("TableArn", ""),
            state=Capacity(mode="on_demand") if on_demand else provisioned,
            moving="" if status == "ACTIVE" else status,
        )

    def wanted(self, params: SetCapacityParams, now: Capacity) -> Capacity:
        return Capacity(mode=params.mode, reads=params.reads, writes=params.writes)

    def put(self, aws: Aws, params: SetCapacityParams, seen: Seen[Capacity], state: Capacity, token: str) -> None:
        dynamodb: DynamoDBClient = aws.writer("dynamodb", params.region)
        if state.mode == "on_demand":
            dynamodb.update_table(TableName=params.table, BillingMode="PAY_PER_REQUEST")
        else:
            dynamodb.update_table(
                TableName=params.table,
                BillingMode="PROVISIONED",
                ProvisionedThroughput={"ReadCapacityUnits": state.reads, "WriteCapacityUnits": state.writes},
            )
