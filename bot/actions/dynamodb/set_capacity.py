"""Set a DynamoDB table's capacity: on demand, or provisioned units.

When to reach for it: a replica that was provisioned for little has to carry the whole load; on demand grows by itself
up to twice its former peak.

What bites: AWS allows few switches between the modes in a day. Global secondary indexes are raised along, to the
table's units at least, since an index that is too small holds up the table's writes. A table with autoscaling
changes its provisioned units back by itself.
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
    indexes: dict[str, tuple[int, int]] = {}
    """Read and write units of each global secondary index; provisioned only."""

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
        indexes = found.get("GlobalSecondaryIndexes", [])
        units, status = found.get("ProvisionedThroughput", {}), found.get("TableStatus", "unknown")
        on_demand = found.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"
        provisioned = Capacity(
            mode="provisioned",
            reads=units.get("ReadCapacityUnits", 0),
            writes=units.get("WriteCapacityUnits", 0),
            indexes={str(each.get("IndexName")): _units(each) for each in indexes},
        )
        return Seen(
            name=params.table,
            target=found.get("TableArn", ""),
            state=Capacity(mode="on_demand") if on_demand else provisioned,
            moving="" if status == "ACTIVE" else status,
            whole=[each.get("IndexName") for each in indexes],
        )

    def wanted(self, params: SetCapacityParams, now: Capacity) -> Capacity:
        raised = {
            name: (max(reads, params.reads), max(writes, params.writes))
            for name, (reads, writes) in now.indexes.items()
        }
        return Capacity(
            mode=params.mode, reads=params.reads, writes=params.writes, indexes=raised if params.reads else {}
        )

    def put(self, aws: Aws, params: SetCapacityParams, seen: Seen[Capacity], state: Capacity, token: str) -> None:
        dynamodb: DynamoDBClient = aws.writer("dynamodb", params.region)
        if state.mode == "on_demand":
            dynamodb.update_table(TableName=params.table, BillingMode="PAY_PER_REQUEST")
        else:
            dynamodb.update_table(TableName=params.table, BillingMode="PROVISIONED", **_changed(seen, state))


def _units(found: Any) -> tuple[int, int]:
    units = found.get("ProvisionedThroughput", {})
    return units.get("ReadCapacityUnits", 0), units.get("WriteCapacityUnits", 0)


def _changed(seen: Seen[Capacity], state: Capacity) -> dict[str, Any]:
    """What differs, and for a table that was on demand everything: DynamoDB wants all units then, else no repeat."""
    now, table = seen.state, (state.reads, state.writes)
    wanted = {name: state.indexes.get(name, table) for name in seen.whole}
    asked: dict[str, Any] = {}
    if now.mode == "on_demand" or (now.reads, now.writes) != table:
        asked["ProvisionedThroughput"] = _throughput(table)
    updates = [
        {"Update": {"IndexName": name, "ProvisionedThroughput": _throughput(units)}}
        for name, units in wanted.items()
        if now.mode == "on_demand" or now.indexes.get(name) != units
    ]
    return asked | ({"GlobalSecondaryIndexUpdates": updates} if updates else {})


def _throughput(units: tuple[int, int]) -> dict[str, int]:
    return {"ReadCapacityUnits": units[0], "WriteCapacityUnits": units[1]}
