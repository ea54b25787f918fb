"""Generated policies are valid, small enough, narrow, and never deny what they allow."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator

from bot.actions.catalogue import Catalogue
from bot.actions.denials import NEVER
from bot.actions.policies import (
    MANAGED_LIMIT,
    SESSION_LIMIT,
    Need,
    denied,
    documents,
    matches,
    needs_of,
    session_policy,
    size,
    trust_policy,
)
from bot.model.action import ActionSpec
from bot.model.errors import BrokenInvariant

CATALOGUE = Catalogue.discover()
SPECS = CATALOGUE.specs
every_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
MANY = [Need(f"ec2:DescribeSomethingRatherLong{number:03}") for number in range(400)]


@every_spec
def test_each_action_gets_a_valid_policy(spec: ActionSpec) -> None:
    """One action alone: valid, small, and exactly its permissions."""
    needs = needs_of(spec, {}, region="us-west-2", account="111122223333")

    found = documents(needs)

    assert_valid(found)
    assert allowed_in(found) == {*spec.permissions, *spec.implied}


@every_spec
def test_the_deny_list_spares_what_an_action_needs(spec: ActionSpec) -> None:
    """An explicit deny wins over every allow, so it must not meet one."""
    asked = (*spec.permissions, *spec.implied)

    patterns = denied([Need(each) for each in asked])

    assert [(each, pattern) for each in asked for pattern in patterns if matches(pattern, each)] == []


@every_spec
def test_the_policy_of_a_step_fits_into_its_session(spec: ActionSpec) -> None:
    """AssumeRole takes 2,048 characters; with a long account, region and names there is still room."""
    long = {field.name: "x" * 40 for field in spec.parameters}

    text = session_policy(needs_of(spec, long, region="ap-southeast-2", account="111122223333"))

    assert len(text) <= SESSION_LIMIT
    assert_valid([json.loads(text)])


def test_the_policy_of_everything_spares_everything() -> None:
    """The whole catalogue in one role: still valid, and nothing allowed is denied."""
    needs = [Need(permission) for spec in SPECS.values() for permission in spec.permissions]

    found = documents(needs)

    assert_valid(found)
    patterns = named(found, "Deny")
    assert [(p, a) for p in patterns for a in allowed_in(found) if matches(p, a)] == []
    assert {"organizations:*", "kms:ScheduleKeyDeletion", "backup:Delete*", "cloudtrail:StopLogging"} <= patterns


def test_a_long_policy_becomes_several() -> None:
    """Managed policies end at 6,144 characters; all of them together say the same."""
    found = documents(MANY)

    assert len(found) > 2
    assert_valid(found)
    assert allowed_in(found) == {need.permission for need in MANY}


def test_needs_of_the_same_place_share_a_statement() -> None:
    """Statements are gathered by resource, looks apart from changes, and `*` says in its name why."""
    needs = [
        Need("rds:DescribeDBInstances"),
        Need("ecs:DescribeServices"),
        Need("drs:StartRecovery"),
        Need("sns:Publish", ("arn:aws:sns:us-west-2:1:b",)),
        Need("sns:Publish", ("arn:aws:sns:us-west-2:1:a",)),
    ]

    statements: Any = documents(needs)[0]["Statement"]

    assert [(each["Sid"], each["Action"], each["Resource"]) for each in statements[:-1]] == [
        ("ChangeWhatOnlyTheRunKnows", ["drs:StartRecovery"], "*"),
        ("LookSinceListsHaveNoResource", ["ecs:DescribeServices", "rds:DescribeDBInstances"], "*"),
        ("ChangeSns", ["sns:Publish"], ["arn:aws:sns:us-west-2:1:a", "arn:aws:sns:us-west-2:1:b"]),
    ]


@pytest.mark.parametrize(
    ("permission", "gone", "left"),
    [
        ("iam:PassRole", "iam:*", "iam:Create*"),
        ("dynamodb:DeleteResourcePolicy", "dynamodb:Delete*", "dynamodb:DeleteTable"),
        ("s3:DeleteBucketPolicy", "s3:DeleteBucket*", "s3:DeleteBucket"),
        ("rds:DeleteDBInstance", "rds:Delete*", "rds:DeleteDBCluster"),
    ],
)
def test_a_needed_part_makes_the_deny_finer(permission: str, gone: str, left: str) -> None:
    """What is needed is let through; its neighbours stay denied."""
    patterns = denied([Need(permission)])

    assert gone not in patterns
    assert left in patterns
    assert not any(matches(pattern, permission) for pattern in patterns)


@pytest.mark.parametrize("denial", [each for each in NEVER if each.always], ids=lambda each: each.pattern)
def test_some_things_are_never_allowed(denial: Any) -> None:
    """An action that asks for one of these is a mistake, told when the policy is made."""
    with pytest.raises(BrokenInvariant, match="never allowed"):
        denied([Need(denial.pattern.replace("*", "Thing"))])


def test_the_role_trusts_the_bot_to_name_the_person() -> None:
    """Without SetSourceIdentity and TagSession in the trust policy AssumeRole is refused."""
    found = trust_policy("arn:aws:iam::111122223333:role/dr-bot", "s3cret")

    IAMTrustPolicyDocumentValidator(json.dumps(found)).validate()
    assert "sts:SetSourceIdentity" in json.dumps(found)
    assert "sts:TagSession" in json.dumps(found)
    assert '"sts:ExternalId": "s3cret"' in json.dumps(found)


def assert_valid(found: list[dict[str, Any]]) -> None:
    """IAM's grammar as moto knows it, IAM's sizes, and names that are unique in their document."""
    for page in found:
        IAMPolicyDocumentValidator(json.dumps(page)).validate()
        sids = [part["Sid"] for part in page["Statement"]]
        assert size(page) <= MANAGED_LIMIT
        assert all(sid.isalnum() for sid in sids)
        assert len(sids) == len(set(sids))


def allowed_in(found: list[dict[str, Any]]) -> set[str]:
    """Every permission that some statement allows."""
    return named(found, "Allow")


def named(found: list[dict[str, Any]], effect: str) -> set[str]:
    """Everything named by statements of this effect."""
    parts = [part for page in found for part in page["Statement"] if part["Effect"] == effect]
    return {each for part in parts for each in part["Action"]}


def test_whoever_looks_for_an_object_may_list_its_bucket() -> None:
    """Without it S3 says 403, not 404, of an object that is not there yet, and a wait for it would break."""
    lookers = [
        each for each in CATALOGUE.values() if any(call.operation == "head_object" for call in each.rehearsal.calls)
    ]

    assert lookers
    assert all("s3:ListBucket" in {*each.spec.permissions, *each.spec.implied} for each in lookers)


def test_a_schedule_is_sent_back_with_its_role() -> None:
    """EventBridge Scheduler asks whether the role of the target may be passed on, on every update."""
    assert "iam:PassRole" in CATALOGUE["scheduler.set_schedule_state"].spec.implied
