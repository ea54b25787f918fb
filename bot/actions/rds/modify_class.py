"""Change the class of a DB instance, now.

When to reach for it: a standby that was kept small has to carry the whole load.

What bites: the instance restarts, which takes minutes; do it on readers first, and before traffic moves. A class that
the region has run out of is refused only after a while.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.base import Call, Params, action
from bot.actions.rds.clusters import describe_instance, moving
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Risk
from bot.model.base import Frozen
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient


class ModifyClassParams(Params):
    """Which instance, which class."""

    instance: str = Field(description="DB instance identifier.", examples=["orders-usw2-1"])
    instance_class: str = Field(description="Instance class.", examples=["db.r6g.4xlarge"], pattern=r"^db\.")


class Class(Frozen):
    """A DB instance class."""

    name: str

    def __str__(self) -> str:
        return self.name


def _instance(name: str, status: str = "available") -> Call:
    found: dict[str, Any] = {"DBInstanceArn": "arn:aws:rds:us-west-2:1:db:orders-usw2-1", "DBInstanceStatus": status}
    return Call("rds", "describe_db_instances", {"DBInstances": [{**found, "DBInstanceClass": name}]})


_SMALL, _LARGE, _MODIFY = "db.r6g.large", "db.r6g.4xlarge", Call("rds", "modify_db_instance", {})


@action(
    "rds.modify_class",
    risk=Risk.DISRUPTIVE,
    costs=told("the larger class"),
    permissions=("rds:DescribeDBInstances", "rds:ModifyDBInstance"),
    typical=timedelta(minutes=10),
    settle=timedelta(seconds=30),
    by_hand="aws rds describe-db-instances --region {region} --db-instance-identifier {instance}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "instance": "orders-usw2-1", "instance_class": _LARGE},
        was=_instance(_SMALL), put=_MODIFY, moving=_instance(_SMALL, "modifying"), now=_instance(_LARGE), back=_MODIFY,
    ),
)  # fmt: skip
class ModifyClass(Setting[ModifyClassParams, Class]):
    """Modify, then watch until the instance is available in its new class."""

    Params = ModifyClassParams
    State = Class

    def look(self, aws: Reads, params: ModifyClassParams) -> Seen[Class]:
        found = describe_instance(aws, params.region, params.instance)
        pending = found.get("PendingModifiedValues", {}).get("DBInstanceClass")
        waiting = f"waiting to become {pending}" if pending else ""
        return Seen(
            name=params.instance,
            target=found.get("DBInstanceArn", ""),
            state=Class(name=found.get("DBInstanceClass", "")),
            moving=moving(found.get("DBInstanceStatus", "unknown"), "backing-up", "storage-optimization") or waiting,
        )

    def wanted(self, params: ModifyClassParams, now: Class) -> Class:
        return Class(name=params.instance_class)

    def put(self, aws: Aws, params: ModifyClassParams, seen: Seen[Class], state: Class, token: str) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        rds.modify_db_instance(DBInstanceIdentifier=params.instance, DBInstanceClass=state.name, ApplyImmediately=True)
