"""Restore a DocumentDB cluster to a moment, as a new cluster beside the old one.

When to reach for it: documents were deleted or corrupted, or a cold region holds the backups only. Follow it with
a step that adds an instance.

What bites: the new cluster gets the default security and parameter groups unless told otherwise, and its endpoint is
another one. The restored cluster has no instance, so nobody can connect before one is added. AWS has no token for
this call; the name is the identity.
"""

from __future__ import annotations

from bot.actions.base import action
from bot.actions.rds.restoring import KEPT, LONG, InstantCluster, instant_rehearsal
from bot.language import told
from bot.model.action import Idempotency, Risk


@action(
    "docdb.restore_to_point_in_time",
    risk=Risk.REVERSIBLE,
    costs=told("the restored cluster"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBClusters", "rds:RestoreDBClusterToPointInTime"),
    irreversible=KEPT,
    typical=LONG,
    by_hand="aws docdb describe-db-clusters --region {region} --db-cluster-identifier {name}",
    rehearsal=instant_rehearsal("docdb"),
)
class RestoreToPointInTime(InstantCluster):
    """Make the cluster, then watch until it is available."""

    service = "docdb"
