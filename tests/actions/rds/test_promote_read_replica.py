"""What the rehearsal cannot show: states in between, and refusals."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.rds.promote_read_replica import PromoteReadReplica, PromoteReadReplicaParams
from bot.model.action import NotStarted, Observation, Pending, Settled
from bot.model.errors import StepBroke
from tests.actions.scripted import play, refusal

PARAMS = PromoteReadReplicaParams(region="us-west-2", replica="reports-replica")
ACTION = PromoteReadReplica()
NO_LAG = Call("cloudwatch", "get_metric_data", {"MetricDataResults": []})


def instance(status: str, **more: str) -> Call:
    return Call("rds", "describe_db_instances", {"DBInstances": [{"DBInstanceStatus": status, **more}]})


def following(status: str) -> Call:
    return instance(status, ReadReplicaSourceDBInstanceIdentifier="reports")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (following("available"), NotStarted),
        (following("backing-up"), NotStarted),
        (following("modifying"), Pending),
        (instance("available", ReadReplicaSourceDBClusterIdentifier="reports-cluster"), NotStarted),
        (instance("rebooting"), Pending),
        (instance("a-state-from-tomorrow"), Pending),
        (instance("available"), Settled),
    ],
)
def test_available_alone_proves_nothing(reply: Call, expected: type[Observation]) -> None:
    """It was available before, too: done means available and following nobody."""
    assert isinstance(ACTION.verify(play([reply]), PARAMS, {}), expected)


@pytest.mark.parametrize(
    "status",
    [
        "failed", "storage-full", "insufficient-capacity", "restore-error", "deleting", "incompatible-create",
        "incompatible-credentials", "incompatible-network", "incompatible-option-group", "incompatible-parameters",
        "incompatible-restore", "inaccessible-encryption-credentials",
        "inaccessible-encryption-credentials-recoverable",
    ],
)  # fmt: skip
def test_a_dead_instance_ends_the_wait(status: str) -> None:
    """Waiting for ever for a state that cannot come is worse than failing."""
    with pytest.raises(StepBroke, match=f"is {status}\\b(?!-)"):
        ACTION.verify(play([following(status)]), PARAMS, {})


@pytest.mark.parametrize(
    ("script", "state", "sentence"),
    [
        ([following("backing-up"), NO_LAG], "blocked", "backing-up; wait until it is available"),
        ([refusal("rds", "describe_db_instances", "DBInstanceNotFound")], "blocked", "not in us-west-2"),
        ([following("available"), NO_LAG], "ready", "its lag is UNKNOWN"),
        ([following("available"), refusal("cloudwatch", "get_metric_data", "Throttling")], "ready", "UNKNOWN"),
    ],
)
def test_an_approver_sees_what_aws_would_say(script: list[Call], state: str, sentence: str) -> None:
    """What would be refused is blocked, and the price is named or called unknown."""
    look = ACTION.preflight(play(script), PARAMS)

    assert look.state == state
    assert any(sentence in finding.text for finding in look.findings), look.findings


def test_a_promoted_instance_is_done() -> None:
    """A second run finds its work done."""
    assert ACTION.preflight(play([instance("available")]), PARAMS).state == "already_done"
