"""Deny writes to a DynamoDB table with a statement in its resource policy.

When to reach for it: the old side must not write any more while the other side takes over, or while a table is being
restored. In a global table each region's replica has a policy of its own; replication itself is let through.

What bites: readers are not stopped, and a policy needs some seconds until it holds everywhere. A table replica that is
written from both sides resolves conflicts by the last writer; fence first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import refusal
from bot.actions.base import Call, Params, action
from bot.actions.fences import fenced, is_fenced, lifted
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Fence
from bot.language import told
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DenyWritesParams(Params):
    """Which table."""

    table: str = Field(description="Table name.", examples=["orders"])


WRITES = ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
PARTIQL = ["dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"]
REPLICATION = "role/aws-service-role/replication.dynamodb.amazonaws.com/*"
_ARN = "arn:aws:dynamodb:us-west-2:111122223333:table/orders"
_TABLE = Call("dynamodb", "describe_table", {"Table": {"TableArn": _ARN, "TableStatus": "ACTIVE"}})


def _policy(policy: str) -> tuple[Call, ...]:
    return (_TABLE, Call("dynamodb", "get_resource_policy", {"Policy": policy, "RevisionId": "7"}))


def _statement(arn: str) -> dict[str, Any]:
    """For the table of this ARN."""
    partition = arn.split(":")[1]
    but_replication = {"ArnNotLike": {"aws:PrincipalArn": f"arn:{partition}:iam::*:{REPLICATION}"}}
    return {"Principal": "*", "Action": [*WRITES, *PARTIQL], "Resource": arn, "Condition": but_replication}


_PUT = Call("dynamodb", "put_resource_policy", {"RevisionId": "8"})
_OPEN = '{"Statement": [{"Sid": "Theirs"}]}'


@action(
    "dynamodb.deny_writes",
    risk=Risk.DISRUPTIVE,
    permissions=("dynamodb:DescribeTable", "dynamodb:GetResourcePolicy", "dynamodb:PutResourcePolicy"),
    fences={},
    by_hand="aws dynamodb get-resource-policy --region {region} --resource-arn <ARN of {table}>",
    taken_back=told("Take its statement out of the table's resource policy."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "table": "orders"},
        was=_policy(_OPEN), put=_PUT, now=_policy(fenced(_OPEN, _statement(_ARN))), back=_PUT,
    ),
)  # fmt: skip
class DenyWrites(Setting[DenyWritesParams, Fence]):
    """Add or take out the one statement."""

    Params = DenyWritesParams
    State = Fence

    def look(self, aws: Reads, params: DenyWritesParams) -> Seen[Fence]:
        dynamodb: DynamoDBClient = aws.reader("dynamodb", params.region)
        try:
            arn = dynamodb.describe_table(TableName=params.table)["Table"].get("TableArn", "")
        except dynamodb.exceptions.ResourceNotFoundException:
            raise StepBroke(
                told("Table {table} is not in {region}; correct the name.", table=params.table, region=params.region)
            ) from None
        policy, revision = _read(dynamodb, arn)
        return Seen(name=params.table, target=arn, state=Fence(on=is_fenced(policy)), whole=(policy, revision))

    def wanted(self, params: DenyWritesParams, now: Fence) -> Fence:
        return Fence(on=True)

    def put(self, aws: Aws, params: DenyWritesParams, seen: Seen[Fence], state: Fence, token: str) -> None:
        dynamodb: DynamoDBClient = aws.writer("dynamodb", params.region)
        policy, revision = seen.whole
        account = seen.target.split(":")[4]
        without = lifted(policy, account, "dynamodb:DescribeTable", seen.target)
        dynamodb.put_resource_policy(
            ResourceArn=seen.target,
            Policy=fenced(policy, _statement(seen.target)) if state.on else without,
            ExpectedRevisionId=revision,  # somebody else's edit in between is not overwritten
        )


def _read(dynamodb: DynamoDBClient, arn: str) -> tuple[str, str]:
    """The policy and its revision; `NO_POLICY` is the API's word for none."""
    try:
        found = dynamodb.get_resource_policy(ResourceArn=arn)
    except refusal("PolicyNotFoundException"):
        return "", "NO_POLICY"
    return found.get("Policy", ""), found.get("RevisionId", "NO_POLICY")
