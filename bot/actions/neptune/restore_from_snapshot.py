"""Restore a Neptune cluster from a snapshot, as a new cluster.

When to reach for it: the graph in the primary region is lost or corrupted, and a snapshot has been copied to the
recovery region. Follow it with a step that adds an instance.

What bites: everything written since the snapshot is missing; the plan shows when it was taken. The restored cluster
has no instance, so nobody can connect before one is added. AWS has no token for this call; the name is the identity.
"""

from __future__ import annotations

from bot.actions.base import action
from bot.actions.rds.restoring import KEPT, LONG, SnapshotCluster, snapshot_rehearsal
from bot.language import told
from bot.model.action import Idempotency, Risk


@action(
    "neptune.restore_from_snapshot",
    risk=Risk.REVERSIBLE,
    costs=told("the restored cluster"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots", "rds:RestoreDBClusterFromSnapshot"),
    irreversible=KEPT,
    typical=LONG,
    by_hand="aws neptune describe-db-clusters --region {region} --db-cluster-identifier {name}",
    rehearsal=snapshot_rehearsal("neptune", "neptune"),
)
class RestoreFromSnapshot(SnapshotCluster):
    """Make the cluster, then watch until it is available."""

    service = "neptune"
