"""What the rehearsal cannot show: replication is let through, and nobody's edit is overwritten."""

from __future__ import annotations

import json

import pytest

from bot.actions.base import Call
from bot.actions.dynamodb.deny_writes import REPLICATION, DenyWrites, DenyWritesParams
from tests.actions.scripted import play, refusal

ARN = "arn:aws:dynamodb:us-west-2:111122223333:table/orders"
TABLE = Call("dynamodb", "describe_table", {"Table": {"TableArn": ARN}})
PUT = Call("dynamodb", "put_resource_policy", {"RevisionId": "2"})
PARAMS = DenyWritesParams(region="us-west-2", table="orders")


@pytest.mark.parametrize(
    ("policy", "revision"),
    [
        (Call("dynamodb", "get_resource_policy", {"Policy": '{"Statement": []}', "RevisionId": "7"}), "7"),
        (refusal("dynamodb", "get_resource_policy", "PolicyNotFoundException"), "NO_POLICY"),
    ],
)
def test_the_fence_lets_replication_through_and_names_the_revision(policy: Call, revision: str) -> None:
    """A replica that may not be written by DynamoDB itself falls out of the global table."""
    aws = play([TABLE, policy, PUT])

    DenyWrites().execute(aws, PARAMS, "token")

    sent = aws.parameters("put_resource_policy")
    statement = json.loads(sent["Policy"])["Statement"][0]
    assert sent["ExpectedRevisionId"] == revision
    assert f"arn:aws:iam::*:{REPLICATION}" in str(statement["Condition"])
    assert "dynamodb:PutItem" in statement["Action"]
    assert not any("Get" in action or "Policy" in action for action in statement["Action"])
