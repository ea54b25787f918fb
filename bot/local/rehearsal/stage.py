"""Actions that perform their rehearsals: the real code of each, its scripted AWS, and the time that it typically takes.

Promises one performance for each set of parameters, which ends settled; a measure that a wait compares is met. What a
runbook hands in is checked against the action's parameters and otherwise left aside: the script knows its own names.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from pydantic import JsonValue

from bot.actions.base import AnyAction, Params, Rehearsal
from bot.actions.catalogue import Catalogue
from bot.engine.conditions import holds
from bot.language import told
from bot.local.rehearsal.script import Script
from bot.model.action import ActionSpec, Before, Look, NotStarted, Observation, Pending, Settled
from bot.model.errors import BrokenInvariant, StepBroke, StepError
from bot.model.plan import CheckPlan, Plan
from bot.model.runbook import Condition
from bot.ports.aws import Aws, Errand, Reads
from bot.ports.clock import Clock

_MOST_LOOKS = 20
"""A rehearsal has a few looks at most."""


class Stage:
    """All actions of a catalogue as they rehearse."""

    def __init__(self, actions: Catalogue, clock: Clock) -> None:
        self.actors = {name: Actor(actions[name], clock) for name in actions}

    @property
    def catalogue(self) -> Catalogue:
        """What the engine takes for the actions."""
        return Catalogue(*(cast(AnyAction, actor) for actor in self.actors.values()))

    def expect(self, plan: Plan) -> None:
        """Let the waits of a plan be met."""
        for step in plan.steps:
            for check in step.checks:
                self.actors[check.action].wanted.append(check)

    def next_ready(self, now: datetime) -> datetime | None:
        """When the next performance under way will have settled."""
        moments = [play.ready_at for actor in self.actors.values() for play in actor.plays.values() if play.ready_at]
        return min((moment for moment in moments if moment > now), default=None)

    # --- Clouds -------------------------------------------------------------------------------------------------

    def for_service(self, role: str | None, *, person: str = "", external_id: str | None = None) -> Aws:
        """Nothing is asked here: every performance has a script of its own."""
        return Script(())

    def for_step(self, role: str | None, *, person: str, errand: Errand, external_id: str | None = None) -> Aws:
        """Nor here."""
        return Script(())

    def verdict(self, error: Exception, *, mutating: bool) -> StepError:
        if isinstance(error, StepError):
            return error
        return StepBroke(f"{type(error).__name__}: {error}")


class Actor:
    """Stands in for one action; has the shape of `Action`."""

    def __init__(self, act: AnyAction, clock: Clock) -> None:
        self.act, self._clock = act, clock
        self.name, self.rehearsal = act.name, act.rehearsal
        self.Params, self.Results = act.Params, act.Results
        self.wanted: list[CheckPlan] = []
        self.plays: dict[str, Performance] = {}
        self._lock = threading.Lock()

    @property
    def spec(self) -> ActionSpec:
        return self.act.spec

    def preflight(self, aws: Reads, params: Params) -> Look:
        return self._play(params).preflight()

    def remember(self, aws: Reads, params: Params) -> Before:
        return self._play(params).remember()

    def execute(self, aws: Aws, params: Params, token: str) -> None:
        self._play(params).execute(token)

    def verify(self, aws: Reads, params: Params, before: Before) -> Observation:
        return self._play(params).verify()

    def rollback(self, aws: Aws, params: Params, before: Before, token: str) -> None:
        self._play(params).rollback(token)

    def undone(self, aws: Reads, params: Params, before: Before) -> Observation:
        return self._play(params).undone()

    def streak(self, params: Params) -> int:
        return self.act.streak(params)

    def _play(self, params: Params) -> Performance:
        key = params.model_dump_json()
        with self._lock:
            if key not in self.plays:
                given = params.model_dump(mode="json")
                self.plays[key] = Performance(self.act, self._clock, _closest(self.rehearsal, given), self._met(given))
            return self.plays[key]

    def _met(self, given: Mapping[str, JsonValue]) -> Sequence[Condition]:
        """The conditions of waits that ask for these parameters; templates may mean any."""
        return [
            each.condition
            for each in self.wanted
            if all("${{" in str(value) or given.get(name) == value for name, value in each.params.items())
        ]


class Performance:
    """One action's rehearsal under way."""

    def __init__(self, act: AnyAction, clock: Clock, script: Rehearsal, wanted: Sequence[Condition]) -> None:
        self._act, self._clock, self._wanted = act, clock, wanted
        self._aws = Script((*script.calls, *script.undo))
        self._params = act.Params.model_validate(script.params)
        self._look: Look | None = None
        self._before: Before | None = None
        self._settled: Settled | None = None
        self._seen: str = told("on its way")
        self._turn = threading.RLock()
        """The looks right before sending are taken at the same time; the script has one order."""
        self.ready_at: datetime | None = None
        self._back_at: datetime | None = None

    def preflight(self) -> Look:
        with self._turn:
            if self._look is None:
                self._look = self._act.preflight(self._aws, self._params)
            return self._look

    def remember(self) -> Before:
        with self._turn:
            self.preflight()
            if self._before is None:
                self._before = self._act.remember(self._aws, self._params)
            return self._before

    def execute(self, token: str) -> None:
        self.remember()
        self._act.execute(self._aws, self._params, token)
        self.ready_at = self._clock.now() + self._act.spec.typical

    def verify(self) -> Observation:
        """What the script shows next; settled when the typical time is over."""
        before = self.remember()
        now = self._clock.now()
        if self.ready_at is None:
            self.ready_at = now + self._act.spec.typical
        while self._settled is None:
            found = self._act.verify(self._aws, self._params, before)
            if isinstance(found, Settled):
                self._settled = self._meeting(found)
            elif now < self.ready_at:
                self._seen = found.seen
                break
        if self._settled is not None and now >= self.ready_at:
            return self._settled
        return Pending(seen=self._seen, look_again=max(timedelta(seconds=1), self.ready_at - now))

    def rollback(self, token: str) -> None:
        self._act.rollback(self._aws, self._params, self.remember(), token)
        self._back_at = self._clock.now() + self._act.spec.typical

    def undone(self) -> Observation:
        now = self._clock.now()
        if self._back_at is None:
            return NotStarted(seen=told("not undone"))
        if now < self._back_at:
            return Pending(seen=told("on its way back"), look_again=self._back_at - now)
        for _ in range(_MOST_LOOKS):
            found = self._act.undone(self._aws, self._params, self.remember())
            if isinstance(found, Settled):
                return found
        raise BrokenInvariant(f"the rehearsal of {self._act.spec.name} never sees its undo")

    def _meeting(self, found: Settled) -> Settled:
        """The observation with a measure that every wait for it is content with."""
        measure = self._act.spec.measures
        if measure is None or not self._wanted:
            return found
        value = _content(found, measure, self._wanted)
        if value == found.results.get(measure):
            return found
        seen = told("{seen} (played as {value})", seen=found.seen, value=value)
        return found.model_copy(update={"seen": seen, "results": {**found.results, measure: value}})


def _content(found: Settled, measure: str, wanted: Sequence[Condition]) -> JsonValue:
    value = found.results.get(measure)
    for each in wanted:
        met, _ = holds(each, measure, {measure: value}, settled=True)
        candidates = [each.eq, each.gte, each.lte, _beyond(each.gt, 1), _beyond(each.lt, -1)]
        value = value if met else next((bound for bound in candidates if bound is not None), value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _beyond(bound: float | None, by: int) -> float | None:
    return None if bound is None else bound + by


def _closest(rehearsal: Rehearsal, given: Mapping[str, JsonValue]) -> Rehearsal:
    """The performance that is most like what the runbook asks for."""

    def likeness(script: Rehearsal) -> int:
        return sum(given.get(name) == value for name, value in script.params.items())

    return max(_performances(rehearsal), key=likeness)


def _performances(rehearsal: Rehearsal) -> Iterator[Rehearsal]:
    yield rehearsal
    for other in rehearsal.also:
        yield from _performances(other)
