"""The fence in a policy: found by its Sid, beside what others wrote, and never an empty policy."""

from __future__ import annotations

import json

import pytest

from bot.actions.fences import FENCE, fenced, is_fenced, lifted

THEIRS = {"Sid": "Theirs", "Effect": "Allow"}
DENY = {"Principal": "*", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::b/*"}
POLICIES = ["", json.dumps({"Statement": [THEIRS]}), json.dumps({"Version": "2012-10-17", "Statement": THEIRS})]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_fence_goes_up_and_comes_down(policy: str) -> None:
    """Others' statements stay, whatever shape they have."""
    up = fenced(policy, DENY)
    down = lifted(up, "111122223333", "s3:GetBucketLocation", "arn:aws:s3:::b")

    assert [is_fenced(each) for each in (policy, up, down)] == [False, True, False]
    assert (THEIRS in json.loads(down)["Statement"]) == bool(policy)
    assert json.loads(down)["Statement"]


def test_raising_it_twice_leaves_one() -> None:
    """A repeat does not pile statements up."""
    twice = fenced(fenced("", DENY), DENY)

    assert [each["Sid"] for each in json.loads(twice)["Statement"]] == [FENCE]


def test_a_statement_of_that_name_that_allows_is_no_fence() -> None:
    """The name alone proves nothing."""
    assert not is_fenced(json.dumps({"Statement": [{"Sid": FENCE, "Effect": "Allow"}]}))
