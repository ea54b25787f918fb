"""Aurora global databases and replicas behave as AWS's do, errors and all."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud_fixture import LocalCloud

EAST, WEST = "us-east-1", "us-west-2"
WRITER = "arn:aws:rds:us-east-1:111122223333:cluster:orders-use1"
READER = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"


def the_global(cloud: LocalCloud) -> dict[str, Any]:
    found = cloud.client("rds", WEST).describe_global_clusters(GlobalClusterIdentifier="orders-global")
    return dict(found["GlobalClusters"][0])


def writers(cloud: LocalCloud) -> list[str]:
    return [member["DBClusterArn"] for member in the_global(cloud)["GlobalClusterMembers"] if member["IsWriter"]]


def status(cloud: LocalCloud, region: str, name: str) -> str:
    return str(cloud.client("rds", region).describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]["Status"])


def fail_over(cloud: LocalCloud, **more: Any) -> dict[str, Any]:
    wanted = {"GlobalClusterIdentifier": "orders-global", "TargetDbClusterIdentifier": READER} | more
    return dict(cloud.client("rds", WEST).failover_global_cluster(**wanted)["GlobalCluster"])


def refused(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    return str(caught.value.response["Error"]["Code"])


def test_the_planted_global_cluster_has_one_writer(cloud: LocalCloud) -> None:
    """us-east-1 writes, us-west-2 follows and is connected."""
    found = the_global(cloud)

    assert found["Status"] == "available"
    assert "FailoverState" not in found
    assert writers(cloud) == [WRITER]
    assert {member["SynchronizationStatus"] for member in found["GlobalClusterMembers"]} == {"connected"}


def test_a_failover_with_data_loss_takes_a_while_and_flips_the_writer(cloud: LocalCloud) -> None:
    """With the primary's region gone the target becomes the writer; the old one waits to be synchronised."""
    cloud.region(EAST, "down")

    moving = fail_over(cloud, AllowDataLoss=True)

    assert moving["Status"] == "failing-over"
    assert moving["FailoverState"]["IsDataLossAllowed"] is True
    assert moving["FailoverState"]["ToDbClusterArn"] == READER
    assert status(cloud, WEST, "orders-usw2") == "failing-over"
    assert writers(cloud) == [WRITER]
    cloud.advance(6)
    assert writers(cloud) == [READER]
    assert status(cloud, WEST, "orders-usw2") == "available"
    assert {m["SynchronizationStatus"] for m in the_global(cloud)["GlobalClusterMembers"] if not m["IsWriter"]} == {
        "pending-resync"
    }
    assert the_global(cloud)["Status"] == "available"


@pytest.mark.parametrize("operation", ["failover_global_cluster", "switchover_global_cluster"])
def test_without_data_loss_it_is_a_switchover_and_needs_a_healthy_primary(cloud: LocalCloud, operation: str) -> None:
    """`failover_global_cluster` without AllowDataLoss does not help when the primary is gone."""
    cloud.region(EAST, "down")
    call = getattr(cloud.client("rds", WEST), operation)

    code = refused(call, GlobalClusterIdentifier="orders-global", TargetDbClusterIdentifier=READER)

    assert code == "InvalidDBClusterStateFault"
    cloud.advance(60)
    assert writers(cloud) == [WRITER]


def test_a_switchover_swaps_the_roles(cloud: LocalCloud) -> None:
    """A planned move shows switching-over and ends with both clusters available and connected."""
    wanted = {"GlobalClusterIdentifier": "orders-global", "TargetDbClusterIdentifier": READER}

    moving = cloud.client("rds", WEST).switchover_global_cluster(**wanted)["GlobalCluster"]

    assert moving["FailoverState"]["Status"] == "switching-over"
    assert status(cloud, EAST, "orders-use1") == "switching-over"
    cloud.advance(4)
    assert writers(cloud) == [READER]
    assert status(cloud, EAST, "orders-use1") == "available"


def test_a_repeat_while_it_moves_is_refused_and_changes_nothing(cloud: LocalCloud) -> None:
    """There is no token: the second request is an error, and AWS acted once."""
    fail_over(cloud, AllowDataLoss=True)

    code = refused(fail_over, cloud, AllowDataLoss=True)

    assert code == "InvalidGlobalClusterStateFault"
    calls = cloud.ledger("rds.failover_global_cluster")
    assert [(call["applied"], call["outcome"]) for call in calls] == [(True, "ok"), (False, code)]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"GlobalClusterIdentifier": "nobody"}, "GlobalClusterNotFoundFault"),
        ({"TargetDbClusterIdentifier": READER.replace("usw2", "euw1")}, "DBClusterNotFoundFault"),
        ({"TargetDbClusterIdentifier": "orders-usw2"}, "DBClusterNotFoundFault"),
        ({"TargetDbClusterIdentifier": WRITER}, "InvalidDBClusterStateFault"),
        ({"AllowDataLoss": True, "Switchover": True}, "InvalidParameterCombination"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(cloud: LocalCloud, wanted: dict[str, Any], code: str) -> None:
    """Each mistake has the code that AWS gives it."""
    assert refused(fail_over, cloud, **wanted) == code


def test_a_switchover_that_loses_its_primary_midway_is_cancelled(cloud: LocalCloud) -> None:
    """The roles stay when the primary dies while handing over."""
    fail_over(cloud)
    cloud.region(EAST, "down")

    cloud.advance(10)

    assert writers(cloud) == [WRITER]
    assert "FailoverState" not in the_global(cloud)


def test_removing_a_member_makes_it_a_cluster_of_its_own(cloud: LocalCloud) -> None:
    """The secondary leaves the global database after a while and is available."""
    rds = cloud.client("rds", WEST)

    rds.remove_from_global_cluster(GlobalClusterIdentifier="orders-global", DbClusterIdentifier=READER)

    assert len(the_global(cloud)["GlobalClusterMembers"]) == 2
    cloud.advance(5)
    assert [m["DBClusterArn"] for m in the_global(cloud)["GlobalClusterMembers"]] == [WRITER]
    assert status(cloud, WEST, "orders-usw2") == "available"


def replica(cloud: LocalCloud) -> dict[str, Any]:
    found = cloud.client("rds", WEST).describe_db_instances(DBInstanceIdentifier="reports-replica")
    return dict(found["DBInstances"][0])


def test_promoting_a_replica_cuts_its_link(cloud: LocalCloud) -> None:
    """modifying, rebooting, available, and then nobody's replica."""
    assert replica(cloud)["StatusInfos"][0]["Status"] == "replicating"

    answer = cloud.client("rds", WEST).promote_read_replica(DBInstanceIdentifier="reports-replica")

    assert answer["DBInstance"]["DBInstanceStatus"] == "modifying"
    assert "ReadReplicaSourceDBInstanceIdentifier" in replica(cloud)
    cloud.advance(4)
    assert replica(cloud)["DBInstanceStatus"] == "rebooting"
    assert "ReadReplicaSourceDBInstanceIdentifier" not in replica(cloud)
    cloud.advance(2)
    assert replica(cloud)["DBInstanceStatus"] == "available"
    source = cloud.client("rds", EAST).describe_db_instances(DBInstanceIdentifier="reports")["DBInstances"][0]
    assert source["ReadReplicaDBInstanceIdentifiers"] == []


@pytest.mark.parametrize("wait", [0, 60])
def test_a_replica_is_promoted_once(cloud: LocalCloud, wait: float) -> None:
    """A repeat is refused while it modifies and when it is done."""
    rds = cloud.client("rds", WEST)
    rds.promote_read_replica(DBInstanceIdentifier="reports-replica")
    cloud.advance(wait)

    code = refused(rds.promote_read_replica, DBInstanceIdentifier="reports-replica")

    assert code == "InvalidDBInstanceState"


def test_a_global_cluster_made_of_a_cluster_has_it_as_writer(cloud: LocalCloud) -> None:
    """The source of a new global database is its writer."""
    rds = cloud.client("rds", EAST)
    rds.create_db_cluster(
        DBClusterIdentifier="billing",
        Engine="aurora-mysql",
        MasterUsername="billing",
        MasterUserPassword="not-a-secret",
    )
    source = "arn:aws:rds:us-east-1:111122223333:cluster:billing"

    made = rds.create_global_cluster(GlobalClusterIdentifier="billing-global", SourceDBClusterIdentifier=source)

    assert [m["IsWriter"] for m in made["GlobalCluster"]["GlobalClusterMembers"]] == [True]
