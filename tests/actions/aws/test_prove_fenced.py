"""What the rehearsal cannot show: what is open, what could not be seen, and that silence proves nothing."""

from __future__ import annotations

import pytest

from bot.actions.aws.prove_fenced import ProveFenced, ProveFencedParams
from bot.actions.base import Call
from bot.model.action import Settled
from tests.actions.scripted import play, refusal

WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
EAST = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"


def running(count: int) -> Call:
    return Call("ecs", "describe_services", {"services": [{"serviceName": "orders-api", "runningCount": count}]})


def writer(arn: str) -> Call:
    members = [{"DBClusterArn": each, "IsWriter": each == arn} for each in (EAST, WEST)]
    return Call("rds", "describe_global_clusters", {"GlobalClusters": [{"GlobalClusterMembers": members}]})


def prove(*script: Call, **named: str) -> Settled:
    return ProveFenced().verify(play(script), ProveFencedParams.model_validate({"region": "us-east-1", **named}), {})


@pytest.mark.parametrize(
    ("script", "fenced", "said"),
    [
        ([running(0), writer(WEST)], True, "FENCED: orders-api, orders-global"),
        ([running(3), writer(WEST)], False, "UNFENCED: orders-api: 3 tasks run"),
        ([running(0), writer(EAST)], False, "orders-use1 writes in us-east-1"),
        ([refusal("ecs", "describe_services", "ServerException", "down"), writer(WEST)], False, "could not be seen"),
    ],
)
def test_only_what_was_seen_counts(script: list[Call], fenced: bool, said: str) -> None:
    """One writer that writes, or cannot be seen, makes the whole UNFENCED."""
    seen = prove(*script, cluster="orders", service="orders-api", global_cluster="orders-global")

    assert seen.results["fenced"] is fenced
    assert said in seen.seen


def test_nothing_named_proves_nothing() -> None:
    """An empty list of writers is no fence."""
    assert prove().results["verdict"] == "UNFENCED"


def test_half_a_name_is_refused() -> None:
    """A rule without its port would be looked for in vain and found absent."""
    with pytest.raises(ValueError, match="needs port and source"):
        ProveFencedParams(region="us-east-1", security_group="sg-1")
