"""RDS: clusters that come out of a backup. They stand alone, also where the original belongs to a global database.

moto makes a restored cluster a member of its original's global database, and cannot restore a member's snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import operation
from bot.local.cloud.wire import Call, Reply


@operation("rds", "RestoreDBClusterFromSnapshot")
def restore_from_snapshot(call: Call) -> Reply:
    wanted = call.params["SnapshotIdentifier"].rpartition(":")[2]
    snapshot = backend("rds", call.region).cluster_snapshots.get(wanted)
    return restored(call, snapshot.cluster if snapshot else None)


@operation("rds", "RestoreDBClusterToPointInTime")
def restore_to_point_in_time(call: Call) -> Reply:
    wanted = call.params["SourceDBClusterIdentifier"].rpartition(":")[2]
    return restored(call, backend("rds", call.region).clusters.get(wanted))


def restored(call: Call, original: Any | None) -> Reply:
    """moto's reply. Refused for a name that is taken, which moto would overwrite."""
    name = call.params["DBClusterIdentifier"]
    if name in backend("rds", call.region).clusters:
        raise AwsError("DBClusterAlreadyExistsFault", f"DB Cluster {name} already exists.")
    if original is None:
        return call.moto()
    with alone(original):
        return call.moto()


@contextmanager
def alone(cluster: Any) -> Iterator[None]:
    """The cluster as if it belonged to no global database."""
    member_of = cluster.global_cluster_identifier
    cluster.global_cluster_identifier = None
    if not hasattr(cluster, "_master_user_password"):
        cluster.master_user_password = "kept-in-the-backup"  # noqa: S105  # nobody's
    try:
        yield
    finally:
        cluster.global_cluster_identifier = member_of
