"""Route 53 refuses bad batches as a whole, takes a moment, and its records lead users somewhere."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud_fixture import LocalCloud

NAME = "orders-api.example.com"
EAST, WEST = "us-east-1", "us-west-2"


def zone(cloud: LocalCloud) -> str:
    return str(cloud.client("route53").list_hosted_zones_by_name(DNSName="example.com")["HostedZones"][0]["Id"])


def weighted(identifier: str, weight: int, **more: Any) -> dict[str, Any]:
    value = {
        "use1": "orders-api-use1.us-east-1.elb.amazonaws.com",
        "usw2": "orders-api-usw2.us-west-2.elb.amazonaws.com",
    }
    record = {"Name": NAME, "Type": "CNAME", "SetIdentifier": identifier, "Weight": weight, "TTL": 60}
    return record | {"ResourceRecords": [{"Value": value[identifier]}]} | more


def change(cloud: LocalCloud, *changes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record} for action, record in changes]}
    answer = cloud.client("route53").change_resource_record_sets(HostedZoneId=zone(cloud), ChangeBatch=batch)
    return dict(answer["ChangeInfo"])


def weights(cloud: LocalCloud) -> dict[str, int]:
    found = cloud.client("route53").list_resource_record_sets(HostedZoneId=zone(cloud))["ResourceRecordSets"]
    return {record["SetIdentifier"]: record["Weight"] for record in found if record["Name"] == f"{NAME}."}


def test_an_upsert_moves_the_users_and_takes_a_moment(cloud: LocalCloud) -> None:
    """PENDING becomes INSYNC; the records and the users are where they were sent."""
    submitted = change(cloud, ("UPSERT", weighted("use1", 0)), ("UPSERT", weighted("usw2", 100)))
    cloud.advance(2)
    later = cloud.client("route53").get_change(Id=submitted["Id"])["ChangeInfo"]

    assert (submitted["Status"], later["Status"]) == ("PENDING", "INSYNC")
    assert weights(cloud) == {"use1": 0, "usw2": 100}
    assert cloud.world()["apps"][0]["shares"] == {WEST: 1.0}


@pytest.mark.parametrize(
    ("action", "record", "words"),
    [
        ("CREATE", weighted("use1", 50), "already exists"),
        ("DELETE", weighted("usw2", 7), "do not match"),
        ("DELETE", weighted("usw2", 0, SetIdentifier="nobody"), "not found"),
        ("UPSERT", weighted("usw2", 0, Name="orders.elsewhere.org"), "not permitted in zone"),
        (
            "UPSERT",
            {"Name": NAME, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "x.example.com"}]},
            "conflict",
        ),
        ("UPSERT", {"Name": "a.example.com", "Type": "A"}, "needs a TTL"),
    ],
)
def test_one_bad_change_refuses_the_batch(cloud: LocalCloud, action: str, record: dict[str, Any], words: str) -> None:
    """The good change of a bad batch is not carried out either."""
    with pytest.raises(ClientError, match=words) as caught:
        change(cloud, ("UPSERT", weighted("use1", 1)), (action, record))

    assert caught.value.response["Error"]["Code"] == "InvalidChangeBatch"
    assert weights(cloud) == {"use1": 100, "usw2": 0}


def test_a_delete_removes_one_record_of_its_name(cloud: LocalCloud) -> None:
    """The same identifier under another name stays."""
    other = weighted("usw2", 0, Name="other.example.com")
    change(cloud, ("CREATE", other))

    change(cloud, ("DELETE", weighted("usw2", 0)))

    assert weights(cloud) == {"use1": 100}
    found = cloud.client("route53").list_resource_record_sets(HostedZoneId=zone(cloud))["ResourceRecordSets"]
    assert "other.example.com." in [record["Name"] for record in found]


def test_weights_share_out_the_users(cloud: LocalCloud) -> None:
    """Three quarters and one quarter is what a hundred visitors see."""
    move_writer_nowhere_needed = change(cloud, ("UPSERT", weighted("use1", 75)), ("UPSERT", weighted("usw2", 25)))

    regions = [cloud.get(f"http://{NAME}/")[1]["region"] for _ in range(100)]

    assert move_writer_nowhere_needed["Status"] == "PENDING"
    assert abs(regions.count(EAST) - 75) <= 2


def test_failover_records_follow_their_health_check(cloud: LocalCloud) -> None:
    """The secondary answers once the primary's check fails."""
    checks = cloud.client("route53").list_health_checks()["HealthChecks"]
    check = next(c["Id"] for c in checks if c["CallerReference"] == "orders-api-use1")
    change(cloud, ("DELETE", weighted("use1", 100)), ("DELETE", weighted("usw2", 0)))
    first = weighted("use1", 0, SetIdentifier="first", Failover="PRIMARY", HealthCheckId=check)
    second = weighted("usw2", 0, SetIdentifier="second", Failover="SECONDARY")
    for record in (first, second):
        del record["Weight"]
    change(cloud, ("CREATE", first), ("CREATE", second))
    before = cloud.world()["apps"][0]["shares"]

    cloud.region(EAST, "down")

    assert before == {EAST: 1.0}
    assert cloud.world()["apps"][0]["shares"] == {WEST: 1.0}
    seen = cloud.client("route53").get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]
    assert all(observation["StatusReport"]["Status"].startswith("Failure") for observation in seen)


def test_the_answer_of_a_resolver_can_be_asked_for(cloud: LocalCloud) -> None:
    """TestDNSAnswer tells where the weight is."""
    answer = cloud.client("route53").test_dns_answer(HostedZoneId=zone(cloud), RecordName=NAME, RecordType="CNAME")

    assert answer["ResponseCode"] == "NOERROR"
    assert answer["RecordData"] == ["orders-api-use1.us-east-1.elb.amazonaws.com"]


def test_an_unknown_change_is_refused(cloud: LocalCloud) -> None:
    """A change that nobody submitted is not INSYNC."""
    with pytest.raises(ClientError) as caught:
        cloud.client("route53").get_change(Id="/change/C0000000000000")

    assert caught.value.response["Error"]["Code"] == "NoSuchChange"
