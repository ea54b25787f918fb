"""ARNs that we write ourselves are those of the world that the region is in."""

from __future__ import annotations

import json

from bot.actions.base import Call
from bot.actions.dynamodb.deny_writes import DenyWrites as DenyTable
from bot.actions.dynamodb.deny_writes import DenyWritesParams as DenyTableParams
from bot.actions.fences import fenced
from bot.actions.s3.batch_restore import BatchRestore, BatchRestoreParams
from bot.actions.s3.deny_writes import DenyWrites as DenyBucket
from bot.actions.s3.deny_writes import DenyWritesParams as DenyBucketParams
from tests.actions.scripted import play

CHINA = "cn-north-1"
ACCOUNT = "111122223333"
BUCKET = DenyBucketParams(region=CHINA, bucket="orders", account=ACCOUNT)


def test_a_fence_around_a_bucket() -> None:
    """S3 refuses a policy whose resource lies in another world."""
    aws = play([Call("s3", "get_bucket_policy", {"Policy": "{}"}), Call("s3", "put_bucket_policy", {})])

    DenyBucket().execute(aws, BUCKET, "token")

    [statement] = json.loads(aws.parameters("put_bucket_policy")["Policy"])["Statement"]
    assert statement["Resource"] == "arn:aws-cn:s3:::orders/*"


def test_a_lifted_fence() -> None:
    """What is left behind names the account's root in the same world."""
    before = DenyBucket().remember(play([Call("s3", "get_bucket_policy", {"Policy": "{}"})]), BUCKET)
    stands = Call("s3", "get_bucket_policy", {"Policy": fenced("", {"Principal": "*"})})
    aws = play([stands, Call("s3", "put_bucket_policy", {})])

    DenyBucket().rollback(aws, BUCKET, before, "token")

    [statement] = json.loads(aws.parameters("put_bucket_policy")["Policy"])["Statement"]
    assert statement["Principal"]["AWS"] == f"arn:aws-cn:iam::{ACCOUNT}:root"


def test_a_fence_around_a_table_lets_that_world_replicate() -> None:
    """Another world's role would be stopped, and the replica with it."""
    arn = f"arn:aws-cn:dynamodb:{CHINA}:{ACCOUNT}:table/orders"
    table = Call("dynamodb", "describe_table", {"Table": {"TableArn": arn}})
    policy = Call("dynamodb", "get_resource_policy", {"Policy": "{}", "RevisionId": "7"})
    aws = play([table, policy, Call("dynamodb", "put_resource_policy", {})])

    DenyTable().execute(aws, DenyTableParams(region=CHINA, table="orders"), "token")

    [statement] = json.loads(aws.parameters("put_resource_policy")["Policy"])["Statement"]
    assert statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"].startswith("arn:aws-cn:iam::*:role/")


def test_a_batch_of_retrievals() -> None:
    """The manifest and the report lie there, too."""
    head, jobs = Call("s3", "head_object", {"ETag": '"abc"'}), Call("s3control", "list_jobs", {"Jobs": []})
    aws = play([jobs, head, Call("s3control", "create_job", {"JobId": "job-1"})])
    role = f"arn:aws-cn:iam::{ACCOUNT}:role/batch"

    BatchRestore().execute(
        aws, BatchRestoreParams(region=CHINA, account=ACCOUNT, bucket="dr", manifest="m.csv", role=role), "token"
    )

    sent = aws.parameters("create_job")
    assert sent["Manifest"]["Location"]["ObjectArn"] == "arn:aws-cn:s3:::dr/m.csv"
    assert sent["Report"]["Bucket"] == "arn:aws-cn:s3:::dr"
