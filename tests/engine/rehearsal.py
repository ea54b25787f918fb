"""A run that everything may happen to: workers that die or freeze at any failpoint, calls with any fate, people with
any wish, a clock that jumps. One thread, one loop for each delivery, and a promise checked wherever it could break.

Refuses to know what a good end is; the state machine in test_machine_stateful.py says what happens and what must hold.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Literal, ParamSpec, TypeVar

from bot.adapters.memory.journal import MemoryJournals
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.failpoints import armed
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.model.errors import AlreadyThere, Fenced, OutcomeUnknown, Retryable, StepBroke
from bot.model.events import Fact, RunCreated, StepStarted, UndoStarted
from bot.model.people import Actor
from bot.model.plan import Plan
from bot.model.records import Draft
from bot.model.run import Run
from bot.ports.journal import Head
from bot.ports.roster import Unchanging
from tests.engine.stories import CAROL
from tests.faults.sky import ACTIONS
from tests.toys import ToyAws, WoundClock

Fate = Literal["ok", "refused", "throttled", "lost_before", "lost_after"]
FATES: tuple[Fate, ...] = ("ok", "refused", "throttled", "lost_before", "lost_after")
LEASE = timedelta(seconds=15)
MOST_REQUESTS = 2_000
"""To the journals, in one delivery; a story of thirty records needs a few dozen. The twin in memory answers without
ever giving the loop away, so that no timeout would end a driver that never rests: this bound does, and shrinks."""
P = ParamSpec("P")
T = TypeVar("T")


class Inline(Calls):
    """Calls made where they are asked for, so that a story happens the same way every time it is told."""

    async def run(self, budget: timedelta, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)


class PowerCut(SystemExit):
    """Leaves the loop at once and takes everything in it along."""


@dataclass
class Weather:
    """What the cloud holds and what befalls the next calls; steps are named `<kind>_<number>`."""

    fates: deque[Fate] = field(default_factory=deque)
    values: dict[str, int] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    arrived: Counter[str] = field(default_factory=Counter)

    def write(self, name: str, value: int) -> None:
        fate = self.fates.popleft() if self.fates else "ok"
        match fate:
            case "refused":
                raise StepBroke("quota reached")
            case "throttled":
                raise Retryable("Throttling", after=timedelta(seconds=1))
            case "lost_before":
                raise OutcomeUnknown("reset")
        self.arrived[name] += 1
        if name.startswith("read_back") and self.values.get(name) == value:
            raise AlreadyThere("InvalidState")
        if name.startswith("opaque") or self.values.get(name, 0) != value:
            self.effects[f"{name}={value}"] += 1
        self.values[name] = value
        if fate == "lost_after":
            raise OutcomeUnknown("the answer was lost")


class Hand(ToyAws):
    """One worker's way to the cloud."""

    def __init__(self, stage: Stage, epoch: Callable[[], int]) -> None:
        super().__init__(self)  # type: ignore[arg-type]  # it reads and writes as a toy cloud does
        self._stage, self._epoch = stage, epoch

    def write(self, name: str, value: int, token: str) -> None:
        self._stage.must_be_intended(name, self._epoch())
        self._stage.weather.write(name, value)

    def read(self, name: str) -> int | None:
        return self._stage.weather.values.get(name, 0)


@dataclass
class House(Unchanging):
    """The roster, which people leave: who, with the number of the record after which they were gone."""

    left: dict[str, int] = field(default_factory=dict)

    def objection(self, person: str, groups: tuple[str, ...], by_roster: bool) -> str:
        return "{name} left the group that decides this" if person in self.left else ""


@dataclass
class Stage:
    """One run, its world, and deliveries to workers `a` and `b`."""

    plan: Plan
    clock: WoundClock = field(default_factory=WoundClock)
    weather: Weather = field(default_factory=Weather)
    wrong: list[str] = field(default_factory=list)
    calls: Calls = field(default_factory=Inline)
    house: House = field(default_factory=House)
    journals: MemoryJournals = field(init=False)

    def __post_init__(self) -> None:
        self.journals = MemoryJournals(self.clock.monotonic)
        created = Draft(id="0", at=self.clock.now(), actor=CAROL, fact=RunCreated(plan=self.plan))
        empty = Head(seq=0, hash="", epoch=0)
        asyncio.run(self._append(self.journals.append(self.plan.run, [created], at=empty, epoch=None)))

    async def _append(self, work: Any) -> None:
        await work

    def run(self) -> Run:
        return Run.of(self.records())

    def records(self) -> Sequence[Any]:
        return tuple(self.journals._logs[self.plan.run].records)

    def say(self, *facts: Fact, actor: Actor = CAROL) -> None:
        """As a door does."""
        run = self.run()
        drafts = [Draft(id=self.clock.new_id(), at=self.clock.now(), actor=actor, fact=fact) for fact in facts]
        tip = Head(seq=run.seq, hash=run.head, epoch=run.epoch)
        asyncio.run(self._append(self.journals.append(run.id, drafts, at=tip, epoch=None)))

    def must_be_intended(self, name: str, epoch: int) -> None:
        intents = [
            record
            for record in self.records()
            if isinstance(record.fact, StepStarted | UndoStarted) and record.fact.step == name
        ]
        if not intents or intents[-1].epoch < epoch:
            self.wrong.append(f"{name} was called under epoch {epoch} without an intent of that epoch")

    # --- deliveries -------------------------------------------------------------------------------------------------

    def deliver(self, owner: str, point: str = "", nth: int = 1, meanwhile: Callable[[], None] | None = None) -> None:
        """Drive until it parks. At the nth visit of `point` the power is cut, or `meanwhile` happens as it freezes."""
        visits = 0

        def spring() -> None:
            nonlocal visits
            visits += 1
            if visits != nth:
                return
            if meanwhile is None:
                raise PowerCut
            elsewhere = threading.Thread(target=meanwhile)
            elsewhere.start()
            elsewhere.join()

        with armed({point: spring} if point else {}):
            self._deliver(owner)

    def _deliver(self, owner: str) -> None:
        journals = _Mortal(self)
        hand = Hand(self, lambda: driver._epoch)
        steps = Steps(ACTIONS, hand, self.calls, self.clock)
        driver = Driver(
            self.plan.run, owner, journals, steps, self.clock, Wakeups(), LEASE, park_after=timedelta(0),  # type: ignore[arg-type]  # a journal all the same
            roster=self.house,
        )  # fmt: skip
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda *_: None)
        try:
            with suppress(Fenced):
                loop.run_until_complete(asyncio.wait_for(driver.drive(), 20))
                self._must_agree(driver)
        except PowerCut:
            journals.dead = True
        finally:
            self._bury(loop)

    def _must_agree(self, driver: Driver) -> None:
        """What the driver believed at its end is what its journal says up to there."""
        live = getattr(driver, "_run", None)
        if live is not None and Run.of(self.records()[: live.seq]) != live:
            folded = Run.of(self.records()[: live.seq])
            names = [each.name for each in fields(Run) if getattr(folded, each.name) != getattr(live, each.name)]
            self.wrong.append(f"the folded journal is not what the driver saw: {names}")

    def _bury(self, loop: asyncio.AbstractEventLoop) -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        while left := asyncio.all_tasks(loop):
            with suppress(PowerCut):
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()


class _Mortal:
    """The journals as one worker reaches them; not at all once it is dead."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._journals, self.dead = stage, stage.journals, False
        self._requests = 0

    async def append(self, run: str, drafts: Sequence[Draft], *, epoch: int, **more: Any) -> Any:
        self._count()
        answer = await self._journals.append(run, drafts, epoch=epoch, **more)
        if epoch != self._journals._logs[run].epoch:
            self._stage.wrong.append(f"epoch {epoch} wrote when it was over")
        return answer

    def __getattr__(self, name: str) -> Any:
        self._count()
        return getattr(self._journals, name)

    def _count(self) -> None:
        if self.dead:
            raise PowerCut
        self._requests += 1
        assert self._requests < MOST_REQUESTS, "the driver does not come to rest"
