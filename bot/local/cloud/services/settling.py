"""What AWS begins and moto finishes at once: databases, volumes, copies, instances, clusters, archived objects, builds.

moto, or the service's own file here, has done the work when a course begins; the thing then shows the word for being
on its way until its time has come. Refuses to know what the calls do. Words are those of each service's API reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from moto.moto_api import state_manager
from moto.rds.models import DBCluster

from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import afterwards, operation
from bot.local.cloud.services.jobs import ENDS, STARTS
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import World

# moto turns these over when somebody looks; here only time does
setattr(DBCluster, "status", property(lambda one: one._status, lambda one, word: setattr(one, "_status", word)))  # noqa: B010  # mypy knows the former one
for model in ("cloudfront::distribution", "s3::keyrestore"):
    state_manager.set_transition(model, {"progression": "manual", "times": 1_000_000_000})


@dataclass
class Unfinished:
    """What moto has no word for: tables being made or changed, by region and name, and builds that run, by id."""

    tables: dict[tuple[str, str], str] = field(default_factory=dict)
    builds: set[str] = field(default_factory=set)


def on_its_way(call: Call, thing: Any, attribute: str, word: str, arrived: str, seconds: float = ENDS) -> None:
    """`thing` shows `word` until its time has come, unless something else happens to it meanwhile."""
    setattr(thing, attribute, word)

    def arrive(_: object) -> None:
        if getattr(thing, attribute) == word:
            setattr(thing, attribute, arrived)

    call.world.later(seconds, arrive)


# --- databases --------------------------------------------------------------------------------------------------------


@afterwards("rds", "CreateDBInstance", "CreateDBInstanceReadReplica", "RestoreDBInstanceFromDBSnapshot")
def instance_is_made(call: Call) -> None:
    on_its_way(call, instance(call), "status", "creating", "available")


@afterwards("rds", "RestoreDBInstanceToPointInTime")
def instance_is_restored(call: Call) -> None:
    on_its_way(call, instance(call, "TargetDBInstanceIdentifier"), "status", "creating", "available")


@afterwards("rds", "ModifyDBInstance")
def instance_is_modified(call: Call) -> None:
    on_its_way(call, instance(call), "status", "modifying", "available", STARTS)


@afterwards("rds", "StartDBInstance")
def instance_starts(call: Call) -> None:
    on_its_way(call, instance(call), "status", "starting", "available")


@afterwards("rds", "CreateDBCluster", "RestoreDBClusterFromSnapshot", "RestoreDBClusterToPointInTime")
def cluster_is_made(call: Call) -> None:
    on_its_way(call, cluster(call), "status", "creating", "available")


@afterwards("rds", "StartDBCluster")
def cluster_starts(call: Call) -> None:
    on_its_way(call, cluster(call), "status", "starting", "available")


@afterwards("rds", "CopyDBSnapshot")
def instance_snapshot_is_copied(call: Call) -> None:
    copy = backend("rds", call.region).database_snapshots[call.params["TargetDBSnapshotIdentifier"]]
    on_its_way(call, copy, "status", "creating", "available")


@afterwards("rds", "CopyDBClusterSnapshot")
def cluster_snapshot_is_copied(call: Call) -> None:
    copy = backend("rds", call.region).cluster_snapshots[call.params["TargetDBClusterSnapshotIdentifier"]]
    on_its_way(call, copy, "status", "copying", "available")


def instance(call: Call, parameter: str = "DBInstanceIdentifier") -> Any:
    return backend("rds", call.region).databases[call.params[parameter]]


def cluster(call: Call) -> Any:
    return backend("rds", call.region).clusters[call.params["DBClusterIdentifier"]]


@afterwards("elasticache", "CreateReplicationGroup")
def cache_is_made(call: Call) -> None:
    group = backend("elasticache", call.region).replication_groups[call.params["ReplicationGroupId"]]
    on_its_way(call, group, "status", "creating", "available")


@afterwards("redshift", "RestoreFromClusterSnapshot")
def warehouse_is_restored(call: Call) -> None:
    warehouse = backend("redshift", call.region).clusters[call.params["ClusterIdentifier"]]
    on_its_way(call, warehouse, "status", "creating", "available")


@afterwards("dynamodb", "RestoreTableFromBackup", "RestoreTableToPointInTime")
def table_is_restored(call: Call) -> None:
    table_is(call, call.params["TargetTableName"], "CREATING")


@afterwards("dynamodb", "UpdateTable")
def table_is_changed(call: Call) -> None:
    if not call.params.get("ReplicaUpdates"):
        table_is(call, call.params["TableName"], "UPDATING")


def table_is(call: Call, name: str, word: str) -> None:
    tables, key = call.world.shelf(Unfinished).tables, (call.region, name)
    tables[key] = word

    def rests(_: object) -> None:
        tables.pop(key, None)

    call.world.later(ENDS, rests)


def table_status(world: World, region: str, name: str) -> str:
    """The word for a table that is on its way; empty for one at rest."""
    return world.shelf(Unfinished).tables.get((region, name), "")


# --- what computes and what it is made of -----------------------------------------------------------------------------


@afterwards("ec2", "StartInstances")
def instances_start(call: Call) -> None:
    for each in backend("ec2", call.region).all_instances():
        if each.id in call.params["InstanceIds"]:
            boots(call, each)


@afterwards("ec2", "RunInstances", "CreateFleet")
def instances_are_launched(call: Call) -> None:
    booted = call.world.shelf(Booted).known
    for each in backend("ec2", call.region).all_instances():
        if each.id not in booted:
            boots(call, each)


@dataclass
class Booted:
    """Instances that were launched, by id."""

    known: set[str] = field(default_factory=set)


def boots(call: Call, machine: Any) -> None:
    call.world.shelf(Booted).known.add(machine.id)
    machine._state.name, machine._state.code = "pending", 0

    def runs(_: object) -> None:
        if machine._state.name == "pending":
            machine._state.name, machine._state.code = "running", 16

    call.world.later(ENDS, runs)


@afterwards("ec2", "CreateSnapshot")
def snapshot_is_taken(call: Call) -> None:
    """At the cloud's time; moto knows the host's only."""
    newest(backend("ec2", call.region).snapshots).start_time = call.world.now().replace(tzinfo=None)


@afterwards("ec2", "CopySnapshot")
def snapshot_is_copied(call: Call) -> None:
    snapshot_is_taken(call)
    on_its_way(call, newest(backend("ec2", call.region).snapshots), "status", "pending", "completed")


@afterwards("ec2", "CopyImage")
def image_is_copied(call: Call) -> None:
    on_its_way(call, newest(backend("ec2", call.region).amis), "state", "pending", "available")


def newest(known: dict[str, Any]) -> Any:
    return list(known.values())[-1]


@afterwards("eks", "UpdateNodegroupConfig")
def nodes_follow(call: Call) -> None:
    cluster = backend("eks", call.region).clusters[call.params["clusterName"]]
    on_its_way(call, cluster.nodegroups[call.params["nodegroupName"]], "status", "UPDATING", "ACTIVE")


@afterwards("kinesis", "UpdateStreamMode")
def stream_is_changed(call: Call) -> None:
    streams = backend("kinesis", call.region).streams.values()
    for each in streams:
        if each.arn == call.params["StreamARN"]:
            on_its_way(call, each, "status", "UPDATING", "ACTIVE")


# --- objects, origins, builds -----------------------------------------------------------------------------------------


@afterwards("s3", "RestoreObject")
def object_is_fetched(call: Call) -> None:
    """Hours in life: a request for an object that is being fetched says so."""
    fetched = backend("s3", "aws").get_object(call.params["Bucket"], call.params["Key"])
    on_its_way(call, fetched, "_status", "IN_PROGRESS", "RESTORED")


@afterwards("cloudfront", "CreateDistribution", "UpdateDistribution")
def distribution_is_deployed(call: Call) -> None:
    known = backend("cloudfront", "aws").distributions
    on_its_way(call, known.get(call.params.get("Id")) or newest(known), "_status", "InProgress", "Deployed")


@afterwards("cloudformation", "CreateChangeSet")
def change_set_is_worked_out(call: Call) -> None:
    made = newest(backend("cloudformation", call.region).change_sets)
    if made.status == "CREATE_COMPLETE":
        on_its_way(call, made, "status", "CREATE_IN_PROGRESS", "CREATE_COMPLETE", STARTS)


@afterwards("cloudformation", "CreateStackInstances")
def stack_instances_are_made(call: Call) -> None:
    accounts, regions = call.params.get("Accounts", []), call.params["Regions"]
    for stack_set in backend("cloudformation", call.region).stacksets.values():
        if call.params["StackSetName"] in (stack_set.name, stack_set.id):
            for each in stack_set.stack_instances:
                if each.account_id in accounts and each.region_name in regions:
                    runs(call, each)


def runs(call: Call, stack_instance: Any) -> None:
    """moto writes `SUCCEEDED` into every description of it."""
    described, running = stack_instance.to_dict, {"StackInstanceStatus": {"DetailedStatus": "RUNNING"}}
    stack_instance.to_dict = lambda: {**described(), "Status": "OUTDATED", **running}
    call.world.later(ENDS, lambda _: stack_instance.__dict__.pop("to_dict", None) and None)


@afterwards("codebuild", "StartBuild")
def build_runs(call: Call) -> None:
    build = backend("codebuild", call.region).build_metadata_history[call.params["projectName"]][-1]["id"]
    running = call.world.shelf(Unfinished).builds
    running.add(build)
    call.world.later(ENDS, lambda _: running.discard(build))


@operation("codebuild", "BatchGetBuilds")
def batch_get_builds(call: Call) -> Reply:
    """moto's, whose builds are over as soon as anybody asks."""
    answer = call.moto()
    if not answer.ok:
        return answer
    said = json.loads(answer.body)
    for build in said["builds"]:
        if build["id"] in call.world.shelf(Unfinished).builds:
            build |= {"currentPhase": "BUILD", "buildStatus": "IN_PROGRESS", "buildComplete": False}
    return Reply(answer.status, answer.headers, json.dumps(said).encode())
