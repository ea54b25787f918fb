"""Make a secondary cluster of an Aurora global database the writer.

With `allow_data_loss: true` this is the unplanned failover: the target is promoted whatever the primary's region
says, and writes that had not been replicated are lost. With `false` it is the planned switchover: nothing is lost,
but the primary must be healthy, and AWS refuses otherwise.

When to reach for it: the primary's region is impaired and the lag has been accepted; or, planned, to move over or
back.

What bites: the writer endpoint differs after a move unless clients use the global writer endpoint. Fence the old
primary first, else both sides take writes for a while. AWS has no token for this call; a second one is refused
while the first is in motion, so the outcome is always read back: the failover state is empty, the target is the
writer, and it is available. The step's region must be the target's own, since the old primary's control plane may
be the one that burns.
"""

from __future__ import annotations

from datetime import timedelta

from bot.actions.aurora.promotion import (
    FailoverGlobalClusterParams,
    FailoverGlobalClusterResults,
    GlobalPromotion,
    promotes,
)


@promotes("aurora", "rds", typical=timedelta(minutes=1))
class FailoverGlobalCluster(GlobalPromotion):
    """Promote a cluster of an Aurora global database."""

    Params = FailoverGlobalClusterParams
    Results = FailoverGlobalClusterResults
