"""AWS Backup's list of recovery points: one an hour old for whatever is asked; its name says what else there is.

A resource whose ARN says `missing` has none, and one that says `infected` has a newer one with malware in it. The point
of an RDS instance is a snapshot, and restoring it makes an instance; that of a file system makes a file system.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call
from bot.local.cloud.world import ACCOUNT, World

KEPT_AS = "awsbackup:job-"
FILES = ":file-system/"


@operation("backup", "ListRecoveryPointsByResource")
def list_recovery_points(call: Call) -> Answer:
    resource = call.params["ResourceArn"]
    points = [] if "missing" in resource else [point(call, "sound", timedelta(hours=1), [])]
    if ":db:" in resource and points:
        points[0]["RecoveryPointArn"] = snapshot_of(call.region, resource.rpartition(":")[2])
    if FILES in resource and points:
        points[0]["RecoveryPointArn"] = point_arn(call.region, FILES.strip(":/") + "-" + resource.rpartition("/")[2])
    points[:0] = taken(call.world, call.region, resource)
    if "infected" in resource:
        points.insert(0, point(call, "infected", timedelta(minutes=10), ["MALWARE"]))
    return {"RecoveryPoints": points}


@dataclass
class Taken:
    """What was backed up here on demand, by region and resource, newest first."""

    points: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)


def taken(world: World, region: str, resource: str) -> list[dict[str, Any]]:
    return world.shelf(Taken).points.setdefault((region, resource), [])


def snapshot_of(region: str, database: str) -> str:
    """The ARN under which AWS Backup keeps an RDS instance."""
    return f"arn:aws:rds:{region}:{ACCOUNT}:snapshot:{KEPT_AS}{database}"


def point_arn(region: str, name: str) -> str:
    return f"arn:aws:backup:{region}:{ACCOUNT}:recovery-point:{name}"


def files_in(point: str) -> str:
    """The id of the file system that the point holds; empty for a point of anything else."""
    mark = f":recovery-point:{FILES.strip(':/')}-"
    return point.partition(mark)[2]


def point(call: Call, name: str, age: timedelta, findings: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "RecoveryPointArn": point_arn(call.region, name),
        "CreationDate": call.world.now() - age,
        "Status": "COMPLETED",
        "BackupVaultName": "dr",
    }
    return {**found, "AggregatedScanResult": {"FailedScan": False, "Findings": findings}} if findings else found
