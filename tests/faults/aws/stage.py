"""What the fault stories share: theatres over one set of journals, locks and cloud, and the words of a journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from bot.adapters.memory.journal import MemoryJournals
from bot.adapters.memory.locks import MemoryLocks
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.model.events import RunCreated
from bot.model.plan import Plan, PlannedStep
from bot.model.records import Draft, Record
from bot.ports.journal import Head
from tests.builders import a_plan
from tests.engine.stories import CAROL, Theatre
from tests.toys import TOYS, ToyAws, ToyCloud, WoundClock


@dataclass
class Locked(Theatre):
    """A theatre whose driver takes turns with the others on the same stage."""

    locks: MemoryLocks | None = None

    def driver(self, owner: str = "a") -> Driver:
        steps = Steps(TOYS, ToyAws(self.cloud), self.calls, self.clock)
        driver = Driver(self.plan.run, owner, self.journals, steps, self.clock, self.wakeups, self.lease, timedelta(0))
        driver.locks = self.locks
        return driver


@dataclass
class Stage:
    """Several runs, one world."""

    cloud: ToyCloud = field(default_factory=ToyCloud)
    clock: WoundClock = field(default_factory=WoundClock)

    def __post_init__(self) -> None:
        self.journals = MemoryJournals(self.clock.monotonic)
        self.locks = MemoryLocks(self.journals)

    async def play(self, run: str, *steps: PlannedStep, service: str = "orders-api") -> Locked:
        plan: Plan = a_plan(*steps, run=run)
        plan = plan.model_copy(update={"service": plan.service.model_copy(update={"name": service})})
        theatre = Locked(plan, self.cloud, self.clock, locks=self.locks)
        theatre.journals = self.journals
        created = Draft(id=f"{run}-0", at=self.clock.now(), actor=CAROL, fact=RunCreated(plan=plan))
        await self.journals.append(run, [created], at=Head(seq=0, hash="", epoch=0), epoch=None)
        return theatre


async def silences(theatre: Theatre) -> list[float]:
    """Seconds between one record and the next, over the whole journal."""
    records: list[Record] = [*await theatre.journals.read(theatre.plan.run)]
    return [(b.at - a.at).total_seconds() for a, b in pairwise(records)]
