"""Make an ElastiCache replication group from a snapshot.

When to reach for it: a cache that holds data of record, or one that is too large to warm up from the database.

What bites: everything written since the snapshot is missing. The endpoint is another one. Node type, engine and
shards are the snapshot's unless told otherwise. AWS has no token for this call; the name is the identity.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, unready
from bot.actions.base import Call, Params, Results, action
from bot.actions.rehearsing import absent
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_elasticache import ElastiCacheClient


class RestoreFromSnapshotParams(Params):
    """Which snapshot, under what name."""

    snapshot: str = Field(description="Snapshot name.", examples=["sessions-nightly"])
    name: str = Field(description="Replication group id of what is made.", examples=["sessions-restored"])
    node_type: str | None = Field(default=None, description="Node type; the snapshot's if left out.")
    subnet_group: str | None = Field(default=None, description="Subnet group; the default one if left out.")


class RestoreFromSnapshotResults(Results):
    """Where to connect."""

    endpoint: str = Field(description="Configuration or primary endpoint.")


_NONE = absent("elasticache", "describe_replication_groups", "ReplicationGroupNotFoundFault")


def _group(status: str) -> Call:
    endpoint = {"Address": "sessions-restored.x.usw2.cache.amazonaws.com", "Port": 6379}
    found = {"ReplicationGroupId": "sessions-restored", "Status": status, "ConfigurationEndpoint": endpoint}
    return Call("elasticache", "describe_replication_groups", {"ReplicationGroups": [found]})


@action(
    "elasticache.restore_from_snapshot",
    risk=Risk.REVERSIBLE,
    costs=told("the group"),
    idempotency=Idempotency.READ_BACK,
    permissions=(
        "elasticache:DescribeReplicationGroups",
        "elasticache:DescribeSnapshots",
        "elasticache:CreateReplicationGroup",
    ),
    irreversible=told("The group stays and costs money until a person deletes it; the snapshot is untouched."),
    typical=timedelta(minutes=20),
    by_hand="aws elasticache describe-replication-groups --region {region} --replication-group-id {name}",
    rehearsal=rehearsed(
        {"region": "us-west-2", "snapshot": "sessions-nightly", "name": "sessions-restored"},
        none=(_NONE,),
        source=(Call("elasticache", "describe_snapshots", {"Snapshots": [{"SnapshotStatus": "available"}]}),),
        send=(Call("elasticache", "create_replication_group", {}),),
        way=(_group("creating"), _group("available")),
    ),
)
class RestoreFromSnapshot(Made[RestoreFromSnapshotParams]):
    """Make the group, then watch until it is available."""

    Params = RestoreFromSnapshotParams
    Results = RestoreFromSnapshotResults
    dead = frozenset({"create-failed", "deleting"})

    def called(self, params: RestoreFromSnapshotParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: RestoreFromSnapshotParams) -> Thing | None:
        cache: ElastiCacheClient = aws.reader("elasticache", params.region)
        try:
            found = cache.describe_replication_groups(ReplicationGroupId=params.name)["ReplicationGroups"][0]
        except cache.exceptions.ReplicationGroupNotFoundFault:
            return None
        shards = found.get("NodeGroups") or [{}]
        endpoint = found.get("ConfigurationEndpoint") or shards[0].get("PrimaryEndpoint") or {}
        return Thing(state=found.get("Status", ""), results={"endpoint": endpoint.get("Address", "")})

    def source(self, aws: Reads, params: RestoreFromSnapshotParams) -> Look:
        cache: ElastiCacheClient = aws.reader("elasticache", params.region)
        try:
            found = cache.describe_snapshots(SnapshotName=params.snapshot)["Snapshots"]
        except cache.exceptions.SnapshotNotFoundFault:
            found = []
        if not found or found[0].get("SnapshotStatus") != "available":
            status = found[0].get("SnapshotStatus") if found else None
            return blocked(unready(params.snapshot, status, "available", params.region), params.name)
        change = told("nothing → {name} from snapshot {snapshot}", name=params.name, snapshot=params.snapshot)
        return Look(state="ready", change=change, targets=(params.name,))

    def execute(self, aws: Aws, params: RestoreFromSnapshotParams, token: str) -> None:
        cache: ElastiCacheClient = aws.writer("elasticache", params.region)
        said: dict[str, Any] = {"CacheNodeType": params.node_type} if params.node_type else {}
        if params.subnet_group:
            said["CacheSubnetGroupName"] = params.subnet_group
        cache.create_replication_group(
            ReplicationGroupId=params.name,
            ReplicationGroupDescription=f"restored from {params.snapshot}",
            SnapshotName=params.snapshot,
            **said,
        )
