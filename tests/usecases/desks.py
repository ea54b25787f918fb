"""A desk in memory with one open run and four people, for use cases that touch neither AWS nor Slack."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from bot.actions.catalogue import Catalogue
from bot.adapters.memory.journal import MemoryJournals
from bot.model.events import Fact, RunCreated
from bot.model.people import BOT, Person
from bot.model.plan import Plan
from bot.model.records import Draft, Record
from bot.model.run import Run
from bot.model.service import Catalog, RoleRule
from bot.ports.journal import Head
from bot.runbook.library import Library
from bot.usecases.desk import Caller, Desk, tip
from tests.builders import ANA, BEN, CHLOE, DEV, NOW, a_failover_plan, a_service

ROLES = {
    "ic": RoleRule(groups=("@sre-leads", "@eng-directors")),
    "ops": RoleRule(groups=("@orders-sre",)),
    "comms": RoleRule(groups=("@orders-sre", "@sre-leads")),
}


def a_catalog(**more: Any) -> Catalog:
    """Four people, three roles, one service."""
    people = {person.id: person for person in (ANA, BEN, CHLOE, DEV)}
    return Catalog(**{"tiers": {}, "people": people, "roles": ROLES, "services": {"orders-api": a_service()}, **more})


@dataclass
class HandClock:
    """Stands still until it is wound."""

    at: datetime = NOW
    ids: Any = field(default_factory=lambda: itertools.count(1))

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def new_id(self) -> str:
        return f"id{next(self.ids):05}"

    def wind(self, span: timedelta) -> None:
        self.at += span


@dataclass
class Bell:
    """A dispatcher that only remembers."""

    rung: list[str] = field(default_factory=list)
    attended: bool = True

    async def wake(self, run: str, *, at: datetime | None = None) -> None:
        self.rung.append(run)

    async def ensure(self, run: str) -> None:
        self.rung.append(run)

    async def is_attended(self) -> bool:
        return self.attended


@dataclass
class Office:
    """The desk and what stands on it."""

    desk: Desk
    clock: HandClock
    plan: Plan

    @classmethod
    async def open(cls, plan: Plan | None = None, catalog: Catalog | None = None) -> Office:
        """With one run of `plan`."""
        clock, plan = HandClock(), plan or a_failover_plan()
        library = cast(Library, _Roster(catalog or a_catalog()))
        desk = Desk(lambda: library, Catalogue(), MemoryJournals(), Bell(), _NoClouds(), clock)
        office = cls(desk, clock, plan)
        drafts = [Draft(id="created", at=clock.now(), actor=caller(ANA).actor, fact=RunCreated(plan=plan))]
        await desk.journals.append(plan.run, drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)
        return office

    async def tell(self, *facts: Fact) -> Run:
        """Append facts as the engine would."""
        run = await self.desk.run(self.plan.run)
        drafts = [Draft(id=self.clock.new_id(), at=self.clock.now(), actor=BOT, fact=fact) for fact in facts]
        await self.desk.journals.append(run.id, drafts, at=tip(run), epoch=None)
        return await self.desk.run(run.id)

    async def records(self) -> tuple[Record, ...]:
        return tuple(await self.desk.records(self.plan.run))


def caller(person: Person, via: str = "slack") -> Caller:
    """The person, at a door."""
    return Caller(person, via)


@dataclass(frozen=True)
class _Roster:
    """All that these use cases read of a library."""

    catalog: Catalog


class _NoClouds:
    def for_service(self, *given: object, **more: object) -> Any:
        raise AssertionError("no call is made")

    for_step = verdict = for_service
