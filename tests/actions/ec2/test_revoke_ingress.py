"""What the rehearsal cannot show: every kind of source is matched and spelt as AWS wants it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bot.actions.base import Call
from bot.actions.ec2.revoke_ingress import RevokeIngress, RevokeIngressParams
from bot.model.action import Settled
from bot.model.errors import StepBroke
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
    "other",
    [{"IsEgress": True}, {"FromPort": 5433, "ToPort": 5433}, {"IpProtocol": "udp"}, {"CidrIpv4": "10.1.0.0/16"}],
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


RULE = {"SecurityGroupRuleId": "sgr-1", "IsEgress": False, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
        "CidrIpv4": "10.0.0.0/16"}  # fmt: skip
PARAMS = RevokeIngressParams(region="us-west-2", group="sg-1", port=5432, source="10.0.0.0/16")
REVOKE = Call("ec2", "revoke_security_group_ingress", {})


def rules(*found: dict[str, Any]) -> Call:
    return Call("ec2", "describe_security_group_rules", {"SecurityGroupRules": [*found]})


@pytest.mark.parametrize(
    "wider",
    [
        {"CidrIpv4": "0.0.0.0/0"},
        {"FromPort": 0, "ToPort": 65535},
        {"IpProtocol": "-1", "FromPort": -1, "ToPort": -1},
    ],
)
def test_a_wider_rule_keeps_the_fence_open(wider: dict[str, Any]) -> None:
    """The approver reads it in the plan, and nobody is told afterwards that the clients are shut out."""
    also = {**RULE, "SecurityGroupRuleId": "sgr-9", **wider}

    planned = ACTION.preflight(play([rules(RULE, also)]), PARAMS)
    alone = ACTION.preflight(play([rules(also)]), PARAMS)
    ACTION.execute(play([rules(RULE, also), REVOKE]), PARAMS, "token")
    ACTION.execute(play([rules(also)]), PARAMS, "token")

    assert [planned.state, alone.state] == ["ready", "ready"]
    assert all("sgr-9" in look.findings[0].text for look in (planned, alone))
    with pytest.raises(StepBroke, match=r"sgr-9 .* take that out as well"):
        ACTION.verify(play([rules(also)]), PARAMS, {})


def test_the_way_back_does_not_mind_a_wider_rule() -> None:
    """Undo wants the one rule again, and who else gets in is no concern of it."""
    wide = {**RULE, "CidrIpv4": "0.0.0.0/0"}
    before = ACTION.remember(play([rules(RULE, wide)]), PARAMS)

    ACTION.rollback(play([rules(wide), Call("ec2", "authorize_security_group_ingress", {})]), PARAMS, before, "token")

    assert isinstance(ACTION.undone(play([rules(RULE, wide)]), PARAMS, before), Settled)


def test_a_source_that_is_nobody_is_refused_in_review() -> None:
    """A misspelt block would be closed at once, as it is nowhere open."""
    with pytest.raises(ValidationError, match="CIDR block or a security group"):
        RevokeIngressParams(region="us-west-2", group="sg-1", port=5432, source="10.0.0.0.0/16")
