"""What the rehearsal cannot show: a table's indexes have units of their own."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.dynamodb.set_capacity import SetCapacity, SetCapacityParams
from bot.model.action import NotStarted, Settled
from tests.actions.scripted import play

ACTION = SetCapacity()


def units(count: int) -> dict[str, int]:
    return {"ReadCapacityUnits": count, "WriteCapacityUnits": count}


def table(mode: str, count: int, index: int) -> Call:
    indexes = [{"IndexName": "by-customer", "ProvisionedThroughput": units(index)}]
    found: dict[str, Any] = {"TableStatus": "ACTIVE", "BillingModeSummary": {"BillingMode": mode}}
    found |= {"ProvisionedThroughput": units(count), "GlobalSecondaryIndexes": indexes}
    return Call("dynamodb", "describe_table", {"Table": found})


def wanting(count: int) -> SetCapacityParams:
    return SetCapacityParams(region="us-west-2", table="orders", mode="provisioned", reads=count, writes=count)


UPDATE = Call("dynamodb", "update_table", {})
UPDATED = [{"Update": {"IndexName": "by-customer", "ProvisionedThroughput": units(7)}}]


def test_undo_gives_every_index_the_units_it_had() -> None:
    """DynamoDB refuses to leave on-demand mode without the units of each index."""
    params = SetCapacityParams(region="us-west-2", table="orders", mode="on_demand")
    before = ACTION.remember(play([table("PROVISIONED", 5, 7)]), params)
    aws = play([table("PAY_PER_REQUEST", 0, 0), UPDATE, table("PROVISIONED", 5, 7)])

    ACTION.rollback(aws, params, before, "token")

    sent = aws.parameters("update_table")
    assert (sent["ProvisionedThroughput"], sent["GlobalSecondaryIndexUpdates"]) == (units(5), UPDATED)
    assert isinstance(ACTION.undone(aws, params, before), Settled)


@pytest.mark.parametrize(
    ("now", "sent"),
    [
        (table("PROVISIONED", 5, 5), {"ProvisionedThroughput", "GlobalSecondaryIndexUpdates"}),
        (table("PROVISIONED", 5, 9), {"ProvisionedThroughput"}),
        (table("PROVISIONED", 7, 5), {"GlobalSecondaryIndexUpdates"}),
        (table("PAY_PER_REQUEST", 0, 0), {"ProvisionedThroughput", "GlobalSecondaryIndexUpdates"}),
    ],
)
def test_indexes_are_raised_along_and_nothing_is_said_twice(now: Call, sent: set[str]) -> None:
    """A small index holds up the table's writes; DynamoDB refuses units that are there already."""
    aws = play([now, UPDATE])

    ACTION.execute(aws, wanting(7), "token")

    assert {*aws.parameters("update_table")} - {"TableName", "BillingMode"} == sent


def test_a_table_whose_index_is_too_small_is_not_there_yet() -> None:
    """The table alone does not carry the load."""
    assert isinstance(ACTION.verify(play([table("PROVISIONED", 7, 5)]), wanting(7), {}), NotStarted)
