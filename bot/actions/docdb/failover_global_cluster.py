"""Make a secondary cluster of a DocumentDB global cluster the writer.

With `allow_data_loss: true` this is the unplanned failover: the target is promoted whatever the primary's region
says, and writes that had not been replicated are lost. With `false` it is the planned switchover: nothing is lost,
but the primary must be healthy.

When to reach for it: the primary's region is impaired and the lag has been accepted; or, planned, to move over or
back.

What bites: fence the old primary first, else both sides take writes for a while. Cluster and reader endpoints differ
after a move; clients have to be told. There is no token; a second call is refused while the first is in motion, so
the outcome is always read back. The step's region must be the target's own.
"""

from __future__ import annotations

from datetime import timedelta

from bot.actions.aurora.lag import DOCUMENTDB
from bot.actions.aurora.promotion import GlobalPromotion, promotes


@promotes("docdb", "docdb", typical=timedelta(minutes=2))
class FailoverGlobalCluster(GlobalPromotion):
    """Promote a cluster of a DocumentDB global cluster."""

    client = "docdb"
    lag = DOCUMENTDB
