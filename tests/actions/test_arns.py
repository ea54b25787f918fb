"""Permissions are narrowed as far as is certain, and no further."""

from __future__ import annotations

import pytest
from botocore.session import Session
from pydantic import JsonValue

from bot.actions.arns import partition, resources
from bot.actions.catalogue import Catalogue
from bot.actions.dynamodb.restoring import FILLING

HERE = {"region": "us-west-2", "account": "111122223333"}


@pytest.mark.parametrize(
    ("permission", "params", "expected"),
    [
        (
            "ecs:UpdateService",
            {"cluster": "orders", "service": "api"},
            ["arn:aws:ecs:us-west-2:111122223333:service/orders/api"],
        ),
        ("ecs:UpdateService", {"cluster": "orders"}, ["arn:aws:ecs:us-west-2:111122223333:service/orders/*"]),
        (
            "ecs:UpdateService",
            {"cluster": "arn:aws:ecs:us-west-2:1:cluster/orders", "service": "${{ steps.x.outputs.y }}"},
            ["arn:aws:ecs:us-west-2:111122223333:service/orders/*"],
        ),
        (
            "sns:Publish",
            {"topic": "arn:aws:sns:us-west-2:111122223333:dr-events"},
            ["arn:aws:sns:us-west-2:111122223333:dr-events"],
        ),
        ("route53:ChangeResourceRecordSets", {"zone": "example.com"}, ["arn:aws:route53:::hostedzone/*"]),
        ("route53:ChangeResourceRecordSets", {"zone": "Z0ORDERS12"}, ["arn:aws:route53:::hostedzone/Z0ORDERS12"]),
        ("s3:GetObjectVersion", {"bucket": "orders"}, ["arn:aws:s3:::orders/*"]),
        (
            "lambda:PutFunctionConcurrency",
            {"function": "arn:aws:lambda:us-west-2:111122223333:function:orders:live"},
            ["arn:aws:lambda:us-west-2:111122223333:function:*", "arn:aws:lambda:us-west-2:111122223333:function:*:*"],
        ),
        ("s3:PutBucketPolicy", {"bucket": "arn:aws:s3:::orders/key"}, ["arn:aws:s3:::*"]),
        ("s3:PutBucketPolicy", {"bucket": "arn:aws:s3:::orders"}, ["arn:aws:s3:::orders"]),
        ("iam:PassRole", {"role": "arn:aws:iam::1:role/service-role/dr"}, ["arn:aws:iam::1:role/service-role/dr"]),
        ("iam:PassRole", {"role": "${{ inputs.role }}"}, ["arn:aws:iam::111122223333:role/*"]),
        ("dynamodb:PutItem", {"name": "carts"}, ["arn:aws:dynamodb:us-west-2:111122223333:table/carts"]),
        (
            "dynamodb:CreateTableReplica",
            {"table": "carts", "replica": "us-east-1"},
            ["arn:aws:dynamodb:us-east-1:111122223333:table/carts"],
        ),
        (
            "dynamodb:Query",
            {"table": "carts", "replica": "us-east-1"},
            ["arn:aws:dynamodb:us-east-1:111122223333:table/carts"],
        ),
        ("rds:DescribeDBInstances", {"replica": "orders"}, ["*"]),
        ("tomorrow:NewCall", {"name": "x"}, ["*"]),
    ],
)
def test_what_is_known_narrows(permission: str, params: dict[str, JsonValue], expected: list[str]) -> None:
    """A known name narrows, an unknown part stays open, an unlisted permission is not narrowed at all."""
    assert list(resources(permission, params, **HERE)) == expected


def test_a_failover_may_touch_both_sides() -> None:
    """AWS wants the global cluster and the clusters in it; one of them missing would refuse the promotion."""
    found = resources("rds:FailoverGlobalCluster", {"global_cluster": "orders-global"}, **HERE)

    assert found == ("arn:aws:rds:*:111122223333:cluster:*", "arn:aws:rds::111122223333:global-cluster:orders-global")


def test_an_unknown_account_stays_open() -> None:
    """A service that names no account still gets a policy."""
    assert resources("sns:Publish", {"topic": "t"}, region="eu-west-1", account=None) == ("arn:aws:sns:eu-west-1:*:t",)


@pytest.mark.parametrize(
    "region",
    ["us-west-2", "eu-central-1", "cn-north-1", "us-gov-east-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1",
     "us-isof-south-1", "eu-isoe-west-1"],
)  # fmt: skip
def test_other_worlds_have_other_names(region: str) -> None:
    """China, GovCloud and the others are partitions of their own; botocore knows them all."""
    assert partition(region) == Session().get_partition_for_region(region)


def test_a_region_that_is_not_known_is_in_the_usual_world() -> None:
    """As in a policy for any region."""
    assert partition("*") == "aws"


@pytest.mark.parametrize("action", ["dynamodb.add_replica", "ssm.start_automation"])
def test_what_aws_checks_beside_the_call_is_asked_for(action: str) -> None:
    """A replica is made and filled with the caller's rights, and a document is given a role."""
    spec = Catalogue.discover().specs[action]
    beside = {
        "dynamodb.add_replica": {"dynamodb:CreateTable", "dynamodb:CreateTableReplica", *FILLING},
        "ssm.start_automation": {"iam:PassRole"},
    }

    assert set(spec.implied) == beside[action]
