"""Restore an Aurora cluster from a snapshot, as a new cluster.

When to reach for it: the cold way, when neither a global database nor automated backups reach the recovery region
but a copied snapshot does. Follow it with a step that adds an instance.

What bites: everything written since the snapshot is missing; the plan shows when it was taken. The new cluster gets
the default security and parameter groups unless told otherwise, and its endpoint is another one. AWS has no token
for this call; the name is the identity.
"""

from __future__ import annotations

from bot.actions.base import action
from bot.actions.rds.restoring import KEPT, LONG, SnapshotCluster, snapshot_rehearsal
from bot.language import told
from bot.model.action import Idempotency, Risk


@action(
    "aurora.restore_from_snapshot",
    risk=Risk.REVERSIBLE,
    costs=told("the restored cluster"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots", "rds:RestoreDBClusterFromSnapshot"),
    irreversible=KEPT,
    typical=LONG,
    by_hand="aws rds describe-db-clusters --region {region} --db-cluster-identifier {name}",
    rehearsal=snapshot_rehearsal("rds", "aurora-postgresql"),
)
class RestoreFromSnapshot(SnapshotCluster):
    """Make the cluster, then watch until it is available."""

    service = "rds"
