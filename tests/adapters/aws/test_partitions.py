"""Where global services answer, by botocore's own data."""

from __future__ import annotations

import pytest

from bot.adapters.aws.sessions import AwsClouds


@pytest.mark.parametrize(
    ("service", "region", "home"),
    [
        ("health", "ap-northeast-2", "us-east-1"),
        ("health", "us-gov-east-1", "us-gov-west-1"),
        ("health", "cn-north-1", "cn-northwest-1"),
        ("health", "us-iso-east-1", "us-iso-east-1"),
        ("iam", "eu-west-1", "us-east-1"),
        ("iam", "cn-northwest-1", "cn-north-1"),
        ("iam", "us-gov-east-1", "us-gov-west-1"),
        ("ecs", "eu-west-1", "eu-west-1"),
        ("nothing-we-know", "eu-west-1", "eu-west-1"),
        ("health", "moon-west-1", "moon-west-1"),
    ],
)
def test_a_global_service_answers_at_home(service: str, region: str, home: str) -> None:
    """A regional one where it is, and so does what botocore does not know."""
    clouds = AwsClouds()

    assert clouds.home(service, region) == clouds.for_service(None).home(service, region) == home
