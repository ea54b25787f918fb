"""Things of EC2 that carry our name: found by their `Name` tag, so that a look tells whether a call arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ec2.literals import ResourceTypeType
    from mypy_boto3_ec2.type_defs import FilterTypeDef, TagSpecificationTypeDef


def by_name(name: str, **more: str) -> list[FilterTypeDef]:
    """Filters for a describe call."""
    wanted = {"tag:Name": name, "tag:dr-bot": "made", **{key.replace("_", "-"): value for key, value in more.items()}}
    return [{"Name": key, "Values": [value]} for key, value in wanted.items()]


def tagged(kind: ResourceTypeType, name: str) -> list[TagSpecificationTypeDef]:
    """The tags by which `by_name` finds it."""
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}, {"Key": "dr-bot", "Value": "made"}]}]


def first(found: list[Any]) -> Any | None:
    return found[0] if found else None
