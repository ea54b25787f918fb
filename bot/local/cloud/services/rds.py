"""RDS and Aurora: global databases that really fail over and switch over, and replicas that are really promoted.

Sources: the Aurora guide's "switchover and failover in an Aurora global database" and the API reference of each
call. Two facts that surprise: `failover_global_cluster` without AllowDataLoss is a switchover and needs a healthy
primary; and none of these calls takes a token, so a repeat while the first is under way is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import ACCOUNT, World

GLOBAL_HOME = "us-east-1"
"""Where moto keeps global clusters; every region shows them."""

FAILOVER_SECONDS = 6.0
SWITCHOVER_SECONDS = 4.0
DETACH_SECONDS = 5.0
PROMOTE_SECONDS = 4.0
REBOOT_SECONDS = 2.0


@dataclass(frozen=True)
class Move:
    """A failover or switchover on its way."""

    source: str
    target: str
    data_loss: bool
    status: str


@dataclass
class Aurora:
    """What moto does not remember of global clusters: moves under way, and who was the writer since when."""

    moves: dict[str, Move] = field(default_factory=dict)
    writers: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)


def no_writer(world: World, global_cluster: str, region: str) -> str | None:
    """Why no write succeeds against `region`'s database, or None when it is the writer and available."""
    found = find_global(global_cluster)
    writer = writer_of(found) if found else None
    if writer is None:
        return f"{global_cluster} has no writer"
    if global_cluster in world.shelf(Aurora).moves:
        return f"{global_cluster} is {world.shelf(Aurora).moves[global_cluster].status}"
    if region_of(writer.db_cluster_arn) != region:
        return f"the writer of {global_cluster} is in {region_of(writer.db_cluster_arn)}"
    return (
        None if writer._status in ("available", "creating") else f"{writer.db_cluster_identifier} is {writer._status}"
    )


@operation("rds", "CreateGlobalCluster")
def create_global_cluster(call: Call) -> Answer:
    """moto leaves the source cluster a reader; it is the writer."""
    wanted = call.params
    if find_global(wanted.get("GlobalClusterIdentifier", "")):
        raise AwsError("GlobalClusterAlreadyExistsFault", f"{wanted['GlobalClusterIdentifier']} already exists.")
    call.moto()
    made = find_global(wanted["GlobalClusterIdentifier"])
    source = wanted.get("SourceDBClusterIdentifier")
    if made is None:
        raise AwsError("InvalidParameterValue", f"No global cluster can be made of {source or wanted}.")
    for member in made.members:
        member.is_writer = True
        remember_writer(call.world, made, call.world.now())
    return {"GlobalCluster": described(call.world, made)}


@operation("rds", "DescribeGlobalClusters")
def describe_global_clusters(call: Call) -> Answer:
    wanted = call.params.get("GlobalClusterIdentifier")
    if wanted and find_global(wanted) is None:
        raise not_found(wanted)
    return {"GlobalClusters": [described(call.world, found) for found in globals_like(wanted)]}


@operation("rds", "FailoverGlobalCluster")
def failover_global_cluster(call: Call) -> Answer:
    data_loss, switchover = call.params.get("AllowDataLoss"), call.params.get("Switchover")
    if data_loss and switchover:
        raise AwsError("InvalidParameterCombination", "AllowDataLoss and Switchover cannot both be specified.")
    return move(call, data_loss=bool(data_loss))


@operation("rds", "SwitchoverGlobalCluster")
def switchover_global_cluster(call: Call) -> Answer:
    return move(call, data_loss=False)


@operation("rds", "RemoveFromGlobalCluster")
def remove_from_global_cluster(call: Call) -> Answer:
    """The member leaves and becomes a writable cluster of its own, after a while."""
    found = existing_global(call.params["GlobalClusterIdentifier"])
    member = member_of(found, call.params["DbClusterIdentifier"])
    refuse_while_moving(call.world, found)
    if member.is_writer and len(found.members) > 1:
        raise AwsError(
            "InvalidGlobalClusterStateFault", "The primary cluster cannot be removed while there are others."
        )
    if member._status != "available":
        raise AwsError("InvalidDBClusterStateFault", f"{member.db_cluster_identifier} is {member._status}.")
    member.status = "promoting"

    def detached(_: datetime) -> None:
        found.members.remove(member)
        member.global_cluster_identifier, member.is_writer, member.status = None, False, "available"

    call.world.later(DETACH_SECONDS, detached)
    return {"GlobalCluster": described(call.world, found)}


@operation("rds", "CreateDBCluster")
def create_db_cluster(call: Call) -> Reply:
    """moto's, which would put it in place of another of that name; the first of a global database is its writer."""
    name = call.params["DBClusterIdentifier"]
    if name in backend("rds", call.region).clusters:
        raise AwsError("DBClusterAlreadyExistsFault", f"DB Cluster {name} already exists.")
    answer = call.moto()
    found = find_global(call.params.get("GlobalClusterIdentifier") or "")
    if answer.ok and found is not None:
        remember_writer(call.world, found, call.world.now())
    return answer


@operation("rds", "DescribeDBInstances")
def describe_db_instances(call: Call) -> Reply:
    """moto's, and replicas say how their replication is."""
    for instance in backend("rds", call.region).databases.values():
        source = instance.source_db_instance_identifier
        down = bool(source) and source.startswith("arn:") and call.world.weather.is_down(region_of(source))
        status = {"StatusType": "read replication", "Normal": not down, "Status": "error" if down else "replicating"}
        instance.status_infos = [status] if source else []
    return call.moto()


@operation("rds", "PromoteReadReplica")
def promote_read_replica(call: Call) -> Answer:
    """The instance modifies, restarts, and is then nobody's replica. moto would only say so."""
    name = call.params["DBInstanceIdentifier"]
    instance = backend("rds", call.region).databases.get(name)
    if instance is None:
        raise AwsError("DBInstanceNotFound", f"DBInstance {name} not found.")
    if not instance.is_replica:
        raise AwsError("InvalidDBInstanceState", f"DB Instance {name} is not a read replica.")
    if instance.status != "available":
        raise AwsError("InvalidDBInstanceState", f"DB Instance {name} is {instance.status}, not available.")
    instance.status = "modifying"
    instance.backup_retention_period = int(call.params.get("BackupRetentionPeriod") or instance.backup_retention_period)

    def unlinked(at: datetime) -> None:
        forget_source(call.region, instance)
        instance.status = "rebooting"
        call.world.later(REBOOT_SECONDS, lambda _: setattr(instance, "status", "available"), at=at)

    call.world.later(PROMOTE_SECONDS, unlinked)
    return {"DBInstance": instance}


def move(call: Call, *, data_loss: bool) -> Answer:
    """Begin a failover or a switchover. Refused while another is under way, and for a target that cannot take over."""
    world, found = call.world, existing_global(call.params["GlobalClusterIdentifier"])
    target = member_of(found, call.params["TargetDbClusterIdentifier"])
    writer = writer_of(found)
    refuse_while_moving(world, found)
    if target is writer or writer is None:
        raise AwsError("InvalidDBClusterStateFault", f"{target.db_cluster_identifier} is already the writer.")
    if target._status != "available" or world.weather.is_down(target.region):
        raise AwsError("InvalidDBClusterStateFault", f"{target.db_cluster_identifier} is not available.")
    if not data_loss and (world.weather.is_down(writer.region) or writer._status != "available"):
        raise AwsError(
            "InvalidDBClusterStateFault",
            f"A switchover needs a healthy primary, and {writer.db_cluster_identifier} does not answer. "
            "To fail over and lose what was not replicated, use AllowDataLoss.",
        )
    begin(world, found, Move(writer.db_cluster_arn, target.db_cluster_arn, data_loss, status_word(data_loss)))
    return {"GlobalCluster": described(world, found)}


def begin(world: World, found: Any, planned: Move) -> None:
    source, target = (member_of(found, arn) for arn in (planned.source, planned.target))
    world.shelf(Aurora).moves[found.global_cluster_identifier] = planned
    source.status = target.status = planned.status

    def done(at: datetime) -> None:
        del world.shelf(Aurora).moves[found.global_cluster_identifier]
        source.status = target.status = "available"
        if planned.data_loss or not world.weather.is_down(
            source.region
        ):  # a switchover cannot finish without the primary
            source.is_writer, target.is_writer = False, True
            remember_writer(world, found, at)

    world.later(FAILOVER_SECONDS if planned.data_loss else SWITCHOVER_SECONDS, done)


def described(world: World, found: Any) -> dict[str, Any]:
    """A global cluster in the API's words. FailoverState is there only while something moves."""
    moving = world.shelf(Aurora).moves.get(found.global_cluster_identifier)
    answer = {
        "GlobalClusterIdentifier": found.global_cluster_identifier,
        "GlobalClusterResourceId": found.global_cluster_resource_id,
        "GlobalClusterArn": f"arn:aws:rds::{ACCOUNT}:global-cluster:{found.global_cluster_identifier}",
        "Status": moving.status if moving else found.status,
        "Engine": found.engine,
        "EngineVersion": found.engine_version,
        "StorageEncrypted": found.storage_encrypted,
        "DeletionProtection": found.deletion_protection,
        "Endpoint": found.endpoint,
        "GlobalClusterMembers": [described_member(world, found, member) for member in found.members],
    }
    if moving:
        answer["FailoverState"] = {
            "Status": moving.status,
            "FromDbClusterArn": moving.source,
            "ToDbClusterArn": moving.target,
            "IsDataLossAllowed": moving.data_loss,
        }
    return answer


def described_member(world: World, found: Any, member: Any) -> dict[str, Any]:
    readers = [other.db_cluster_arn for other in found.members if not other.is_writer]
    down = any(world.weather.is_down(each.region) for each in (member, writer_of(found) or member))
    return {
        "DBClusterArn": member.db_cluster_arn,
        "IsWriter": bool(member.is_writer),
        "Readers": readers if member.is_writer else [],
        "GlobalWriteForwardingStatus": None if member.is_writer else "disabled",
        "SynchronizationStatus": "pending-resync" if down else "connected",
    }


def globals_like(wanted: str | None = None) -> Iterator[Any]:
    """Global clusters by identifier or ARN, or all."""
    for name, found in backend("rds", GLOBAL_HOME).global_clusters.items():
        if not wanted or wanted.rsplit(":", 1)[-1].lower() == name.lower():
            yield found


def find_global(wanted: str) -> Any | None:
    return next(globals_like(wanted), None) if wanted else None


def existing_global(wanted: str) -> Any:
    found = find_global(wanted)
    if found is None:
        raise not_found(wanted)
    return found


def not_found(wanted: str) -> AwsError:
    return AwsError("GlobalClusterNotFoundFault", f"Global cluster {wanted} not found.", status=404)


def member_of(found: Any, wanted: str) -> Any:
    """The member with that ARN. Raises DBClusterNotFoundFault, as AWS does for a name without its region."""
    for member in found.members:
        if member.db_cluster_arn == wanted:
            return member
    raise AwsError(
        "DBClusterNotFoundFault", f"{wanted} is not a member of {found.global_cluster_identifier}.", status=404
    )


def writer_of(found: Any) -> Any | None:
    return next((member for member in found.members if member.is_writer), None)


def refuse_while_moving(world: World, found: Any) -> None:
    moving = world.shelf(Aurora).moves.get(found.global_cluster_identifier)
    if moving:
        raise AwsError("InvalidGlobalClusterStateFault", f"{found.global_cluster_identifier} is {moving.status}.")


def remember_writer(world: World, found: Any, at: datetime) -> None:
    writer = writer_of(found)
    if writer is not None:
        world.shelf(Aurora).writers.setdefault(found.global_cluster_identifier, []).append((at, writer.db_cluster_arn))


def forget_source(region: str, replica: Any) -> None:
    """Cut the link on both sides; the source may live in another region."""
    source = replica.source_db_instance_identifier
    home = region_of(source) if source.startswith("arn:") else region
    primary = backend("rds", home).databases.get(source.rsplit(":", 1)[-1])
    names = {replica.db_instance_identifier, replica.arn}
    if primary is not None:
        primary.replicas = [name for name in primary.replicas if name not in names]
    replica.is_replica, replica.source_db_instance_identifier = False, None


def status_word(data_loss: bool) -> str:
    return "failing-over" if data_loss else "switching-over"


def region_of(arn: str) -> str:
    return arn.split(":")[3]
