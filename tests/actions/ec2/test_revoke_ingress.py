"""What the rehearsal cannot show: every kind of source is matched and spelt as AWS wants it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.ec2.revoke_ingress import RevokeIngress, RevokeIngressParams
from tests.actions.scripted import play

ACTION = RevokeIngress()


@pytest.mark.parametrize(
    ("source", "rule", "sent"),
    [
        ("10.0.0.0/16", {"CidrIpv4": "10.0.0.0/16"}, {"IpRanges": [{"CidrIp": "10.0.0.0/16"}]}),
        ("fd00::/8", {"CidrIpv6": "fd00::/8"}, {"Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}]}),
        ("sg-2", {"ReferencedGroupInfo": {"GroupId": "sg-2"}}, {"UserIdGroupPairs": [{"GroupId": "sg-2"}]}),
    ],
)
def test_each_kind_of_source(source: str, rule: dict[str, Any], sent: dict[str, Any]) -> None:
    """A block of either family, or another group."""
    found = {"IsEgress": False, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **rule}
    rules = Call("ec2", "describe_security_group_rules", {"SecurityGroupRules": [found]})
    aws = play([rules, Call("ec2", "revoke_security_group_ingress", {})])

    ACTION.execute(aws, RevokeIngressParams(region="us-west-2", group="sg-1", port=5432, source=source), "token")

    permission = aws.parameters("revoke_security_group_ingress")["IpPermissions"][0]
    assert permission == {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **sent}


@pytest.mark.parametrize(
    "other", [{"IsEgress": True}, {"ToPort": 5433}, {"IpProtocol": "udp"}, {"CidrIpv4": "0.0.0.0/0"}]
)
def test_a_rule_that_only_looks_like_it_stays(other: dict[str, Any]) -> None:
    """Another direction, port, protocol or source is another rule."""
    found = {
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 5432,
        "ToPort": 5432,
        "CidrIpv4": "10.0.0.0/16",
        **other,
    }
    rules = Call("ec2", "describe_security_group_rules", {"SecurityGroupRules": [found]})
    params = RevokeIngressParams(region="us-west-2", group="sg-1", port=5432, source="10.0.0.0/16")

    assert ACTION.preflight(play([rules]), params).state == "already_done"
