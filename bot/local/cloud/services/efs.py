"""EFS replication: a copy in another region that is read-only until its replication is deleted.

moto keeps the file systems. Sources: the API reference of CreateReplicationConfiguration and
DeleteReplicationConfiguration.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import ACCOUNT, World

ENABLE_SECONDS = 5.0
DELETE_SECONDS = 4.0
BEHIND = timedelta(minutes=2)


@dataclass
class Copying:
    """A replication under way: from one file system to another."""

    source: str
    source_region: str
    target: str
    target_region: str
    created: datetime
    status: str = "ENABLING"
    stopped: datetime | None = None


@dataclass
class Replications:
    every: list[Copying] = field(default_factory=list)

    def touching(self, file_system: str) -> list[Copying]:
        return [each for each in self.every if file_system in (each.source, each.target)]


@operation("efs", "CreateReplicationConfiguration")
def create_replication(call: Call) -> Answer:
    """Refused while the file system is in a replication already."""
    shelf, source = call.world.shelf(Replications), call.params["SourceFileSystemId"]
    existing(call.region, source)
    wanted = call.params["Destinations"][0]
    region = wanted.get("Region", call.region)
    target = (wanted.get("FileSystemId") or new_copy(region, source)).rpartition("/")[2]
    if shelf.touching(source) or shelf.touching(target):
        raise AwsError("ConflictException", "The file system is in a replication already.", status=409)
    made = Copying(source, call.region, target, region, call.world.now())
    shelf.every.append(made)
    call.world.later(ENABLE_SECONDS, lambda _: setattr(made, "status", "ENABLED"))
    return described(call.world, made)


@operation("efs", "DescribeReplicationConfigurations")
def describe_replications(call: Call) -> Answer:
    shelf, wanted = call.world.shelf(Replications), call.params.get("FileSystemId")
    found = shelf.touching(wanted) if wanted else shelf.every
    if wanted and not found:
        raise AwsError("ReplicationNotFound", f"No replication of {wanted}.", status=404)
    return {"Replications": [described(call.world, each) for each in found]}


@operation("efs", "DeleteReplicationConfiguration")
def delete_replication(call: Call) -> Answer:
    shelf, source = call.world.shelf(Replications), call.params["SourceFileSystemId"]
    found = [each for each in shelf.touching(source) if each.status != "DELETING"]
    if not found:
        raise AwsError("ReplicationNotFound", f"No replication of {source}.", status=404)
    found[0].status, found[0].stopped = "DELETING", call.world.now()
    call.world.later(DELETE_SECONDS, lambda _: shelf.every.remove(found[0]))
    return {}


@operation("efs", "DescribeFileSystems")
def describe_file_systems(call: Call) -> Reply:
    """moto's, and a copy says that it cannot be written."""
    answer = call.moto()
    if not answer.ok:
        return answer
    said = json.loads(answer.body)
    copies = {each.target for each in call.world.shelf(Replications).every}
    for found in said["FileSystems"]:
        state = "REPLICATING" if found["FileSystemId"] in copies else "ENABLED"
        found["FileSystemProtection"] = {"ReplicationOverwriteProtection": state}
    return Reply(answer.status, answer.headers, json.dumps(said).encode())


def described(world: World, each: Copying) -> dict[str, Any]:
    region, name = each.source_region, each.source
    source = f"arn:aws:elasticfilesystem:{region}:{ACCOUNT}:file-system/{name}"
    stopped = each.stopped or world.weather.region(region).down_since(world.now()) or world.now()
    copy: dict[str, Any] = {"Status": each.status, "FileSystemId": each.target, "Region": each.target_region}
    if each.status != "ENABLING":
        copy["LastReplicatedTimestamp"] = stopped - BEHIND
    return {
        "SourceFileSystemId": name,
        "SourceFileSystemRegion": region,
        "SourceFileSystemArn": source,
        "OriginalSourceFileSystemArn": source,
        "CreationTime": each.created,
        "Destinations": [copy],
    }


def new_copy(region: str, source: str) -> str:
    made = backend("efs", region).create_file_system(
        f"copy-of-{source}", "generalPurpose", False, None, "bursting", None, None, False, []
    )
    return str(made.file_system_id)


def existing(region: str, file_system: str) -> None:
    if file_system not in backend("efs", region).file_systems_by_id:
        raise AwsError("FileSystemNotFound", f"File system {file_system} does not exist.", status=404)
