"""What the rehearsal cannot show: what is open, what could not be seen, and that silence proves nothing."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.autoscaling.groups import rehearse_group
from bot.actions.aws.prove_fenced import ProveFenced, ProveFencedParams
from bot.actions.base import Call
from bot.model.action import Settled
from tests.actions.scripted import play, refusal

WEST = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
EAST = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"


def running(count: int, **more: int) -> Call:
    service = {"serviceName": "orders-api", "runningCount": count, **more}
    return Call("ecs", "describe_services", {"services": [service]})


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
        ([running(0, pendingCount=2), writer(WEST)], False, "orders-api: 2 tasks run"),
        ([running(0, desiredCount=4), writer(WEST)], False, "orders-api: 4 tasks are wanted"),
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


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ({}, "FENCED: workers"),
        ({"DesiredCapacity": 3}, "UNFENCED: workers: 3 instances are wanted"),
        ({"DesiredCapacity": 3, "SuspendedProcesses": [{"ProcessName": "Launch"}]}, "FENCED: workers"),
    ],
)
def test_an_empty_group_that_wants_instances_is_open(group: dict[str, Any], said: str) -> None:
    """A region without capacity has some again at any moment; only held-back launching keeps the group empty."""
    assert prove(rehearse_group(**group), group="workers").seen == said


@pytest.mark.parametrize(
    ("rule", "fenced"),
    [
        ({"FromPort": 0, "ToPort": 65535, "CidrIpv4": "10.0.0.0/16"}, False),
        ({"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "10.0.0.0/16"}, False),
        ({"FromPort": 5432, "ToPort": 5432, "CidrIpv4": "0.0.0.0/0"}, False),
        ({"FromPort": 5432, "ToPort": 5432, "CidrIpv4": "10.0.7.0/24"}, False),
        ({"FromPort": 5432, "ToPort": 5432, "PrefixListId": "pl-1"}, False),
        ({"FromPort": 5432, "ToPort": 5432, "CidrIpv6": "::/0"}, True),
        ({"FromPort": 443, "ToPort": 443, "CidrIpv4": "10.0.0.0/16"}, True),
        ({"IsEgress": True, "FromPort": 0, "ToPort": 65535, "CidrIpv4": "0.0.0.0/0"}, True),
    ],
)
def test_a_wider_rule_leaves_the_port_open(rule: dict[str, Any], fenced: bool) -> None:
    """It is asked who gets in, not whether one rule is gone."""
    rules = {"SecurityGroupRules": [{"IsEgress": False, "IpProtocol": "tcp", **rule}]}
    params = {"region": "us-east-1", "security_group": "sg-1", "port": 5432, "source": "10.0.0.0/16"}

    script = play([Call("ec2", "describe_security_group_rules", rules)])
    seen = ProveFenced().verify(script, ProveFencedParams.model_validate(params), {})

    assert seen.results["fenced"] is fenced
