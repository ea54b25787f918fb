"""Engine stories: a run over toy steps, moved by hand, one delivery at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.memory.journal import MemoryJournals
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.model.action import Risk
from bot.model.errors import JournalConflict
from bot.model.events import Fact, RunCreated
from bot.model.people import BOT, Actor
from bot.model.plan import Plan, PlannedStep
from bot.model.records import Draft
from bot.model.run import Run
from bot.ports.journal import Head
from tests.builders import a_plan, a_step
from tests.toys import TOYS, ToyAws, ToyCloud, WoundClock

CAROL = Actor(person="carol", name="Carol", via="cli")


def toy(id: str, action: str = "toy.set", *, needs: Sequence[str] = (), **more: Any) -> PlannedStep:
    """A step that sets the value of its own name to 1."""
    spec = TOYS[action].spec
    values: dict[str, Any] = {
        "action": action,
        "needs": tuple(needs),
        "params": {"name": id},
        "risk": spec.risk,
        "idempotency": spec.idempotency,
        "irreversible": spec.irreversible,
        "settle": spec.settle,
        "look": None,
    }
    return a_step(id, **{**values, **more})


def watch(id: str, name: str, **more: Any) -> PlannedStep:
    """A step that observes a value."""
    params = {"name": name, **more.pop("params", {})}
    return toy(id, "toy.watch", params=params, risk=Risk.READ, **more)


@dataclass
class Theatre:
    """One run and everything it needs; `deliver` drives it until it parks or ends."""

    plan: Plan
    cloud: ToyCloud = field(default_factory=ToyCloud)
    clock: WoundClock = field(default_factory=WoundClock)
    journals: MemoryJournals = field(init=False)
    wakeups: Wakeups = field(default_factory=Wakeups)
    lease: timedelta = timedelta(seconds=15)
    calls: Calls = field(default_factory=Calls)

    def __post_init__(self) -> None:
        self.journals = MemoryJournals(self.clock.monotonic)

    async def dies_holding(self, *facts: Fact) -> None:
        """Another worker took the run, wrote these, and fell silent for longer than a lease."""
        taken = await self.journals.take(self.plan.run, "dead", fresh=self.lease)
        assert taken is not None
        await self.say_as_worker(await self.run(), taken[0].epoch, *facts)
        self.clock.wind(seconds=self.lease.total_seconds())

    @classmethod
    async def of(cls, *steps: PlannedStep, **more: Any) -> Theatre:
        """A created run over these steps."""
        theatre = cls(a_plan(*steps, **more))
        created = Draft(id="0", at=theatre.clock.now(), actor=CAROL, fact=RunCreated(plan=theatre.plan))
        await theatre.journals.append(theatre.plan.run, [created], at=Head(seq=0, hash="", epoch=0), epoch=None)
        return theatre

    def driver(self, owner: str = "a") -> Driver:
        steps = Steps(TOYS, ToyAws(self.cloud), self.calls, self.clock)
        return Driver(self.plan.run, owner, self.journals, steps, self.clock, self.wakeups, self.lease, timedelta(0))

    async def deliver(self, owner: str = "a") -> datetime | None:
        """Drive once; a delivery that neither parks nor ends within two seconds is a failure."""
        return await asyncio.wait_for(self.driver(owner).drive(), 2)

    async def until_parked_or_over(self, owner: str = "a", most: int = 50) -> Run:
        """Deliver, and wind the clock to each appointment, until people are needed or the run is over."""
        for _ in range(most):
            due = await self.deliver(owner)
            if due is None or due - self.clock.now() >= timedelta(minutes=4):
                break
            self.clock.at = max(self.clock.at, due)
        return await self.run()

    async def run(self) -> Run:
        return Run.of(await self.journals.read(self.plan.run))

    async def say(self, *facts: Fact, actor: Actor = CAROL) -> None:
        """A person's facts, appended as a door would."""
        while True:
            run = await self.run()
            drafts = [Draft(id=self.clock.new_id(), at=self.clock.now(), actor=actor, fact=fact) for fact in facts]
            try:
                await self.journals.append(
                    run.id, drafts, at=Head(seq=run.seq, hash=run.head, epoch=run.epoch), epoch=None
                )
            except JournalConflict:
                continue
            return

    async def say_as_worker(self, run: Run, epoch: int, *facts: Fact) -> None:
        """Facts of a worker that holds (or held) the run under `epoch`."""
        drafts = [Draft(id=self.clock.new_id(), at=self.clock.now(), actor=BOT, fact=fact) for fact in facts]
        head = Head(seq=run.seq, hash=run.head, epoch=epoch)
        await self.journals.append(run.id, drafts, at=head, epoch=epoch)

    async def kinds(self, step: str = "") -> list[str]:
        records = await self.journals.read(self.plan.run)
        return [record.fact.kind for record in records if not step or getattr(record.fact, "step", "") == step]
