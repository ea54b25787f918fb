"""Alarms follow the users' fortune, and the lag metrics tell how much would be lost."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cloud_fixture import LocalCloud

EAST, WEST = "us-east-1", "us-west-2"
ALARM = "orders-api-success-ratio"


def alarm(cloud: LocalCloud, region: str = WEST) -> dict[str, Any]:
    return dict(cloud.client("cloudwatch", region).describe_alarms(AlarmNames=[ALARM])["MetricAlarms"][0])


def now(cloud: LocalCloud) -> datetime:
    return datetime.fromisoformat(cloud.world()["now"])


def lags(cloud: LocalCloud, metric: str = "AuroraGlobalDBRPOLag", period: int = 1, last: int = 10) -> list[float]:
    """Oldest first."""
    stat = {
        "Metric": {
            "Namespace": "AWS/RDS",
            "MetricName": metric,
            "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "orders-usw2"}],
        },
        "Period": period,
        "Stat": "Maximum",
    }
    found = cloud.client("cloudwatch", WEST).get_metric_data(
        MetricDataQueries=[{"Id": "lag", "MetricStat": stat}],
        StartTime=now(cloud) - timedelta(seconds=last),
        EndTime=now(cloud) + timedelta(seconds=1),
        ScanBy="TimestampAscending",
    )
    return [float(value) for value in found["MetricDataResults"][0]["Values"]]


def test_the_alarm_rings_when_users_are_not_served_and_remembers_since_when(cloud: LocalCloud) -> None:
    """Seconds after the region went down, not at once; the moment of the change is kept."""
    went_down = now(cloud)
    cloud.region(EAST, "down")
    at_once = alarm(cloud)["StateValue"]

    cloud.advance(30)

    found = alarm(cloud)
    assert (at_once, found["StateValue"]) == ("OK", "ALARM")
    assert found["StateTransitionedTimestamp"] - went_down == pytest.approx(
        timedelta(seconds=4), abs=timedelta(seconds=1)
    )
    assert "0.000" in found["StateReason"]


def test_trouble_that_is_over_soon_does_not_ring(cloud: LocalCloud) -> None:
    """An alarm that looks again finds everything well."""
    cloud.region(EAST, "down")
    cloud.advance(1)
    cloud.region(EAST, "up")

    cloud.advance(30)

    assert alarm(cloud)["StateValue"] == "OK"
    assert "Threshold Crossed" not in alarm(cloud)["StateReason"]


def test_the_topic_hears_of_the_alarm(cloud: LocalCloud) -> None:
    """What subscribes to the alarm's topic receives CloudWatch's message."""
    queue = cloud.client("sqs", WEST).create_queue(QueueName="alarms")["QueueUrl"]
    topic = "arn:aws:sns:us-west-2:111122223333:dr-events"
    arn = "arn:aws:sqs:us-west-2:111122223333:alarms"
    cloud.client("sns", WEST).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    cloud.region(EAST, "down")
    cloud.advance(10)

    said = cloud.client("sqs", WEST).receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    message = json.loads(json.loads(said[0]["Body"])["Message"])
    assert (message["AlarmName"], message["NewStateValue"], message["Region"]) == (ALARM, "ALARM", WEST)


def test_other_alarms_keep_the_state_they_were_given(cloud: LocalCloud) -> None:
    """Only alarms that an app names follow the world; SetAlarmState rules the rest."""
    watch = cloud.client("cloudwatch", WEST)
    watch.put_metric_alarm(
        AlarmName="mine", Namespace="X", MetricName="Y", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )  # fmt: skip
    watch.set_alarm_state(AlarmName="mine", StateValue="ALARM", StateReason="a drill")

    cloud.advance(60)

    assert watch.describe_alarms(AlarmNames=["mine"])["MetricAlarms"][0]["StateValue"] == "ALARM"


def test_the_lag_is_usual_while_all_is_well(cloud: LocalCloud) -> None:
    """Under a second and a half, reported for every period."""
    values = lags(cloud)

    assert len(values) >= 9
    assert all(500 < value < 1500 for value in values)


def test_the_rpo_lag_grows_once_the_primary_has_stopped(cloud: LocalCloud) -> None:
    """A second of outage is a second of orders; the replication lag just stops."""
    cloud.region(EAST, "down")

    cloud.advance(20)

    rpo, replication = lags(cloud), lags(cloud, "AuroraGlobalDBReplicationLag")
    assert rpo == sorted(rpo)
    assert 19_000 < rpo[-1] < 22_000
    assert replication == []


def test_the_lag_ends_with_the_promotion(cloud: LocalCloud) -> None:
    """A writer follows nobody."""
    cloud.region(EAST, "down")
    cloud.client("rds", WEST).failover_global_cluster(
        GlobalClusterIdentifier="orders-global",
        TargetDbClusterIdentifier="arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2",
        AllowDataLoss=True,
    )
    cloud.advance(30)

    assert lags(cloud, last=10) == []
    assert lags(cloud, last=60)


def test_statistics_tell_the_same(cloud: LocalCloud) -> None:
    """GetMetricStatistics knows the lag too, in milliseconds."""
    found = cloud.client("cloudwatch", WEST).get_metric_statistics(
        Namespace="AWS/RDS", MetricName="AuroraGlobalDBRPOLag", Period=60, Statistics=["Maximum", "Average"],
        Dimensions=[{"Name": "DBClusterIdentifier", "Value": "orders-usw2"}],
        StartTime=now(cloud) - timedelta(minutes=5), EndTime=now(cloud),
    )  # fmt: skip

    assert len(found["Datapoints"]) >= 4
    assert found["Datapoints"][0]["Unit"] == "Milliseconds"


def test_the_lag_of_nobodys_secondary_is_unknown(cloud: LocalCloud) -> None:
    """The primary's region reports no lag; unknown is empty, never 0."""
    found = cloud.client("cloudwatch", EAST).get_metric_statistics(
        Namespace="AWS/RDS", MetricName="AuroraGlobalDBRPOLag", Period=60, Statistics=["Maximum"],
        StartTime=now(cloud) - timedelta(minutes=5), EndTime=now(cloud),
    )  # fmt: skip

    assert found["Datapoints"] == []


def test_a_value_is_of_now_by_the_clouds_own_clock(cloud: LocalCloud) -> None:
    """However far this world's clock is from the host's, what was just measured is what is new."""
    cloud.advance(7200)
    watch = cloud.client("cloudwatch", WEST)
    watch.put_metric_data(Namespace="DR/Orders", MetricData=[{"MetricName": "ErrorRate", "Value": 0.2}])
    until = now(cloud) + timedelta(minutes=1)
    stat = {"Metric": {"Namespace": "DR/Orders", "MetricName": "ErrorRate"}, "Period": 60, "Stat": "Maximum"}

    found = watch.get_metric_data(
        MetricDataQueries=[{"Id": "m0", "MetricStat": stat}],
        StartTime=until - timedelta(minutes=5),
        EndTime=until,
    )["MetricDataResults"]

    assert [series["Values"] for series in found] == [[0.2]]
