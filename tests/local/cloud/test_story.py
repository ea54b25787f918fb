"""The story of the demo, from the burning region to served users, told over AWS's API only."""

from __future__ import annotations

import pytest

from tests.cloud_fixture import LocalCloud

EAST, WEST = "us-east-1", "us-west-2"
READER = "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
USERS = "http://orders-api.example.com/health"
STANDBY = "http://orders-api.us-west-2.internal.example.com/health"


def alarm(cloud: LocalCloud) -> str:
    found = cloud.client("cloudwatch", WEST).describe_alarms(AlarmNames=["orders-api-success-ratio"])
    return str(found["MetricAlarms"][0]["StateValue"])


def promote(cloud: LocalCloud) -> None:
    cloud.client("rds", WEST).failover_global_cluster(
        GlobalClusterIdentifier="orders-global", TargetDbClusterIdentifier=READER, AllowDataLoss=True
    )


def scale(cloud: LocalCloud) -> None:
    cloud.client("ecs", WEST).update_service(cluster="orders", service="orders-api", desiredCount=24)


def shift(cloud: LocalCloud) -> None:
    route53 = cloud.client("route53")
    zone = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"][0]["Id"]
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    weights = {"use1": 0, "usw2": 100}
    changes = [
        {"Action": "UPSERT", "ResourceRecordSet": record | {"Weight": weights[record["SetIdentifier"]]}}
        for record in records
        if "SetIdentifier" in record
    ]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def test_a_failover_brings_the_users_back(cloud: LocalCloud) -> None:
    """Fleet, writer and records moved: the probe answers and the alarm is quiet again."""
    cloud.region(EAST, "down")
    cloud.advance(10)
    during = alarm(cloud), cloud.get(STANDBY)[0]

    scale(cloud)
    promote(cloud)
    cloud.advance(10)
    shift(cloud)
    cloud.advance(10)

    assert during == ("ALARM", 503)
    assert cloud.get(STANDBY)[0] == 200
    assert cloud.get(USERS) == (200, {"app": "orders-api", "region": WEST, "tasks": 24, "status": "ok"})
    assert alarm(cloud) == "OK"
    assert [call["action"] for call in cloud.ledger() if call["applied"]] == [
        "ecs.update_service",
        "rds.failover_global_cluster",
        "route53.change_resource_record_sets",
    ]


@pytest.mark.parametrize("forgotten", ["scale", "promote", "shift"])
def test_a_step_that_is_forgotten_is_felt(cloud: LocalCloud, forgotten: str) -> None:
    """Without the fleet, the writer or the records the alarm goes on ringing."""
    cloud.region(EAST, "down")
    for name, step in {"scale": scale, "promote": promote, "shift": shift}.items():
        if name != forgotten:
            step(cloud)

    cloud.advance(60)

    assert alarm(cloud) == "ALARM"


def test_users_of_a_dead_region_wait_in_vain(cloud: LocalCloud) -> None:
    """Until the records move, the users' name leads into the silence."""
    cloud.region(EAST, "down")

    with pytest.raises(OSError, match="timed out"):
        cloud.get(USERS, timeout=0.4)


def test_a_database_that_fails_over_serves_nobody_meanwhile(cloud: LocalCloud) -> None:
    """The probe says why."""
    promote(cloud)

    status, said = cloud.get("http://orders-api.us-east-1.internal.example.com/health")

    assert (status, said["reason"]) == (503, "orders-global is failing-over")


def test_a_region_without_tasks_serves_nobody(cloud: LocalCloud) -> None:
    """The writer alone answers no request."""
    cloud.client("ecs", EAST).update_service(cluster="orders", service="orders-api", desiredCount=0)
    cloud.advance(5)

    status, said = cloud.get("http://orders-api.us-east-1.internal.example.com/health")

    assert (status, said["reason"]) == (503, "no task of orders-api is running in us-east-1")


def test_a_name_that_nobody_has_is_a_bad_gateway(cloud: LocalCloud) -> None:
    """The proxy leads nowhere else."""
    assert cloud.get("http://www.example.org/")[0] == 502


def test_time_can_run_by_itself(cloud: LocalCloud) -> None:
    """At speed 100 a failover takes a fraction of a second of real time."""
    cloud.run(speed=100)
    cloud.region(EAST, "down")
    promote(cloud)
    rds = cloud.client("rds", WEST)

    for _ in range(100):
        found = rds.describe_global_clusters()["GlobalClusters"][0]
        if "FailoverState" not in found:
            break

    assert [member["IsWriter"] for member in found["GlobalClusterMembers"]] == [False, True]
