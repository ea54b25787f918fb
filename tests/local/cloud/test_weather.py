"""Regions go down, calls are struck, and the ledger tells what arrived."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from bot.local.cloud.weather import Fate, Fault, RegionState, Weather
from tests.cloud_fixture import LocalCloud

EAST, WEST = "us-east-1", "us-west-2"
HASTY = Config(connect_timeout=1, read_timeout=0.4, retries={"total_max_attempts": 1})
SCALE = {"cluster": "orders", "service": "orders-api", "desiredCount": 0}
NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)


def test_a_region_that_hangs_never_answers_and_holds_up_nobody(cloud: LocalCloud) -> None:
    """The caller waits in vain; the other region answers meanwhile."""
    cloud.region(EAST, "down", mode="hang")

    with pytest.raises(ReadTimeoutError):
        cloud.client("ecs", EAST, HASTY).update_service(**SCALE)

    started = time.monotonic()
    assert cloud.client("ecs", WEST).list_clusters()["clusterArns"]
    assert time.monotonic() - started < 1
    assert [(call["applied"], call["outcome"]) for call in cloud.ledger("ecs.update_service")] == [(False, "hang")]


def test_a_region_that_is_back_answers(cloud: LocalCloud) -> None:
    """What hung before was lost; nothing was applied behind our back."""
    cloud.region(EAST, "down", mode="hang")
    with pytest.raises(ReadTimeoutError):
        cloud.client("ecs", EAST, HASTY).update_service(**SCALE)

    cloud.region(EAST, "up")

    found = cloud.client("ecs", EAST).describe_services(cluster="orders", services=["orders-api"])["services"][0]
    assert found["desiredCount"] == 24


def test_a_region_that_refuses_closes_the_connection(cloud: LocalCloud) -> None:
    """The client sees the end of the connection, at once."""
    cloud.region(EAST, "down", mode="refuse")

    with pytest.raises(ConnectionClosedError):
        cloud.client("ecs", EAST).update_service(**SCALE)


def test_a_region_that_breaks_says_so_in_the_services_words(cloud: LocalCloud) -> None:
    """A well-formed 503, which a client may repeat."""
    cloud.region(EAST, "down", mode="5xx")

    with pytest.raises(ClientError) as caught:
        cloud.client("rds", EAST).describe_db_clusters()

    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


@pytest.mark.parametrize("takes_global", [False, True])
def test_global_services_survive_their_home_region_unless_told(cloud: LocalCloud, takes_global: bool) -> None:
    """Route 53 keeps answering when us-east-1 is down, except when its control plane was switched off too."""
    cloud.region(EAST, "down", mode="5xx", takes_global=takes_global)
    answered = True

    try:
        cloud.client("route53", EAST).list_hosted_zones()
    except ClientError:
        answered = False

    assert answered is not takes_global


def test_a_lost_response_was_applied(cloud: LocalCloud) -> None:
    """The caller does not know, the ledger does."""
    cloud.fault("lost_response", "ecs.update_service")

    with pytest.raises(ConnectionClosedError):
        cloud.client("ecs", WEST).update_service(**SCALE)

    assert [(call["applied"], call["outcome"]) for call in cloud.ledger("ecs.update_service")] == [(True, "ok")]
    found = cloud.client("ecs", WEST).describe_services(cluster="orders", services=["orders-api"])["services"][0]
    assert found["desiredCount"] == 0


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("throttle", "ThrottlingException", 400),
        ("access_denied", "AccessDeniedException", 0),
        ("5xx", "ServiceUnavailable", 503),
    ],
)
@pytest.mark.parametrize("service", ["rds", "ecs", "route53"])
def test_faults_strike_in_every_protocol_and_are_used_up(
    cloud: LocalCloud, service: str, kind: str, code: str, status: int
) -> None:
    """Query, JSON and REST XML all carry the code; the next call goes through."""
    reads: dict[str, Any] = {
        "rds": cloud.client("rds").describe_db_clusters,
        "ecs": cloud.client("ecs").list_clusters,
        "route53": cloud.client("route53").list_hosted_zones,
    }
    cloud.fault(kind, times=1)

    with pytest.raises(ClientError) as caught:
        reads[service]()

    assert caught.value.response["Error"]["Code"] == code
    assert status in (0, caught.value.response["ResponseMetadata"]["HTTPStatusCode"])
    assert reads[service]()


def test_the_ledger_keeps_changes_with_their_parameters_and_no_reads(cloud: LocalCloud) -> None:
    """Looking leaves no trace; changing does, in order."""
    cloud.client("rds").describe_db_clusters()
    cloud.client("ecs", WEST).update_service(**SCALE)
    cloud.client("sns", WEST).publish(TopicArn="arn:aws:sns:us-west-2:111122223333:dr-events", Message="hello")

    calls = cloud.ledger()

    assert [call["action"] for call in calls] == ["ecs.update_service", "sns.publish"]
    assert calls[0]["parameters"] == SCALE
    assert calls[0]["region"] == WEST


def test_the_same_token_gets_the_same_answer_and_acts_once(cloud: LocalCloud) -> None:
    """moto ignores ClientToken and would start a second instance."""
    ec2 = cloud.client("ec2", WEST)
    wanted = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "ClientToken": "5c0ffee5"}
    first = ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]

    again = ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]

    assert again == first
    calls = cloud.ledger("ec2.run_instances")
    assert [(call["token"], call["applied"], call["outcome"]) for call in calls] == [
        ("5c0ffee5", True, "ok"),
        ("5c0ffee5", False, "replayed"),
    ]


def test_the_same_token_for_something_else_is_refused(cloud: LocalCloud) -> None:
    """A token belongs to its parameters."""
    ec2 = cloud.client("ec2", WEST)
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, ClientToken="5c0ffee5")

    with pytest.raises(ClientError) as caught:
        ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2, ClientToken="5c0ffee5")

    assert caught.value.response["Error"]["Code"] == "IdempotentParameterMismatch"


def test_an_outage_covers_its_time_and_no_other() -> None:
    """The history of a region answers for the past as well."""
    state = RegionState()
    state.switch(down=True, now=NOON)
    state.switch(down=False, now=NOON + timedelta(minutes=5))

    covered = [state.down_since(NOON + timedelta(minutes=minute)) for minute in (-1, 0, 4, 5)]

    assert covered == [None, NOON, NOON, None]


def test_a_fault_fits_by_any_name_of_its_operation() -> None:
    """API name, snake case, or with the service in front."""
    names = ["PromoteReadReplica", "promote_read_replica", "rds.promote_read_replica"]

    fitting = [Fault(Fate.THROTTLED, operation=name).fits("rds", "PromoteReadReplica", WEST) for name in names]

    assert fitting == [True, True, True]
    assert not Fault(Fate.THROTTLED, operation="ecs.promote_read_replica").fits("rds", "PromoteReadReplica", WEST)
    assert not Fault(Fate.THROTTLED, region=EAST).fits("rds", "PromoteReadReplica", WEST)


def test_good_weather_lets_calls_proceed() -> None:
    """Nothing happens to calls by itself."""
    assert Weather().fate("rds", "PromoteReadReplica", WEST) is Fate.PROCEED
