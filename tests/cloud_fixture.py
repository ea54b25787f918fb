"""One local cloud for a whole test session, and a fresh world for every test that asks for `cloud`.

    from tests.cloud_fixture import cloud, cloud_process

    def test_something(cloud: LocalCloud) -> None:
        rds = cloud.client("rds", "us-west-2")

The clock stands still; `cloud.advance(seconds)` lets things happen. A test that wants time to pass by itself calls
`cloud.run(speed=50)`.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config

from bot.local.cloud import Cloud

__all__ = ["LocalCloud", "cloud", "cloud_process"]

CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})


class LocalCloud:
    """A running local cloud as tests handle it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def client(self, service: str, region: str = "us-west-2", config: Config = CONFIG) -> Any:
        """A boto3 client that never repeats a call. Clients are shared over the session."""
        return client(self.url, service, region, config)

    def reset(self) -> None:
        """The seeded world again, the clock standing still at speed 1."""
        self.control("POST", "clock", {"freeze": True, "speed": 1.0})
        self.control("POST", "reset")

    def region(self, name: str, state: str = "down", *, mode: str = "hang", takes_global: bool = False) -> None:
        """Switch a region `up` or `down`; mode is hang, refuse, 5xx or drop_response."""
        self.control("POST", f"regions/{name}", {"state": state, "mode": mode, "global": takes_global})

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        self.control("POST", "clock", {"advance": seconds})

    def run(self, speed: float = 1.0) -> None:
        """Let the clock run; transitions take 1/speed of their time."""
        self.control("POST", "clock", {"freeze": False, "speed": speed})

    def fault(self, kind: str, operation: str = "", *, region: str = "", times: int = 1) -> None:
        """Strike the next calls: throttle, hang, refuse, 5xx, lost_response, access_denied."""
        self.control("POST", "faults", {"kind": kind, "operation": operation, "region": region, "times": times})

    def ledger(self, action: str | None = None) -> list[dict[str, Any]]:
        """Every mutating call that arrived, or those of one action such as `rds.failover_global_cluster`."""
        calls: list[dict[str, Any]] = self.control("GET", "ledger")["calls"]
        return [call for call in calls if action in (None, call["action"])]

    def world(self) -> dict[str, Any]:
        """Regions, apps, who serves whom, and the time."""
        return self.control("GET", "world")

    def get(self, url: str, timeout: float = 5.0) -> tuple[int, dict[str, Any]]:
        """What a user gets for that plain-HTTP URL: status and JSON. Raises OSError when nobody answers."""
        request = urllib.request.Request(url)
        request.set_proxy(self.url.removeprefix("http://"), "http")
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=timeout) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def control(self, method: str, path: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
        """A request to /_cloud/."""
        body = json.dumps(said).encode() if said is not None else None
        request = urllib.request.Request(f"{self.url}/_cloud/{path}", data=body, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            result: dict[str, Any] = json.load(answer)
            return result


@cache
def session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")


@cache
def client(url: str, service: str, region: str, config: Config) -> Any:
    return session().client(service, region_name=region, endpoint_url=url, config=config)  # type: ignore[call-overload]


@pytest.fixture(scope="session")
def cloud_process() -> Iterator[LocalCloud]:
    """The process, shared; ask for `cloud` instead."""
    with Cloud(frozen=True) as process:
        yield LocalCloud(process.url)


@pytest.fixture
def cloud(cloud_process: LocalCloud) -> LocalCloud:
    """The freshly seeded demo world."""
    cloud_process.reset()
    return cloud_process
