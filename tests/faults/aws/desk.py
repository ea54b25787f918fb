"""A desk over memory and a folder of runbooks that a test may edit."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from bot.actions.catalogue import Catalogue
from bot.adapters.memory.journal import MemoryJournals
from bot.model.people import Person
from bot.model.plan import Mode, Plan
from bot.planning.compile import Request, compile_plan
from bot.planning.inputs import read_inputs
from bot.runbook.library import Library
from bot.usecases.desk import Caller, Desk
from tests.planning.test_compile import SHIPPED
from tests.toys import ToyAws, ToyCloud, WoundClock

ACTIONS = Catalogue.discover()


@dataclass
class Deliveries:
    """Implements `Dispatcher` by remembering who was woken."""

    woken: list[str] = field(default_factory=list)

    async def wake(self, run: str, *, at: datetime | None = None) -> None:
        self.woken.append(run)

    async def ensure(self, run: str) -> None:
        self.woken.append(run)

    async def is_attended(self) -> bool:
        return True


@dataclass
class Room:
    """Runbooks on disk, a desk, and somebody who may start."""

    folder: Path
    clock: WoundClock = field(default_factory=WoundClock)

    def __post_init__(self) -> None:
        shutil.copytree(SHIPPED, self.folder)
        self.library = Library.load(self.folder, ACTIONS.specs)
        self.desk = Desk(
            library=self._fresh,
            actions=ACTIONS,
            journals=MemoryJournals(self.clock.monotonic),
            dispatcher=Deliveries(),
            clouds=ToyAws(ToyCloud()),
            clock=self.clock,
        )

    def _fresh(self) -> Library:
        self.library.refresh()
        return self.library

    @property
    def carol(self) -> Caller:
        person: Person = self._fresh().catalog.people["carol"]
        return Caller(person, via="cli")

    def plan(self, run: str = "orders-api-1", mode: Mode = Mode.LIVE, **given: JsonValue) -> Plan:
        books = self._fresh()
        service = books.catalog.service("orders-api")
        loaded = books.for_service(service, "failover")
        now = self.clock.now()
        inputs = read_inputs(loaded.runbook, {"impact_started_at": "03:02", **given}, now=now)
        request = Request(run, mode, self.carol.person, inputs, now, now + timedelta(minutes=15))
        return compile_plan(loaded, service, request, books, ACTIONS.specs)

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace text in a file of the runbooks' folder; every `old` must be there."""
        path = self.folder / name
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
