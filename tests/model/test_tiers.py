"""Tiers: what nobody may do is named, and no shipped action is among it."""

from __future__ import annotations

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.action import Risk
from bot.model.tiers import Tier, tier_of, why_never

FORBIDDEN = [
    "rds:DeleteDBCluster", "s3:DeleteObject", "dynamodb:DeleteTable", "backup:DeleteRecoveryPoint", "iam:PutRolePolicy",
    "iam:DeleteRole", "organizations:LeaveOrganization", "kms:ScheduleKeyDeletion", "cloudtrail:StopLogging",
    "s3:PutObjectRetention", "s3:PutBucketObjectLockConfiguration", "S3:deleteBucket",
]  # fmt: skip
HARMLESS = [
    "rds:FailoverGlobalCluster",
    "iam:SimulatePrincipalPolicy",
    "iam:GetRole",
    "lambda:DeleteFunctionConcurrency",
]


@pytest.mark.parametrize("permission", FORBIDDEN)
def test_what_destroys_or_frees_is_r4(permission: str) -> None:
    """Whatever the action says of its risk."""
    assert tier_of(Risk.REVERSIBLE, [permission]) is Tier.R4
    assert permission in why_never("acme.tidy_up", Risk.REVERSIBLE, [permission])


@pytest.mark.parametrize("permission", HARMLESS)
def test_what_merely_sounds_like_it_is_not(permission: str) -> None:
    """Each exception stands in a table, with its reason."""
    assert tier_of(Risk.REVERSIBLE, [permission]) is Tier.R1


@pytest.mark.parametrize("name", ["rds.delete_cluster", "iam.attach_policy", "cloudtrail.stop_logging"])
def test_a_name_is_enough(name: str) -> None:
    """An action that calls itself a deletion is believed."""
    assert tier_of(Risk.REVERSIBLE, (), name) is Tier.R4


def test_no_shipped_action_is_r4() -> None:
    """None is, and so none is refused."""
    specs = Catalogue.discover().specs.values()

    assert [each.name for each in specs if why_never(each.name, each.risk, each.permissions)] == []


@pytest.mark.parametrize(("tier", "people", "minutes"), [(Tier.R1, 0, 15), (Tier.R2, 1, 15), (Tier.R3, 2, 10)])
def test_each_tier_asks_and_lasts(tier: Tier, people: int, minutes: int) -> None:
    """The table of the design."""
    assert (tier.approvers, tier.lasts.total_seconds() / 60) == (people, minutes)
