"""CloudWatch: alarms that follow the world, and the lag metrics of Aurora global databases and of RDS replicas.

An alarm that an app names in world.yaml watches the share of its users' requests that succeed, wherever the alarm
lives. Other alarms keep the state that SetAlarmState gave them. Sources: the API reference; the Aurora guide's
metric pages (both lags are in milliseconds and reported for the secondary cluster; ReplicaLag is in seconds).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.local.cloud import health
from bot.local.cloud.motoapp import backend
from bot.local.cloud.registry import Answer, operation
from bot.local.cloud.services import rds
from bot.local.cloud.wire import Call, Reply
from bot.local.cloud.world import App, World, watch

SECONDS_TO_ALARM = 4.0
SECONDS_TO_OK = 3.0
GOOD_RATIO = 0.99

RPO_LAG, REPLICATION_LAG = "AuroraGlobalDBRPOLag", "AuroraGlobalDBReplicationLag"
REPLICA_LAG = "ReplicaLag"
USUAL_LAG_MS = 850.0


@dataclass
class Evaluation:
    """Alarms whose change of mind is on its way, and when each really changed."""

    pending: set[tuple[str, str]] = field(default_factory=set)
    transitioned: dict[tuple[str, str], datetime] = field(default_factory=dict)


@watch
def evaluate(world: World, at: datetime) -> None:
    """Let every app's alarm that is wrong about its app change its mind after a while."""
    evaluation = world.shelf(Evaluation)
    for app in world.apps:
        for region in app.regional_hosts:
            alarm, key = alarm_of(app, region), (region, app.alarm)
            if alarm is None or key in evaluation.pending or alarm.state_value == due_state(world, app):
                continue
            evaluation.pending.add(key)
            seconds = SECONDS_TO_OK if alarm.state_value == "ALARM" else SECONDS_TO_ALARM
            world.later(seconds, partial(change, world, app, region), at=at)


def change(world: World, app: App, region: str, at: datetime) -> None:
    """The state as it should be by now; nothing changes when the trouble was over before the alarm noticed."""
    alarm, key = alarm_of(app, region), (region, app.alarm)
    world.shelf(Evaluation).pending.discard(key)
    state = due_state(world, app)
    if alarm is None or alarm.state_value == state:
        return
    ratio = health.success_ratio(world, app)
    reason = f"Threshold Crossed: 1 datapoint [{ratio:.3f} ({at:%d/%m/%y %H:%M:%S})] against {GOOD_RATIO}."
    set_state(world, alarm, region, state, reason, at)


def set_state(world: World, alarm: Any, region: str, state: str, reason: str, at: datetime) -> None:
    before = alarm.state_value
    alarm.update_state(reason, json.dumps({"evaluated": at.isoformat()}), state)
    alarm.state_updated_timestamp = at
    if before != state:
        world.shelf(Evaluation).transitioned[region, alarm.name] = at
        announce(alarm, region, before, at)


def announce(alarm: Any, region: str, before: str, at: datetime) -> None:
    """Publish to the topics that the alarm names, in the words of CloudWatch's notifications."""
    actions = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}.get(
        alarm.state_value, alarm.insufficient_data_actions
    )
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": alarm.alarm_arn.split(":")[4],
        "AlarmArn": alarm.alarm_arn,
        "Region": region,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "OldStateValue": before,
        "StateChangeTime": at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
    }
    for topic in actions if alarm.actions_enabled else []:
        if topic.startswith("arn:aws:sns:"):
            subject = f'{alarm.state_value}: "{alarm.name}" in {region}'
            backend("sns", rds.region_of(topic)).publish(json.dumps(message), arn=topic, subject=subject[:100])


@operation("cloudwatch", "DescribeAlarms")
def describe_alarms(call: Call) -> Reply:
    """moto's, with the moment of the last change of state, which moto does not keep."""
    for name, alarm in backend("cloudwatch", call.region).alarms.items():
        since = call.world.shelf(Evaluation).transitioned.get(
            (call.region, name), alarm.configuration_updated_timestamp
        )
        alarm.state_transitioned_timestamp = since
    return call.moto()


@operation("cloudwatch", "SetAlarmState")
def set_alarm_state(call: Call) -> Reply:
    alarm = backend("cloudwatch", call.region).alarms.get(call.params["AlarmName"])
    before = alarm.state_value if alarm else ""
    answer = call.moto()
    if answer.ok and alarm is not None and alarm.state_value != before:
        now = call.world.now()
        call.world.shelf(Evaluation).transitioned[call.region, alarm.name] = now
        announce(alarm, call.region, before, now)
    return answer


@operation("cloudwatch", "PutMetricData")
def put_metric_data(call: Call) -> Reply:
    """moto's; a value without a time of its own is of now by this world's clock, not by the host's."""
    measured = backend("cloudwatch", call.region).metric_data
    before = len(measured)
    answer = call.moto()
    timeless = {each.get("MetricName") for each in call.params["MetricData"] if "Timestamp" not in each}
    for datum in measured[before:]:
        if datum.name in timeless:
            datum.timestamp = call.world.now().replace(tzinfo=datum.timestamp.tzinfo)
    return answer


@operation("cloudwatch", "GetMetricData")
def get_metric_data(call: Call) -> Answer | Reply:
    """The lag metrics; a request without any is moto's."""
    queries = call.params.get("MetricDataQueries", [])
    if not any(is_lag(query.get("MetricStat", {}).get("Metric", {})) for query in queries):
        return call.moto()
    return {"MetricDataResults": [lag_result(call, query) for query in queries if query.get("ReturnData", True)]}


@operation("cloudwatch", "GetMetricStatistics")
def get_metric_statistics(call: Call) -> Answer | Reply:
    if not is_lag(call.params):
        return call.moto()
    points = series(call, call.params, int(call.params["Period"]))
    names = call.params.get("Statistics", ["Maximum"])
    return {
        "Label": call.params["MetricName"],
        "Datapoints": [{"Timestamp": at, "Unit": "Milliseconds"} | dict.fromkeys(names, value) for at, value in points],
    }


def lag_result(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    stat = query.get("MetricStat", {})
    points = (
        list(series(call, stat.get("Metric", {}), int(stat.get("Period", 60))))
        if is_lag(stat.get("Metric", {}))
        else []
    )
    if call.params.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        points.reverse()
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or stat.get("Metric", {}).get("MetricName", query["Id"]),
        "Timestamps": [at for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def series(call: Call, metric: dict[str, Any], period: int) -> Iterator[tuple[datetime, float]]:
    """One point per period, oldest first, stamped with the period's start and measured at its end."""
    start, end = (aware(call.params[name], call.world) for name in ("StartTime", "EndTime"))
    at = datetime.fromtimestamp(math.ceil(start.timestamp() / period) * period, tz=call.world.now().tzinfo)
    named = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
    while at < min(end, call.world.now()):
        measured = min(at + timedelta(seconds=period), call.world.now())
        if metric["MetricName"] == REPLICA_LAG:
            value = replica_lag(call.world, call.region, named.get("DBInstanceIdentifier", ""), measured)
        else:
            value = lag(call.world, call.region, named.get("DBClusterIdentifier"), metric["MetricName"], measured)
        if value is not None:
            yield at, value
        at += timedelta(seconds=period)


def lag(world: World, region: str, cluster: str | None, metric: str, at: datetime) -> float | None:
    """How far the secondary in `region` was behind at a moment, in ms, or None when nothing was reported then.

    Once the writer's region has stopped, the replication lag is not reported any more; the RPO lag grows with time,
    until the secondary is itself promoted. A region that is down reports nothing.
    """
    secondary = secondary_in(region, cluster)
    writer = writer_at(world, secondary, at) if secondary else None
    if (
        secondary is None
        or writer is None
        or writer == secondary.db_cluster_arn
        or world.weather.region(region).down_since(at)
    ):
        return None
    stopped = world.weather.region(rds.region_of(writer)).down_since(at)
    usual = usual_lag(at)
    if stopped is None:
        return round(usual, 1)
    return round(usual + (at - stopped).total_seconds() * 1000.0, 1) if metric == RPO_LAG else None


def replica_lag(world: World, region: str, name: str, at: datetime) -> float | None:
    """How far an RDS replica was behind its source at a moment, in s; it grows while the source's region is down."""
    replica = backend("rds", region).databases.get(name)
    source = str(replica.source_db_instance_identifier or "") if replica else ""
    if not source or world.weather.region(region).down_since(at):
        return None
    stopped = world.weather.region(rds.region_of(source)).down_since(at) if source.startswith("arn:") else None
    usual = round(usual_lag(at) / 1000, 2)
    return usual if stopped is None else usual + (at - stopped).total_seconds()


def usual_lag(at: datetime) -> float:
    return USUAL_LAG_MS + 120.0 * math.sin(at.timestamp() / 37.0)


def secondary_in(region: str, cluster: str | None) -> Any | None:
    members = [member for found in rds.globals_like() for member in found.members if member.region == region]
    return next((member for member in members if cluster in (None, member.db_cluster_identifier)), None)


def writer_at(world: World, member: Any, at: datetime) -> str | None:
    """Who wrote then. Before the first known moment it was the first known writer."""
    for found in rds.globals_like():
        if member in found.members:
            known = world.shelf(rds.Aurora).writers.get(found.global_cluster_identifier, [])
            past = [arn for since, arn in known if since <= at]
            return past[-1] if past else next((arn for _, arn in known), None)
    return None


def is_lag(metric: dict[str, Any]) -> bool:
    return metric.get("MetricName") in (RPO_LAG, REPLICATION_LAG, REPLICA_LAG)


def alarm_of(app: App, region: str) -> Any | None:
    return backend("cloudwatch", region).alarms.get(app.alarm)


def due_state(world: World, app: App) -> str:
    return "OK" if health.success_ratio(world, app) >= GOOD_RATIO else "ALARM"


def aware(moment: datetime, world: World) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=world.now().tzinfo)
