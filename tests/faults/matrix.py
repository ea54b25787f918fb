"""The crash matrix: one short run, two replicas, one misfortune at one place of the protocol, and the final reckoning.

    point × deed × mood, many times with other moments, steps and schedules

Each case is a value made from a seed; `play` plays it on a real Redis with the real driver and answers with what was
wrong, nothing when every promise held. A failure is replayed with its seed: `python -m tests.faults.run --seed N`.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Literal, TypeVar

from bot.adapters.clock import SystemClock
from bot.engine.failpoints import Stumbled, armed
from bot.model.errors import JournalConflict, Unavailable
from bot.model.events import Fact, PersonChose, RunCreated, RunResumed, RunTaken, StepStarted, VoteCast
from bot.model.plan import GatePlan, PlannedStep
from bot.model.records import Draft, Record, first_break
from bot.model.run import Run
from bot.model.runbook import Retry
from bot.model.step_run import Phase
from bot.ports.journal import Head, Journals
from tests.builders import a_plan, a_step
from tests.engine.stories import CAROL
from tests.faults.replica import Replica, current
from tests.faults.sky import ACTIONS, BUDGET, BY_KIND, MOODS, SETTLE, Mood, Sky

T = TypeVar("T")
Deed = Literal["kill", "freeze", "raise"]
POINTS = (
    "take.before", "take.after", "facts.before", "facts.after", "intent.before", "intent.after", "fence.before",
    "call.before", "call.after", "outcome.before", "outcome.after", "park.before", "park.after",
)  # fmt: skip
DEEDS: tuple[Deed, ...] = ("kill", "freeze", "raise")
SILENCE = 30.0
"""Seconds without a new record after which a run is given up: a crowded machine is slow, it does not stand still."""
MOST_RECORDS = 400
"""A run that writes more than this does not come to its end."""
EMPTY = Head(seq=0, hash="", epoch=0)


@dataclass(frozen=True)
class Case:
    """One misfortune."""

    seed: int
    point: str
    deed: Deed
    mood: Mood
    nth: int
    moody: str
    steps: tuple[str, ...]
    park_after: timedelta
    thaw_after: float | None
    """Seconds after the freeze; None: when everybody else is done."""


@dataclass
class Stage:
    """One case being played."""

    case: Case
    run: str
    sky: Sky
    sprung_at: float | None = None
    struck: Replica | None = None
    lost_before_thaw: bool = False
    """Somebody else owned the run when the frozen replica went on."""
    visits: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def visit(self, point: str, replica: Replica) -> None:
        with self.lock:
            if point != self.case.point or self.sprung_at is not None:
                return
            self.visits += 1
            if self.visits < self.case.nth:
                return
            self.sprung_at, self.struck = time.monotonic(), replica
        match self.case.deed:
            case "kill":
                replica.kill()
            case "freeze":
                replica.freeze()
            case "raise":
                raise Stumbled("an armed failpoint")


def cases(count: int, *, first_seed: int = 0) -> Iterator[Case]:
    """That many cases, spread evenly over the whole matrix."""
    cells = list(product(POINTS, DEEDS, MOODS))
    random.Random(7).shuffle(cells)  # a short slice is as mixed as the whole
    for number in range(count):
        yield a_case(first_seed + number, *cells[(first_seed + number) % len(cells)])


def a_case(seed: int, point: str, deed: Deed, mood: Mood) -> Case:
    """What else there is to choose, from the seed."""
    dice = random.Random(f"{seed}/{point}/{deed}/{mood}")
    kinds = dice.sample(list(BY_KIND), 3)
    steps = tuple(f"{kind}_{number}" for number, kind in enumerate(kinds))
    most = {"take": 2, "park": 2, "facts": 2, "intent": 3, "fence": 3, "call": 3, "outcome": 6}[point.split(".")[0]]
    return Case(
        seed=seed, point=point, deed=deed, mood=mood, nth=dice.randint(1, most), moody=dice.choice(steps),
        steps=steps, park_after=dice.choice([timedelta(0), timedelta(seconds=20)]),
        thaw_after=dice.choice([None, dice.uniform(0.1, 1.5)]),
    )  # fmt: skip


def planned(case: Case) -> list[PlannedStep]:
    """A gate, then a fork of two, then a join."""
    gate = GatePlan(kind="approve", groups=("@g",), count=1, expires=timedelta(minutes=10))
    first, second, last = case.steps
    return [
        a_step("go", kind="approve", gate=gate),
        a_toy(first, needs=("go",)),
        a_toy(second, needs=("go",)),
        a_toy(last, needs=(first, second)),
    ]


def a_toy(name: str, needs: Sequence[str]) -> PlannedStep:
    spec = ACTIONS[BY_KIND[name.rpartition("_")[0]]].spec
    return a_step(
        name, action=spec.name, needs=tuple(needs), params={"name": name}, risk=spec.risk, look=None,
        idempotency=spec.idempotency, irreversible=spec.irreversible, settle=SETTLE, call_budget=BUDGET,
        timeout=timedelta(seconds=60), retry=Retry(max_attempts=5, backoff=timedelta(seconds=0.05)),
    )  # fmt: skip


@dataclass
class Troupe:
    """Plays cases side by side on one Redis."""

    url: str
    journals: Journals
    clock: SystemClock = field(default_factory=SystemClock)
    replicas: dict[str, Replica] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)
    sprung: int = 0

    async def play_all(self, wanted: Sequence[Case], *, at_once: int = 12) -> dict[Case, list[str]]:
        """What was wrong, by case; only cases with something wrong are in it."""
        room, wrong = asyncio.Semaphore(at_once), {}

        async def one(case: Case) -> None:
            async with room:
                found = await self.play(case)
                if found:
                    wrong[case] = found

        traps = {point: (lambda point=point: self._visit(point)) for point in POINTS}
        with armed(traps):
            async with asyncio.TaskGroup() as group:
                for case in wanted:
                    group.create_task(one(case))
        return wrong

    def _visit(self, point: str) -> None:
        replica = current(self.replicas)
        if replica is not None:
            self.stages[replica.run].visit(point, replica)

    async def play(self, case: Case) -> list[str]:
        run = f"{case.seed}-{self.clock.new_id()}"
        plan = a_plan(*planned(case), run=run)
        sky = Sky(moody=case.moody, mood=case.mood)
        stage = self.stages[run] = Stage(case, run, sky)
        created = Draft(id=run, at=self.clock.now(), actor=CAROL, fact=RunCreated(plan=plan))
        await _patiently(lambda: self.journals.append(run, [created], at=EMPTY, epoch=None))
        pair = [Replica(f"{run}-{name}", run, self.url, sky, case.park_after) for name in "ab"]
        self.replicas |= {replica.name: replica for replica in pair}
        for replica in pair:
            replica.start()
        try:
            late = await self._attend(stage, plan.hash)
        finally:
            for replica in pair:
                replica.stop()
            await asyncio.to_thread(lambda: [replica.join() for replica in pair])
        self.sprung += stage.sprung_at is not None
        records = await _patiently(lambda: self.journals.read(run))
        for replica in pair:
            del self.replicas[replica.name]
        del self.stages[run]
        broke = [
            f"{replica.name[-1]} broke: {bug!r}" for replica in pair for bug in replica.broke if case.deed != "raise"
        ]
        return [*late, *broke, *reckon(case, sky, records), *_fenced(stage, records)]

    async def _attend(self, stage: Stage, plan_hash: str) -> list[str]:
        """Be the people until all is over: vote, thaw who is frozen, answer when nothing is on its way any more."""
        run = Run.of(await _patiently(lambda: self.journals.read(stage.run)))
        heard = time.monotonic()
        while time.monotonic() - heard < SILENCE and run.seq < MOST_RECORDS:
            await asyncio.sleep(0.03)
            for record in await _patiently(lambda: self.journals.read(run.id, after=run.seq)):  # noqa: B023  # awaited here
                run, heard = run.after(record), time.monotonic()
            self._thaw_in_time(stage, run)
            if run.outcome:
                return []
            if run.is_set_aside:  # living workers look dead on a machine that is too crowded to let them beat
                await self._say(run, RunResumed())
                continue
            if run.steps["go"].phase is Phase.GATE and not run.steps["go"].votes:
                vote = VoteCast(step="go", round=1, person="bob", decision="approve", plan_hash=plan_hash)
                await self._say(run, vote)
            for step, state in run.steps.items():
                zombie = stage.struck is not None and stage.case.deed == "freeze" and not stage.struck.is_over
                if state.phase is Phase.ASKING and state.chosen is None and not zombie and not stage.sky.on_the_way:
                    await self._say(run, _answer(stage.sky, step, state.choices))
                    break
        return [f"not over after {run.seq} records and {time.monotonic() - heard:.0f} s of silence"]

    def _thaw_in_time(self, stage: Stage, run: Run) -> None:
        if stage.struck is None or stage.case.deed != "freeze" or stage.sprung_at is None:
            return
        asked = any(state.phase is Phase.ASKING for state in run.steps.values())
        wait = stage.case.thaw_after
        if run.outcome or asked or (wait is not None and time.monotonic() - stage.sprung_at > wait):
            if not stage.struck.is_thawed:
                stage.lost_before_thaw = run.owner != stage.struck.name
            stage.struck.thaw()
            if run.outcome or asked:  # it goes on for as long as it has something of its own to finish
                stage.struck.stop()

    async def _say(self, run: Run, fact: Fact) -> None:
        draft = Draft(id=self.clock.new_id(), at=self.clock.now(), actor=CAROL, fact=fact)
        try:
            tip = Head(seq=run.seq, hash=run.head, epoch=run.epoch)
            await _patiently(lambda: self.journals.append(run.id, [draft], at=tip, epoch=None))
        except JournalConflict:
            return  # looked at again in a moment
        for replica in list(self.replicas.values()):
            if replica.run == run.id:
                replica.poke()


async def _patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """The people of the matrix, too, ask again for as long as a crowded machine keeps Redis from answering."""
    until = time.monotonic() + SILENCE
    while True:
        try:
            return await ask()
        except Unavailable:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)


def _answer(sky: Sky, step: str, choices: Sequence[str]) -> Fact:
    """A person who looks before answering."""
    if "sent" in choices:
        return PersonChose(step=step, choice="sent" if sky.effects[step] else "not_sent")
    return PersonChose(step=step, choice="retry")


def _fenced(stage: Stage, records: Sequence[Record]) -> list[str]:
    """A replica that froze before the fence and lost the run meanwhile has left that one call unsent."""
    if stage.struck is None or (stage.case.point, stage.case.deed) != ("fence.before", "freeze"):
        return []
    name = stage.struck.name
    takes = {record.epoch: record.fact.owner for record in records if isinstance(record.fact, RunTaken)}
    intents = sum(isinstance(record.fact, StepStarted) and takes.get(record.epoch) == name for record in records)
    sends = stage.sky.senders[name]
    if stage.lost_before_thaw and sends >= intents:
        return [f"thawed behind a takeover, {name} still sent {sends} calls for its {intents} intents"]
    return []


def reckon(case: Case, sky: Sky, records: Sequence[Record]) -> list[str]:
    """Every promise, held against the final journal and the world."""
    run = Run.of(records)
    wrong = []
    if first_break(records) is not None:
        wrong.append(f"the chain is broken at {first_break(records)}")
    if run.outcome != "completed":
        phases = ", ".join(f"{step} {state.phase}" for step, state in run.steps.items())
        wrong.append(f"the run is {run.status}: {phases}")
        wrong.extend(f"{record.seq} {record.epoch} {record.at:%S.%f} {record.fact!r}"[:200] for record in records[1:])
    epochs = [record.epoch for record in records if record.epoch]
    if epochs != sorted(epochs):
        wrong.append(f"an older epoch wrote after a newer one: {epochs}")
    for step in case.steps:
        intents = [
            record.fact for record in records if isinstance(record.fact, StepStarted) and record.fact.step == step
        ]
        if sky.effects[step] != 1:
            wrong.append(f"{step} took effect {sky.effects[step]} times")
        if sky.sends[step] > len(intents):
            wrong.append(f"{step} was sent {sky.sends[step]} times under {len(intents)} intents")
        if {intent.token for intent in intents} != sky.tokens.get(step, set()):
            wrong.append(f"{step} was sent with other tokens than were written")
        chosen = sum(
            isinstance(record.fact, PersonChose)
            and record.fact.step == step
            and record.fact.choice in ("not_sent", "retry")
            for record in records
        )
        if step.startswith("opaque") and sky.sends[step] > 1 + chosen:
            wrong.append(f"{step} was sent again by itself")
    return wrong
