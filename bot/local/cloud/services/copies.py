"""What moto says and does not do for snapshots and tables: fast restores, the archive tier, replicas of a table."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services.jobs import ENDS, STARTS, Row, Rows, passing, rows
from bot.local.cloud.services.settling import table_status
from bot.local.cloud.wire import Call, Reply

CONSISTENCY = "consistency"
"""How the regions of a global table agree, by its name."""
RESTORABLE_AFTER = timedelta(minutes=5)


@operation("ec2", "EnableFastSnapshotRestores")
def enable_fast_snapshot_restores(call: Call) -> Answer:
    for snapshot in call.params["SourceSnapshotIds"]:
        for zone in call.params["AvailabilityZones"]:
            row: Row = {"SnapshotId": snapshot, "AvailabilityZone": zone, "State": "enabling"}
            rows(call, "fast")[f"{snapshot} {zone}"] = passing(
                call, row, (STARTS, {"State": "optimizing"}), (ENDS, {"State": "enabled"})
            )
    return {"Successful": [], "Unsuccessful": []}


@operation("ec2", "DisableFastSnapshotRestores")
def disable_fast_snapshot_restores(call: Call) -> Answer:
    for snapshot in call.params["SourceSnapshotIds"]:
        for zone in call.params["AvailabilityZones"]:
            if row := rows(call, "fast").get(f"{snapshot} {zone}"):
                passing(call, row, (0, {"State": "disabling"}), (STARTS, {"State": "disabled"}))
    return {"Successful": [], "Unsuccessful": []}


@operation("ec2", "DescribeFastSnapshotRestores")
def describe_fast_snapshot_restores(call: Call) -> Answer:
    return {"FastSnapshotRestores": [row for row in rows(call, "fast").values() if fits(call, row["SnapshotId"])]}


@operation("ec2", "DescribeSnapshotTierStatus")
def describe_snapshot_tier_status(call: Call) -> Answer:
    """A snapshot whose description says `archived` is in the archive until it is restored."""
    known = backend("ec2", call.region).snapshots.values()
    return {"SnapshotTierStatuses": [tier(call, each) for each in known if fits(call, each.id)]}


@operation("ec2", "RestoreSnapshotTier")
def restore_snapshot_tier(call: Call) -> Answer:
    """Refused unless the snapshot is in the archive and at rest. The real thing takes days."""
    name = call.params["SnapshotId"]
    found = next((each for each in backend("ec2", call.region).snapshots.values() if each.id == name), None)
    row = tier(call, found) if found else None
    if row is None or row["LastTieringOperationStatus"] != "archival-completed":
        raise AwsError("InvalidSnapshot.InvalidState", f"{name} is not archived, or is being restored.")
    word = "permanent" if call.params.get("PermanentRestore") else "temporary"
    end = {"StorageTier": "standard", "LastTieringOperationStatus": f"{word}-restore-completed"}
    passing(call, row, (0, {"LastTieringOperationStatus": f"{word}-restore-in-progress"}), (ENDS, end))
    return {"SnapshotId": name}


def tier(call: Call, snapshot: Any) -> Row:
    archived = "archived" in snapshot.description
    first: Row = {
        "SnapshotId": snapshot.id,
        "StorageTier": "archive" if archived else "standard",
        "LastTieringOperationStatus": "archival-completed" if archived else "",
    }
    return rows(call, "tier").setdefault(snapshot.id, first)


def fits(call: Call, snapshot: str) -> bool:
    """Whether the snapshot-id filter, if there is one, lets it through."""
    filters = [each for each in call.params.get("Filters", []) if each["Name"] == "snapshot-id"]
    return all(snapshot in each["Values"] for each in filters)


@operation("dynamodb", "UpdateTable")
def update_table(call: Call) -> Answer | Reply:
    """Adding a replica takes a while, one change at a time; every other update is moto's."""
    wanted = [each["Create"]["RegionName"] for each in call.params.get("ReplicaUpdates", []) if "Create" in each]
    name = call.params["TableName"]
    if table_status(call.world, call.region, name):
        raise AwsError("ResourceInUseException", f"Attempt to change a resource which is still in use: Table: {name}")
    if not wanted:
        return call.moto()
    if name not in backend("dynamodb", call.region).tables:
        raise AwsError("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
    known = rows(call, f"replicas of {name}")
    if any(row["ReplicaStatus"] != "ACTIVE" or region in wanted for region, row in known.items()):
        raise AwsError("ResourceInUseException", f"{name} is being updated, or has the replica already.")
    for region in wanted:
        row = {"RegionName": region, "ReplicaStatus": "CREATING"}
        known[region] = passing(call, row, (ENDS, {"ReplicaStatus": "ACTIVE"}))
        replicate(call, name, region)
    if "MultiRegionConsistency" in call.params:
        for region in (call.region, *wanted):
            told = {"MultiRegionConsistency": call.params["MultiRegionConsistency"]}
            call.world.shelf(Rows).kinds.setdefault((CONSISTENCY, region), {})[name] = told
    return {"TableDescription": described(call, name)}


def replicate(call: Call, name: str, region: str) -> None:
    """The table in the other region, which names this one as its replica. One that stands there already stays."""
    there, here = backend("dynamodb", region).tables, backend("dynamodb", call.region).tables[name]
    if name in there:
        return
    copy = deepcopy(here)
    copy.region_name, copy.table_arn = region, here.table_arn.replace(f":{call.region}:", f":{region}:")
    back = {"RegionName": call.region, "ReplicaStatus": "ACTIVE"}

    def is_there(_: object) -> None:
        there[name] = copy
        call.world.shelf(Rows).kinds.setdefault((f"replicas of {name}", region), {})[call.region] = back

    call.world.later(ENDS, is_there)


@operation("dynamodb", "DescribeTable")
def describe_table(call: Call) -> Answer | Reply:
    """moto's, and replicas where there are any; a table on its way says so."""
    name = call.params["TableName"]
    if not rows(call, f"replicas of {name}") and not table_status(call.world, call.region, name):
        return call.moto()
    return {"Table": described(call, name)}


def described(call: Call, name: str) -> dict[str, Any]:
    table: dict[str, Any] = backend("dynamodb", call.region).describe_table(name)["Table"]
    moving = table_status(call.world, call.region, name)
    replicas = list(rows(call, f"replicas of {name}").values())
    said = rows(call, CONSISTENCY).get(name, {}) | ({"TableStatus": moving} if moving else {})
    return table | said | ({"Replicas": replicas} if replicas else {})


@operation("dynamodb", "DescribeContinuousBackups")
def describe_continuous_backups(call: Call) -> Answer | Reply:
    """moto's, by the clock of this world: a table can be restored to five minutes ago, as AWS's guide says."""
    answer = call.moto()
    if not answer.ok:
        return answer
    known = backend("dynamodb", call.region).describe_continuous_backups(call.params["TableName"])
    recovery = dict(known["PointInTimeRecoveryDescription"])
    if "LatestRestorableDateTime" in recovery:
        recovery["LatestRestorableDateTime"] = call.world.now() - RESTORABLE_AFTER
    return {"ContinuousBackupsDescription": known | {"PointInTimeRecoveryDescription": recovery}}


@operation("rds", "CreateDBInstanceReadReplica")
def create_db_instance_read_replica(call: Call) -> Reply:
    """moto's, which would make a second one of that name without a word."""
    name = call.params["DBInstanceIdentifier"]
    if name in backend("rds", call.region).databases:
        raise AwsError("DBInstanceAlreadyExists", f"DB instance {name} already exists.")
    return call.moto()
