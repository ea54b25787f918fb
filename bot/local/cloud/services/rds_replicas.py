"""RDS: replica clusters that are promoted. moto keeps the clusters, and would only say that they were promoted."""

from __future__ import annotations

from datetime import datetime

from bot.local.cloud.errors import AwsError
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.wire import Call

PROMOTE_SECONDS = 4.0


@operation("rds", "PromoteReadReplicaDBCluster")
def promote_read_replica_cluster(call: Call) -> Answer:
    name = call.params["DBClusterIdentifier"]
    cluster = backend("rds", call.region).clusters.get(name)
    if cluster is None:
        raise AwsError("DBClusterNotFoundFault", f"DBCluster {name} not found.", status=404)
    if not cluster.replication_source_identifier:
        raise AwsError("InvalidDBClusterStateFault", f"{name} is not a read replica.")
    if cluster._status != "available":
        raise AwsError("InvalidDBClusterStateFault", f"{name} is {cluster._status}, not available.")
    cluster.status = "promoting"

    def alone(_: datetime) -> None:
        cluster.replication_source_identifier, cluster.status = None, "available"

    call.world.later(PROMOTE_SECONDS, alone)
    return {"DBCluster": cluster}
