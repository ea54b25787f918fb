"""The world beyond the bot: reads AWS over its own API, and turns the local cloud's weather.

Promises: what it says of AWS was read just now with describe calls, never assumed from what the bot said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
import boto3
from botocore.config import Config

T = TypeVar("T")
RECOVERY = "us-west-2"
ONCE = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})


class Outside:
    """One local cloud, seen from outside."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def region(self, region: str, state: str, mode: str = "hang") -> None:
        """Let a region go `down` or `up`."""
        await self._control("POST", f"regions/{region}", {"state": state, "mode": mode})

    async def received(self, action: str) -> int:
        """How often AWS was sent this changing call."""
        calls = (await self._control("GET", "ledger"))["calls"]
        return sum(call["action"] == action for call in calls)

    async def alarm(self, name: str) -> datetime | None:
        """Since when the alarm rings; None while it does not."""
        return await asyncio.to_thread(self._alarm, name)

    async def wrong(self) -> list[str]:
        """What is not as it should be after the failover of orders-api, one sentence each."""
        return await asyncio.to_thread(lambda: list(self._wrong()))

    def _alarm(self, name: str) -> datetime | None:
        alarms = self._client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        ringing = next((alarm for alarm in alarms if alarm["StateValue"] == "ALARM"), None)
        since: datetime | None = ringing and ringing.get("StateTransitionedTimestamp", ringing["StateUpdatedTimestamp"])
        return since

    def _wrong(self) -> Iterator[str]:
        yield from _expect("the writer of orders-global", self._writer, "orders-usw2")
        yield from _expect("the api's tasks in us-west-2 (desired, running)", self._tasks, (24, 24))
        yield from _expect("the workers wanted in us-west-2", self._workers, 8)
        yield from _expect("the weights of orders-api.example.com", self._weights, {"use1": 0, "usw2": 100})
        yield from _expect("the alarm", lambda: self._alarm("orders-api-success-ratio"), None)

    def _writer(self) -> str:
        clusters = self._client("rds").describe_global_clusters(GlobalClusterIdentifier="orders-global")
        members = clusters["GlobalClusters"][0]["GlobalClusterMembers"]
        return ", ".join(each["DBClusterArn"].rpartition(":")[2] for each in members if each["IsWriter"])

    def _tasks(self) -> tuple[int, int]:
        service = self._client("ecs").describe_services(cluster="orders", services=["orders-api"])["services"][0]
        return service["desiredCount"], service["runningCount"]

    def _workers(self) -> int:
        groups = self._client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["orders-workers"])
        return int(groups["AutoScalingGroups"][0]["DesiredCapacity"])

    def _weights(self) -> dict[str, int]:
        route53 = self._client("route53")
        zone = route53.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"][0]["Id"]
        sets = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        ours = [each for each in sets if each["Name"].startswith("orders-api.") and "Weight" in each]
        return {each["SetIdentifier"]: each["Weight"] for each in ours}

    def _client(self, service: str) -> Any:
        client: Any = boto3.client  # the service's name is a variable here, so its type is not known
        return client(
            service,
            region_name=RECOVERY,
            endpoint_url=self._url,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the local cloud takes any
            config=ONCE,
        )

    async def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self._url}/_cloud/{path}", json=body) as answer,
        ):
            answer.raise_for_status()
            return await answer.json()


def _expect(what: str, look: Callable[[], T], wanted: T) -> Iterator[str]:
    found = look()
    if found != wanted:
        yield f"{what}: found {found}, expected {wanted}."
