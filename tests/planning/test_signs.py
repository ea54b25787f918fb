"""The signs of a disaster are looked at all at once; what does not answer is unknown, never fine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.case import Sign
from bot.model.errors import Retryable, StepError
from bot.model.service import AlarmTrigger, Health
from bot.planning.signs import look_for_signs
from bot.ports.aws import HttpAnswer
from tests.builders import IMPACT, NOW, a_service

ACTIONS = Catalogue.discover()
SERVICE = a_service(
    alarms=(AlarmTrigger(alarm="orders-errors", region="us-west-2"),),
    health=Health(primary_url="http://a/health", recovery_url="http://b/health", alarm="orders-latency"),
)


class Client:
    """CloudWatch and AWS Health, as the test says."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.exceptions = self
        self.ClientError = KeyError

    def describe_alarms(self, AlarmNames: list[str], **_: object) -> dict[str, Any]:
        self._world.wait()
        state = self._world.alarms.get(AlarmNames[0])
        alarm = {"AlarmName": AlarmNames[0], "StateValue": state, "StateTransitionedTimestamp": IMPACT}
        return {"MetricAlarms": [alarm] if state else []}

    def get_paginator(self, operation: str) -> Client:
        assert operation == "describe_events"
        return self

    def paginate(self, **_: object) -> Iterator[dict[str, Any]]:
        self._world.wait()
        yield {"events": [{"service": "RDS", "eventTypeCode": "AWS_RDS_ISSUE"}] * self._world.events}


class World:
    """Everything that can be asked."""

    def __init__(self, alarms: dict[str, str], events: int = 0, primary: int = 503, standby: int = 200) -> None:
        self.alarms, self.events, self.doors = alarms, events, {"http://a/health": primary, "http://b/health": standby}
        self.hold: threading.Event | None = None

    def for_service(self, role: str | None, **_: object) -> World:
        return self

    def wait(self) -> None:
        if self.hold is not None:
            self.hold.wait(5)

    def reader(self, service: str, region: str, *, endpoint: str | None = None) -> Any:
        return Client(self)

    def home(self, service: str, region: str) -> str:
        return region

    def http_get(self, url: str, *, timeout: float = 5.0) -> HttpAnswer:
        self.wait()
        if not self.doors[url]:
            raise Retryable("nothing answers")
        return HttpAnswer(status=self.doors[url], milliseconds=3)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def verdict(self, error: Exception, *, mutating: bool) -> StepError:
        return StepError(f"{type(error).__name__}: {error}")


async def look(world: World, patience: float = 2.0) -> dict[str, Sign]:
    signs = await look_for_signs(SERVICE, ACTIONS, world, world, NOW, patience)  # type: ignore[arg-type]  # our twin
    assert [sign.kind for sign in signs] == ["alarm", "alarm", "health", "primary", "standby"]
    return {sign.about if sign.kind == "alarm" else sign.kind: sign for sign in signs}


@pytest.mark.parametrize(
    ("world", "speaks"),
    [
        (World({"orders-errors": "ALARM", "orders-latency": "OK"}, events=2),
         {"orders-errors": "for", "orders-latency": "against", "health": "for", "primary": "for",
          "standby": "nothing"}),
        (World({"orders-errors": "INSUFFICIENT_DATA"}, primary=200, standby=0),
         {"orders-errors": "unknown", "orders-latency": "unknown", "health": "nothing", "primary": "against",
          "standby": "against"}),
    ],
    ids=["a disaster", "a quiet day"],
)  # fmt: skip
async def test_each_sign_says_what_it_speaks_for(world: World, speaks: dict[str, str]) -> None:
    """An alarm that is on, events, a silent door; and a standby that is down forbids haste."""
    signs = await look(world)

    assert {name: sign.speaks for name, sign in signs.items()} == speaks
    assert signs["orders-errors"].at == IMPACT
    assert all(sign.seen for sign in signs.values())


async def test_a_world_that_hangs_is_unknown_after_the_patience() -> None:
    """All looks wait together, not one after the other."""
    world = World({"orders-errors": "ALARM"})
    world.hold = threading.Event()
    began = time.monotonic()

    signs = await look(world, patience=0.2)

    took = time.monotonic() - began
    world.hold.set()
    assert {sign.speaks for sign in signs.values()} == {"unknown"}
    assert {sign.seen for sign in signs.values()} == {"no answer within 0.2 s"}
    assert took < 2


async def test_a_refusal_is_unknown_and_says_why() -> None:
    """Somebody without permission does not learn that all is well."""
    world = World({})
    world.wait = lambda: (_ for _ in ()).throw(PermissionError("no cloudwatch:DescribeAlarms"))  # type: ignore[method-assign]  # cut the power

    signs = await look(world)

    assert {sign.speaks for sign in signs.values()} == {"unknown"}
    assert "DescribeAlarms" in signs["orders-errors"].seen
