"""What the rehearsal cannot show: how long each tier takes, and objects in several states."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.actions.base import Call
from bot.actions.s3.restore_objects import RestoreObjects, RestoreObjectsParams, Tier
from bot.model.action import NotStarted, Pending
from tests.actions.scripted import play, refusal

ACTION = RestoreObjects()


def given(tier: Tier = "Standard", keys: tuple[str, ...] = ("a",)) -> RestoreObjectsParams:
    return RestoreObjectsParams(region="us-west-2", bucket="archive", keys=keys, tier=tier)


def head(storage: str, restore: str = "") -> Call:
    tiered = {"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": storage}
    kept = tiered if storage.endswith("_ACCESS") else {"StorageClass": storage}
    return Call("s3", "head_object", {**kept, **({"Restore": restore} if restore else {})})


@pytest.mark.parametrize(
    ("storage", "tier", "state", "sentence", "expected"),
    [
        ("GLACIER", "Expedited", "ready", "1 to 5 minutes", timedelta(minutes=5)),
        ("GLACIER", "Standard", "ready", "3 to 5 hours", timedelta(hours=5)),
        ("DEEP_ARCHIVE", "Bulk", "ready", "up to 48 hours", timedelta(hours=48)),
        ("DEEP_ARCHIVE", "Expedited", "blocked", "is not offered for DEEP_ARCHIVE", None),
        ("ARCHIVE_ACCESS", "Expedited", "ready", "1 to 5 minutes", timedelta(minutes=5)),
        ("DEEP_ARCHIVE_ACCESS", "Standard", "ready", "up to 12 hours", timedelta(hours=12)),
    ],
)
def test_the_retrieval_time_is_known_before_anybody_approves(
    storage: str, tier: Tier, state: str, sentence: str, expected: timedelta | None
) -> None:
    """It decides the recovery time; what S3 would refuse is refused in the plan."""
    look = ACTION.preflight(play([head(storage)]), given(tier))

    assert look.state == state
    assert sentence in look.findings[0].text
    assert look.expected == expected


def test_only_what_was_not_asked_for_is_asked_for() -> None:
    """A second request for an object on its way would be refused."""
    aws = play(
        [head("GLACIER", 'ongoing-request="true"'), head("GLACIER"), head("STANDARD"), Call("s3", "restore_object", {})]
    )

    ACTION.execute(aws, given(keys=("a", "b", "c")), "token")

    assert aws.left == []
    assert aws.parameters("restore_object")["Key"] == "b"


def test_one_forgotten_object_is_not_on_its_way() -> None:
    """An answer lost in the middle leaves some unasked; only when all are asked for is it pending."""
    asked, unasked = head("GLACIER", 'ongoing-request="true"'), head("GLACIER")

    half = ACTION.verify(play([asked, unasked]), given(keys=("a", "b")), {})
    full = ACTION.verify(play([asked, asked]), given(keys=("a", "b")), {})

    assert isinstance(half, NotStarted)
    assert isinstance(full, Pending)


def test_a_wrong_key_is_said_in_the_plan() -> None:
    """With the whole address."""
    look = ACTION.preflight(play([refusal("s3", "head_object", "404", status=404)]), given())

    assert "s3://archive/a does not exist" in look.findings[0].text


@pytest.mark.parametrize(("storage", "days"), [("GLACIER", {"Days": 7}), ("ARCHIVE_ACCESS", {})])
def test_days_are_said_of_copies_only(storage: str, days: dict[str, int]) -> None:
    """Intelligent-Tiering moves the object back to where it is read."""
    aws = play([head(storage), Call("s3", "restore_object", {})])

    ACTION.execute(aws, given(), "token")

    assert aws.parameters("restore_object")["RestoreRequest"] == {"GlacierJobParameters": {"Tier": "Standard"}, **days}
