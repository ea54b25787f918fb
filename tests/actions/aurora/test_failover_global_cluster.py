"""What the rehearsal cannot show: refusals, somebody else's failover, and the blind spots of a bad day."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.aurora.failover_global_cluster import FailoverGlobalCluster, FailoverGlobalClusterParams
from bot.actions.base import Call
from bot.model.action import NotStarted, Observation, Pending
from bot.model.errors import StepBroke
from tests.actions.scripted import ScriptedAws, play, refusal

EAST = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
THIRD = "arn:aws:rds:eu-west-1:111122223333:cluster:orders-euw1"
ACTION = FailoverGlobalCluster()


def to_west(**more: Any) -> FailoverGlobalClusterParams:
    given = {"region": "us-west-2", "global_cluster": "orders-global", "target_cluster": WEST, **more}
    return FailoverGlobalClusterParams.model_validate(given)


def topology(
    writer: str = EAST, moving: str = "", to: str = WEST, arns: tuple[str, ...] = (EAST, WEST), sync: str = ""
) -> Call:
    members = [
        {"DBClusterArn": arn, "IsWriter": arn == writer, **({"SynchronizationStatus": sync} if sync else {})}
        for arn in arns
    ]
    state = {"FailoverState": {"Status": moving, "ToDbClusterArn": to}} if moving else {}
    found = {"GlobalClusterIdentifier": "orders-global", "GlobalClusterMembers": members, **state}
    return Call("rds", "describe_global_clusters", {"GlobalClusters": [found]})


def cluster(status: str = "available", instances: int = 1) -> Call:
    members = [{"DBInstanceIdentifier": f"i-{number}"} for number in range(instances)]
    return Call("rds", "describe_db_clusters", {"DBClusters": [{"Status": status, "DBClusterMembers": members}]})


def no_lag() -> Call:
    return Call("cloudwatch", "get_metric_data", {"MetricDataResults": []})


@pytest.mark.parametrize(
    ("script", "params", "sentence"),
    [
        (
            [refusal("rds", "describe_global_clusters", "GlobalClusterNotFoundFault")],
            to_west(),
            "orders-global is not known",
        ),
        ([topology(arns=(EAST, THIRD))], to_west(), "no member of"),
        ([topology()], to_west(region="us-east-1"), "set region: us-west-2"),
        ([topology(moving="failing-over"), cluster()], to_west(), "failing-over already"),
        ([topology(), cluster("upgrading")], to_west(), "upgrading; wait"),
        ([topology(), cluster(instances=0)], to_west(), "no instance to write with"),
        ([topology(sync="pending-resync"), cluster()], to_west(), "a switchover needs it connected"),
    ],
)
def test_what_aws_would_refuse_is_never_offered_for_approval(
    script: list[Call], params: FailoverGlobalClusterParams, sentence: str
) -> None:
    """The plan is blocked, and the sentence names the thing, its state and the next move."""
    look = ACTION.preflight(play(script), params)

    assert look.state == "blocked"
    assert any(finding.blocking and sentence in finding.text for finding in look.findings), look.findings


def test_an_unplanned_failover_ignores_that_the_target_is_out_of_sync() -> None:
    """When the primary is gone its followers are never connected; that must not stand in the way."""
    aws = play([topology(sync="pending-resync"), cluster(), no_lag()])

    look = ACTION.preflight(aws, to_west(allow_data_loss=True))

    assert look.state == "ready"


@pytest.mark.parametrize("lag", [no_lag(), refusal("cloudwatch", "get_metric_data", "InternalFailure", status=500)])
def test_an_unknown_lag_is_said_and_stops_nothing(lag: Call) -> None:
    """CloudWatch being away must not hold up a promotion, and never becomes a zero."""
    aws = play([topology(), cluster(), lag, topology(), lag])
    params = to_west(allow_data_loss=True)

    look = ACTION.preflight(aws, params)
    before = ACTION.remember(aws, params)

    assert look.state == "ready"
    assert "UNKNOWN" in look.findings[0].text
    assert before["lag_seconds"] is None
    assert before["writer"] == EAST


def test_a_target_that_writes_already_is_done() -> None:
    """A second run finds its work done and asks for nothing."""
    look = ACTION.preflight(play([topology(writer=WEST)]), to_west())

    assert look.state == "already_done"


@pytest.mark.parametrize(
    ("allowed", "operation"), [(True, "failover_global_cluster"), (False, "switchover_global_cluster")]
)
def test_data_is_given_up_only_when_that_was_allowed(allowed: bool, operation: str) -> None:
    """The two calls look alike and differ in what is lost."""
    aws = play([Call("rds", operation, {})])

    ACTION.execute(aws, to_west(allow_data_loss=allowed), "token")

    assert aws.parameters(operation)["TargetDbClusterIdentifier"] == WEST
    assert aws.parameters(operation).get("AllowDataLoss", False) is allowed


@pytest.mark.parametrize(
    ("script", "expected", "seen"),
    [
        ([topology(moving="a-state-from-tomorrow")], Pending, "a-state-from-tomorrow"),
        ([topology(moving="failing-over", to=THIRD, arns=(EAST, WEST, THIRD))], NotStarted, "orders-euw1 instead"),
        ([topology()], NotStarted, "orders-use1 writes, orders-usw2 follows; nothing is moving"),
        ([topology(writer=WEST, moving="failing-over")], Pending, "failing-over"),
        ([topology(writer=WEST), cluster("backing-up")], Pending, "the writer and backing-up"),
    ],
)
def test_only_an_available_writer_at_rest_is_done(script: list[Call], expected: type[Observation], seen: str) -> None:
    """Anything less is on its way, or has not begun; statuses nobody has heard of count as on their way."""
    observed = ACTION.verify(play(script), to_west(), {})

    assert isinstance(observed, expected)
    assert seen in observed.seen


def test_a_target_that_left_the_database_ends_the_wait() -> None:
    """Waiting for ever for what cannot come is worse than failing."""
    aws: ScriptedAws = play([topology(arns=(EAST,))])

    with pytest.raises(StepBroke, match="no member of"):
        ACTION.verify(aws, to_west(), {})


def test_a_dead_writer_ends_the_wait() -> None:
    """A cluster whose key is out of reach never becomes available by waiting."""
    script = play([topology(writer=WEST), cluster("inaccessible-encryption-credentials")])

    with pytest.raises(StepBroke, match="will not come by itself"):
        ACTION.verify(script, to_west(allow_data_loss=True), {})
