"""What AWS begins takes its time here, too, and what happens meanwhile is not forgotten."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.cloud_fixture import LocalCloud


def a_database(cloud: LocalCloud) -> str:
    rds = cloud.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="ledger", DBInstanceClass="db.t3.medium", Engine="postgres", AllocatedStorage=20,
        MasterUsername="ledger", MasterUserPassword="not-a-secret",
    )  # fmt: skip
    return "ledger"


def status(cloud: LocalCloud) -> str:
    found = cloud.client("rds").describe_db_instances(DBInstanceIdentifier="ledger")
    return str(found["DBInstances"][0]["DBInstanceStatus"])


def test_a_database_is_creating_until_its_time_has_come(cloud: LocalCloud) -> None:
    """Looking does not hurry it."""
    a_database(cloud)
    early = [status(cloud), status(cloud)]

    cloud.advance(10)

    assert early == ["creating", "creating"]
    assert status(cloud) == "available"


def test_a_refused_call_has_no_aftermath(cloud: LocalCloud) -> None:
    """What is there already stays available."""
    a_database(cloud)
    cloud.advance(10)

    with pytest.raises(ClientError, match="DBInstanceAlreadyExists"):
        a_database(cloud)

    assert status(cloud) == "available"


def test_what_was_planted_is_at_rest(cloud: LocalCloud) -> None:
    """The demo world has stood for long."""
    clusters = cloud.client("rds", "us-east-1").describe_db_clusters()["DBClusters"]

    assert {each["Status"] for each in clusters} == {"available"}


def test_a_marker_is_taken_by_the_writer_only(cloud: LocalCloud) -> None:
    """The follower of a global database reads the row and refuses to write one."""
    where = {"secretArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:orders", "database": "orders"}
    row = [{"name": "name", "value": {"stringValue": "go"}}, {"name": "value", "value": {"stringValue": "INC-42"}}]
    arn = "arn:aws:rds:{0}:111122223333:cluster:orders-{1}"
    east = {**where, "resourceArn": arn.format("us-east-1", "use1")}
    west = {**where, "resourceArn": arn.format("us-west-2", "usw2")}
    insert = "INSERT INTO dr_marker (name, value) VALUES (:name, :value)"
    cloud.client("rds-data", "us-east-1").execute_statement(**east, sql=insert, parameters=row)

    with pytest.raises(ClientError, match="read-only transaction"):
        cloud.client("rds-data").execute_statement(**west, sql=insert, parameters=row)
    read = "SELECT value FROM dr_marker WHERE name = :name"
    found = cloud.client("rds-data").execute_statement(**west, sql=read, parameters=row[:1])

    assert found["records"] == [[{"stringValue": "INC-42"}]]
