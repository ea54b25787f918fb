"""A lag is measured or unknown; it is never zero by default."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.actions.aurora.measure_global_lag import MeasureGlobalLag, MeasureGlobalLagParams
from bot.actions.base import Call
from bot.model.errors import StepBroke
from tests.actions.scripted import NOON, play

PARAMS = MeasureGlobalLagParams(region="us-west-2", global_cluster="orders-global", target_region="us-west-2")
CHECK = MeasureGlobalLag()


def members(*writers: bool, regions: tuple[str, ...] = ("us-east-1", "us-west-2")) -> Call:
    listed = [
        {"DBClusterArn": f"arn:aws:rds:{region}:111122223333:cluster:orders-{region}", "IsWriter": writes}
        for region, writes in zip(regions, writers, strict=True)
    ]
    found = {"GlobalClusterIdentifier": "orders-global", "GlobalClusterMembers": listed}
    return Call("rds", "describe_global_clusters", {"GlobalClusters": [found]})


def series(*points: tuple[str, datetime, float]) -> Call:
    results: list[dict[str, Any]] = [{"Id": key, "Timestamps": [at], "Values": [value]} for key, at, value in points]
    return Call("cloudwatch", "get_metric_data", {"MetricDataResults": results})


def test_the_newest_point_counts_and_of_equals_the_rpo_lag() -> None:
    """Both metrics are asked, in both shapes; the recovery point is the datapoint's time minus the lag."""
    minute = NOON - timedelta(minutes=2)
    aws = play(
        [
            members(True, False),
            series(("m2", minute, 900.0), ("m1", minute, 1500.0), ("m0", minute - timedelta(minutes=1), 7.0)),
        ]
    )

    seen = CHECK.verify(aws, PARAMS, {})

    assert seen.results["lag_seconds"] == 1.5
    assert seen.results["last_consistent_at"] == (minute - timedelta(seconds=1.5)).isoformat()
    assert seen.results["source"] == "CloudWatch AuroraGlobalDBRPOLag in us-west-2"


def test_it_asks_the_secondarys_own_region_alone() -> None:
    """The primary's region may be the one that burns."""
    aws = play([members(True, False), series(("m0", NOON, 1.0))])

    CHECK.verify(aws, PARAMS, {})

    assert aws.regions == {"us-west-2"}
    asked = [query["MetricStat"]["Metric"] for query in aws.parameters("get_metric_data")["MetricDataQueries"]]
    assert {name["MetricName"] for name in asked} == {"AuroraGlobalDBRPOLag", "AuroraGlobalDBReplicationLag"}
    assert {len(name["Dimensions"]) for name in asked} == {1, 2}


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ([members(True, False), series()], "has no replication lag"),
        ([members(False, True)], "is the writer itself"),
        ([members(True, False, regions=("us-east-1", "eu-west-1"))], "no cluster in us-west-2"),
    ],
)
def test_without_a_measurement_the_lag_is_unknown(script: list[Call], sentence: str) -> None:
    """The step fails in words rather than answer a number, and a plan shows UNKNOWN without being blocked."""
    with pytest.raises(StepBroke, match=f"lag unknown: .*{sentence}"):
        CHECK.verify(play(script), PARAMS, {})

    look = CHECK.preflight(play(script), PARAMS)
    assert look.state == "unknown"
    assert look.results == {}
    assert not look.findings[0].blocking
