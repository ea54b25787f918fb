"""ElastiCache global datastores: which member is the primary, and failovers that take their time.

moto keeps the replication groups. Sources: the API reference of FailoverGlobalReplicationGroup.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import ACCOUNT

FAILOVER_SECONDS = 5.0


@dataclass
class Datastore:
    """One global datastore; members are (region, group), the primary first among them by `primary`."""

    id: str
    primary: tuple[str, str]
    members: list[tuple[str, str]]
    status: str = "available"

    def described(self) -> dict[str, Any]:
        return {
            "GlobalReplicationGroupId": self.id,
            "Status": self.status,
            "Engine": "redis",
            "ARN": f"arn:aws:elasticache::{ACCOUNT}:globalreplicationgroup:{self.id}",
            "Members": [
                {"ReplicationGroupId": group, "ReplicationGroupRegion": region, "Status": "associated",
                 "Role": "PRIMARY" if (region, group) == self.primary else "SECONDARY"}
                for region, group in self.members
            ],
        }  # fmt: skip


@dataclass
class Datastores:
    by_id: dict[str, Datastore] = field(default_factory=dict)


@operation("elasticache", "CreateGlobalReplicationGroup")
def create_global(call: Call) -> Answer:
    name = f"ldgnf-{call.params['GlobalReplicationGroupIdSuffix']}"
    shelf, first = call.world.shelf(Datastores), (call.region, call.params["PrimaryReplicationGroupId"])
    if name in shelf.by_id:
        raise AwsError("GlobalReplicationGroupAlreadyExistsFault", f"{name} already exists.")
    shelf.by_id[name] = Datastore(name, first, [first])
    return {"GlobalReplicationGroup": shelf.by_id[name].described()}


@operation("elasticache", "CreateReplicationGroup")
def create_group(call: Call) -> Reply:
    """moto's; one that names a global datastore joins it as a secondary."""
    store = call.params.get("GlobalReplicationGroupId")
    answer = call.moto()
    if answer.ok and store:
        existing(call, store).members.append((call.region, call.params["ReplicationGroupId"]))
    return answer


@operation("elasticache", "DescribeGlobalReplicationGroups")
def describe_global(call: Call) -> Answer:
    wanted = call.params.get("GlobalReplicationGroupId")
    found = [existing(call, wanted)] if wanted else call.world.shelf(Datastores).by_id.values()
    return {"GlobalReplicationGroups": [each.described() for each in found]}


@operation("elasticache", "FailoverGlobalReplicationGroup")
def failover_global(call: Call) -> Answer:
    store = existing(call, call.params["GlobalReplicationGroupId"])
    target = (call.params["PrimaryRegion"], call.params["PrimaryReplicationGroupId"])
    if store.status != "available" or target == store.primary or target not in store.members:
        raise AwsError(
            "InvalidGlobalReplicationGroupState", f"{store.id} is {store.status}; {target} cannot take over."
        )
    store.status = "modifying"

    def done(_: object) -> None:
        store.primary, store.status = target, "available"

    call.world.later(FAILOVER_SECONDS, done)
    return {"GlobalReplicationGroup": store.described()}


def existing(call: Call, name: str) -> Datastore:
    store = call.world.shelf(Datastores).by_id.get(name)
    if store is None:
        raise AwsError("GlobalReplicationGroupNotFoundFault", f"{name} does not exist.", status=404)
    return store
