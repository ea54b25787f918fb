"""Restore an Aurora cluster to a moment, as a new cluster beside the old one.

When to reach for it: rows were deleted or corrupted and the replicas have it too, or a cold region holds the backups
only. Follow it with a step that adds an instance: AWS restores the volume, and nobody can connect before that.

What bites: the new cluster gets the default security and parameter groups unless told otherwise, and its endpoint is
another one. Without `at` it is the latest restorable moment, usually within five minutes. AWS has no token for this
call; the name is the identity, so a repeat is refused and the look tells whose cluster it is.
"""

from __future__ import annotations

from bot.actions.base import action
from bot.actions.rds.restoring import KEPT, LONG, InstantCluster, instant_rehearsal
from bot.language import told
from bot.model.action import Idempotency, Risk


@action(
    "aurora.restore_to_point_in_time",
    risk=Risk.REVERSIBLE,
    costs=told("the restored cluster"),
    idempotency=Idempotency.READ_BACK,
    permissions=("rds:DescribeDBClusters", "rds:RestoreDBClusterToPointInTime"),
    irreversible=KEPT,
    typical=LONG,
    by_hand="aws rds describe-db-clusters --region {region} --db-cluster-identifier {name}",
    rehearsal=instant_rehearsal("rds"),
)
class RestoreToPointInTime(InstantCluster):
    """Make the cluster, then watch until it is available."""

    service = "rds"
