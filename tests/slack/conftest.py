"""The Slack room on loopback: a real workspace, a real Redis, the whole door. The engine's facts are told by hand."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.actions.catalogue import Catalogue
from bot.adapters.kept_files import FolderOfFiles
from bot.adapters.redis.cases import RedisCases
from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from bot.adapters.redis.plans import RedisPlans
from bot.adapters.redis.sent import RedisLeases, RedisSent
from bot.local.redis import EmbeddedRedis
from bot.local.workspace.person import Person
from bot.local.workspace.server import Workspace
from bot.model.events import Fact, GateOpened, ManualOpened, RunTaken, StepNeedsPerson, StepStarted
from bot.model.people import BOT
from bot.model.plan import Plan
from bot.model.records import Draft
from bot.model.run import Run
from bot.ports.aws import Aws, Errand
from bot.runbook.library import Library
from bot.settings import SlackSettings
from bot.slack.app import SlackDoor
from bot.slack.manifest import manifest
from bot.usecases.desk import Caller, Desk, tip
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run

CATALOG = """
tiers:
  tier-1: { rto: 30m, rpo: 1m }
people:
  alice: { name: Alice Kim, slack: U01ALICE00, groups: ["@sre-leads"] }
  bob: { name: Bob Osei, slack: U02BOB0000, groups: ["@eng-directors"] }
  carol: { name: Carol Díaz, slack: U03CAROL00, groups: ["@orders-sre"] }
roles:
  ops: { groups: ["@orders-sre"] }
services:
  orders-api:
    title: Orders API
    tier: tier-1
    strategy: warm
    primary_region: us-east-1
    recovery_region: us-west-2
    owners: ["@orders-sre"]
    channel: "#incidents"
    runbooks: { failover: orders-api.failover }
  payments:
    tier: tier-1
    strategy: hot
    primary_region: us-east-1
    recovery_region: us-west-2
    owners: ["@orders-sre"]
    channel: "#incidents"
"""
RUNBOOK = """
schema: dr/v1
runbook: orders-api.failover
version: 3
title: Fail orders-api over
owners: ["@orders-sre"]
strategy: warm
kind: failover
when: us-east-1 is impaired for orders-api.
clock:
  starts: inputs.impact_started_at
  stops: steps.allowlist
inputs:
  mode: { type: choice, options: [unplanned, planned], default: unplanned }
  impact_started_at: { type: datetime, required: true, ask: When did customers first feel it? }
  desired_tasks: { type: integer, default: 24, min: 6, max: 60 }
approvers:
  board: { groups: ["@sre-leads", "@eng-directors"] }
steps:
  declare:
    title: GO / NO-GO
    needs: []
    approve:
      from: board
      count: 2
      typed: orders-api us-west-2
      text: Fail orders-api over to us-west-2?
      show: [plan]
      expires: 10m
  allowlist:
    title: The payment provider allows the new addresses
    needs: [declare]
    manual:
      assignee: ops
      do:
        - Open the console
        - Add 198.51.100.10
      answer: { field: ticket, label: ticket number, pattern: "^PSP-[0-9]+$" }
"""


class WindableClock:
    """The machine's clock, moved ahead by hand; ids count up."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._ids = itertools.count(1)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return time.monotonic()

    def new_id(self) -> str:
        return f"id{next(self._ids):05}"


class NoClouds:
    """No step of these runbooks touches AWS."""

    def for_service(self, role: str | None, *, person: str = "", external_id: str | None = None) -> Aws:
        return None  # type: ignore[return-value]  # nothing here asks for it

    def for_step(self, role: str | None, *, person: str, errand: Errand, external_id: str | None = None) -> Aws:
        return None  # type: ignore[return-value]  # nothing here asks for it

    def verdict(self, error: Exception, *, mutating: bool) -> Any:
        raise AssertionError("no call is made") from error


@dataclass
class Calls:
    """A dispatcher that only remembers."""

    woken: list[str] = field(default_factory=list)

    async def wake(self, run: str, *, at: datetime | None = None) -> None:
        self.woken.append(run)

    async def ensure(self, run: str) -> None:
        self.woken.append(run)

    async def is_attended(self) -> bool:
        return True


@dataclass
class Bench:
    """Everything a story in Slack needs."""

    slack: Workspace
    desk: Desk
    clock: WindableClock
    sent: RedisSent
    leases: RedisLeases
    plans: RedisPlans
    settings: SlackSettings
    folder: Path

    @asynccontextmanager
    async def door(self, owner: str = "bot-1") -> AsyncIterator[SlackDoor]:
        door = SlackDoor(self.desk, self.settings, self.sent, self.leases, owner=owner, plans=self.plans)
        async with door:
            yield door

    def caller(self, who: str) -> Caller:
        return Caller(self.desk.library().catalog.people[who], "slack")

    async def a_plan(self, who: str = "carol") -> Plan:
        impact = (self.clock.now() - timedelta(minutes=4)).isoformat()
        return await plan_run(self.desk, Asked("orders-api", inputs={"impact_started_at": impact}), self.caller(who))

    async def a_run(self, *facts: Fact, who: str = "carol") -> Run:
        """A started run, with the engine's first facts told."""
        run = await start_run(self.desk, await self.a_plan(who), self.caller(who))
        return await self.tell(run.id, RunTaken(owner="worker"), *facts)

    async def tell(self, run_id: str, *facts: Fact) -> Run:
        """Append facts as the engine would."""
        run = await self.desk.run(run_id)
        drafts = [Draft(id=self.clock.new_id(), at=self.clock.now(), actor=BOT, fact=fact) for fact in facts]
        await self.desk.journals.append(run_id, drafts, at=tip(run), epoch=None)
        return await self.desk.run(run_id)

    def gate(self, round: int = 1) -> GateOpened:
        return GateOpened(
            step="declare", round=round, text="Fail orders-api over to us-west-2?", typed="orders-api us-west-2",
            expires_at=self.clock.now() + timedelta(minutes=10),
        )  # fmt: skip

    def by_hand(self) -> ManualOpened:
        return ManualOpened(step="allowlist", assignee="ops", do=("Open the console", "Add 198.51.100.10"))

    def trouble(self) -> tuple[Fact, ...]:
        why = "ResourceContention: <!channel> a scaling activity is in progress"
        return (
            StepStarted(step="allowlist", attempt=1),
            StepNeedsPerson(step="allowlist", why=why, choices=("retry", "skip", "abort")),
        )

    def person(self, who: str) -> Person:
        return self.slack.person(who)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two services and one runbook that needs people only."""
    books = tmp_path / "runbooks"
    books.mkdir()
    (books / "catalog.yaml").write_text(CATALOG)
    (books / "failover.yaml").write_text(RUNBOOK)
    return books


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One redis-server for all tests of this room."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis"), tied_to_parent=True) as server:
        yield server.url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """An empty Redis."""
    client = connect(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
async def bench(folder: Path, redis: Redis) -> AsyncIterator[Bench]:
    """A workspace with our app installed; nobody listens until `door()` is opened."""
    actions = Catalogue()
    library = Library.load(folder, actions.specs)
    assert not [each for each in library.problems if each.level == "error"], library.problems
    clock = WindableClock()
    journals = RedisJournals(redis)
    cases = RedisCases(redis, journals)
    desk = Desk(lambda: library, actions, journals, Calls(), NoClouds(), clock, cases=cases,
                files=FolderOfFiles(folder.parent / "files"))  # fmt: skip
    async with Workspace(manifest=manifest()) as slack:
        settings = SlackSettings(
            bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url,
            fallback_channel="#status-internal",
        )  # fmt: skip
        yield Bench(slack, desk, clock, RedisSent(redis), RedisLeases(redis), RedisPlans(redis, clock), settings,
                    folder)  # fmt: skip
