"""Take a rule out of a security group, so that nobody reaches the old database or cluster through it.

When to reach for it: fencing the old writer when its own controls do not answer, or as a second lock beside them.

What bites: connections that are open already may survive, since security groups are stateful; restart or stop the
clients too. One rule is taken out, and a wider one beside it (all addresses, all ports) lets the same clients in: the
plan names it, and the step fails until it is gone. Undo adds the rule again under a new rule id.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from bot.actions.answers import every, refusal
from bot.actions.base import Call, Params, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Switch
from bot.language import told
from bot.model.action import Finding, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef, SecurityGroupRuleTypeDef


class RevokeIngressParams(Params):
    """Which rule of which group."""

    group: str = Field(description="Security group id.", examples=["sg-0123456789abcdef0"])
    port: int = Field(description="Port that the rule opens.", ge=0, le=65535, examples=[5432])
    source: str = Field(description="CIDR block or security group id that is let in.", examples=["10.0.0.0/16"])
    protocol: str = Field(default="tcp", description="tcp, udp or another protocol name.")

    @field_validator("source")
    @classmethod
    def _is_a_block_or_a_group(cls, source: str) -> str:
        if not source.startswith("sg-"):
            try:
                ip_network(source, strict=False)
            except ValueError:
                raise ValueError("source is a CIDR block or a security group id (sg-…)") from None
        return source


class Opening(Switch):
    """Whether the rule is there."""

    def __str__(self) -> str:
        return told("open") if self.on else told("closed")


def _rules(*sources: str) -> Call:
    rules = [
        {"SecurityGroupRuleId": "sgr-1", "IsEgress": False, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
         "CidrIpv4": source} for source in sources
    ]  # fmt: skip
    return Call("ec2", "describe_security_group_rules", {"SecurityGroupRules": rules})


@action(
    "ec2.revoke_ingress",
    risk=Risk.DISRUPTIVE,
    permissions=(
        "ec2:DescribeSecurityGroupRules",
        "ec2:RevokeSecurityGroupIngress",
        "ec2:AuthorizeSecurityGroupIngress",
    ),
    fences={},
    by_hand="aws ec2 describe-security-group-rules --region {region} --filters Name=group-id,Values={group}",
    taken_back=told("Add the rule again: aws ec2 authorize-security-group-ingress."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "group": "sg-1", "port": 5432, "source": "10.0.0.0/16"},
        was=_rules("10.0.0.0/16"), put=Call("ec2", "revoke_security_group_ingress", {}),
        now=_rules(), back=Call("ec2", "authorize_security_group_ingress", {}),
    ),
)  # fmt: skip
class RevokeIngress(Setting[RevokeIngressParams, Opening]):
    """Revoke the one rule; authorise it again to undo."""

    Params = RevokeIngressParams
    State = Opening

    def look(self, aws: Reads, params: RevokeIngressParams) -> Seen[Opening]:
        rules = _rules_of(aws, params)
        there = any(_is(rule, params) for rule in rules)
        name = f"{params.group} port {params.port} from {params.source}"
        broken = "" if there else _still_open(rules, params)
        return Seen(name=name, target=params.group, state=Opening(on=there), broken=broken, whole=rules)

    def wanted(self, params: RevokeIngressParams, now: Opening) -> Opening:
        return Opening(on=False)

    def findings(self, aws: Reads, params: RevokeIngressParams, seen: Seen[Opening]) -> list[Finding]:
        more = _still_open(seen.whole, params)
        return [Finding(text=more)] if more else []

    def put(self, aws: Aws, params: RevokeIngressParams, seen: Seen[Opening], state: Opening, token: str) -> None:
        if seen.state == state:  # another rule is what lets them in, and that one is not ours to take
            return
        ec2: EC2Client = aws.writer("ec2", params.region)
        change = ec2.authorize_security_group_ingress if state.on else ec2.revoke_security_group_ingress
        change(GroupId=params.group, IpPermissions=[_permission(params)])


def lets_in(aws: Reads, params: RevokeIngressParams) -> bool:
    """Whether any rule of the group lets the source reach the port, however wide the rule is."""
    return any(_admits(rule, params) for rule in _rules_of(aws, params))


def _rules_of(aws: Reads, params: RevokeIngressParams) -> list[SecurityGroupRuleTypeDef]:
    ec2: EC2Client = aws.reader("ec2", params.region)
    try:
        filters = [{"Name": "group-id", "Values": [params.group]}]
        return every(ec2, "describe_security_group_rules", "SecurityGroupRules", Filters=filters)
    except refusal("InvalidGroup*"):
        raise StepBroke(
            told("Security group {group} is not in {region}; correct the id.", group=params.group, region=params.region)
        ) from None


def _admits(rule: SecurityGroupRuleTypeDef, params: RevokeIngressParams) -> bool:
    """`-1` is every protocol. Who stands in a prefix list is not looked up, so the source may."""
    if rule.get("IsEgress", False) or rule.get("IpProtocol") not in (params.protocol, "-1"):
        return False
    whole = rule.get("IpProtocol") == "-1" or rule.get("FromPort") == -1
    if not whole and not rule.get("FromPort", 0) <= params.port <= rule.get("ToPort", 65535):
        return False
    if params.source.startswith("sg-"):
        return rule.get("ReferencedGroupInfo", {}).get("GroupId") == params.source
    block = rule.get("CidrIpv4") or rule.get("CidrIpv6")
    return _overlap(block, params.source) if block else "PrefixListId" in rule


def _still_open(rules: list[SecurityGroupRuleTypeDef], params: RevokeIngressParams) -> str:
    """What lets the source in beside the one rule, and what to do about it; empty when nothing does."""
    others = [rule for rule in rules if _admits(rule, params) and not _is(rule, params)]
    if not others:
        return ""
    return told(
        "{group} lets {source} reach port {port} by another rule, too: {rules}; take that out as well.",
        group=params.group,
        source=params.source,
        port=params.port,
        rules=", ".join(_described(rule) for rule in others),
    )


def _described(rule: SecurityGroupRuleTypeDef) -> str:
    """`sgr-0a (0.0.0.0/0, tcp 0-65535)`; `-1` is every protocol, as AWS writes it."""
    group = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    source = rule.get("CidrIpv4") or rule.get("CidrIpv6") or group or rule.get("PrefixListId")
    ports = f"{rule.get('IpProtocol')} {rule.get('FromPort')}-{rule.get('ToPort')}"
    return f"{rule.get('SecurityGroupRuleId')} ({source}, {ports})"


def _overlap(one: str, other: str) -> bool:
    first, second = ip_network(one, strict=False), ip_network(other, strict=False)
    return first.version == second.version and first.overlaps(second)


def _is(rule: SecurityGroupRuleTypeDef, params: RevokeIngressParams) -> bool:
    sources = {rule.get("CidrIpv4"), rule.get("CidrIpv6"), rule.get("ReferencedGroupInfo", {}).get("GroupId")}
    return (
        not rule.get("IsEgress", False)
        and rule.get("IpProtocol") == params.protocol
        and (rule.get("FromPort"), rule.get("ToPort")) == (params.port, params.port)
        and params.source in sources
    )


def _permission(params: RevokeIngressParams) -> IpPermissionTypeDef:
    rule: IpPermissionTypeDef = {
        "IpProtocol": params.protocol, "FromPort": params.port, "ToPort": params.port
    }  # fmt: skip
    if params.source.startswith("sg-"):
        rule["UserIdGroupPairs"] = [{"GroupId": params.source}]
    elif ":" in params.source:
        rule["Ipv6Ranges"] = [{"CidrIpv6": params.source}]
    else:
        rule["IpRanges"] = [{"CidrIp": params.source}]
    return rule
