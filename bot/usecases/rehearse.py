"""Play a runbook to its end on a stage: the real plan, machine and driver; people answered for; time wound, not waited.

Promises the story of the run, and why it did not reach the end when it did not. Refuses to know what the stage is made
of: ports are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import JsonValue

from bot.approval.policy import asked_of, eligible, responders
from bot.approval.votes import Ballot
from bot.engine.calls import Calls
from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.engine.wakeups import Wakeups
from bot.language import _, together
from bot.model.errors import BrokenInvariant, Refused, UserError
from bot.model.events import RunCreated
from bot.model.plan import Plan
from bot.model.records import Draft
from bot.model.run import Run, Status
from bot.model.service import Service
from bot.model.step_run import Phase
from bot.model.timeline import Timeline
from bot.planning.forecast import PEOPLE_DECIDE, PEOPLE_WORK
from bot.planning.preflight import look_at_all
from bot.ports.clock import Clock
from bot.ports.journal import Head
from bot.timeline.build import build_timeline
from bot.usecases.answer_manual import answer_manual
from bot.usecases.crew import imagined, lonely
from bot.usecases.decide import vote
from bot.usecases.desk import Caller, Desk
from bot.usecases.samples import sample_text

LEASE = timedelta(minutes=1)
FAR = timedelta(minutes=5)
"""Looks at something that takes longer are left out."""
_MOST_TURNS = 20_000


class Winds(Clock, Protocol):
    """A clock that goes where it is told."""

    def wind_to(self, moment: datetime) -> None:
        """Go on to that moment; never back."""
        ...


@dataclass(frozen=True)
class Theatre:
    """Everything a rehearsal plays with."""

    desk: Desk
    clock: Winds
    expect: Callable[[Plan], None]
    """Told the plan before it is played."""
    next_ready: Callable[[datetime], datetime | None]
    """When the next change under way will have settled."""


@dataclass(frozen=True)
class Rehearsed:
    """What was played."""

    plan: Plan
    timeline: Timeline
    stuck: str = ""
    """Why the end was not reached; empty when it was."""


async def rehearse(
    theatre: Theatre, name: str, *, service: str = "", inputs: dict[str, JsonValue] | None = None
) -> Rehearsed:
    """Play the runbook called `name`, or the failover of a service of that name."""
    plan = await _plan(theatre, *_cast(theatre.desk, name, service), inputs or {})
    theatre.expect(plan)
    stuck = together(plan.blocking)
    await _open(theatre, plan)
    run = await theatre.desk.run(plan.run)
    if not stuck:
        run, stuck = await _play(theatre, plan)
    records = await theatre.desk.records(run.id)
    return Rehearsed(plan, build_timeline(records, as_of=theatre.clock.now()), stuck)


def _cast(desk: Desk, name: str, service: str) -> tuple[str, Service]:
    """The runbook's name, and the service it is played for."""
    library = desk.library()
    services = library.catalog.services
    if name in services and "failover" in services[name].runbooks:
        return services[name].runbooks["failover"], services[name]
    loaded = library.find(name)
    if service:
        return name, library.catalog.service(service)
    served = [each for each in services.values() if name in each.runbooks.values()]
    alike = [each for each in services.values() if each.strategy == loaded.runbook.strategy]
    if not served and not alike:
        raise UserError(_("No service uses {runbook}; say for which one to play it: --service NAME", runbook=name))
    return name, (served or alike)[0]


async def _plan(theatre: Theatre, name: str, service: Service, given: dict[str, JsonValue]) -> Plan:
    desk, now = theatre.desk, theatre.clock.now()
    library = desk.library()
    loaded = library.find(name)
    people = library.catalog.members(responders(service, library.catalog))
    if not people:
        raise UserError(
            _("Nobody on the roster may start runs of {service}; see owners and roles.", service=service.name)
        )
    drafts = [imagined(loaded, service, each, library, desk.actions.specs, given, now) for each in people]
    draft = min(drafts, key=lambda each: len(lonely(each, library.catalog)))
    return await look_at_all(draft, desk.actions, desk.clouds.for_service(None), desk.clouds)


async def _open(theatre: Theatre, plan: Plan) -> None:
    desk = theatre.desk
    actor = Caller(plan.requester, "rehearsal").actor
    created = Draft(id=desk.clock.new_id(), at=desk.clock.now(), actor=actor, fact=RunCreated(plan=plan))
    await desk.journals.append(plan.run, [created], at=Head(seq=0, hash="", epoch=0), epoch=None)


async def _play(theatre: Theatre, plan: Plan) -> tuple[Run, str]:
    """Drive, answer, wind the clock, again; the run, and why it stands still before its end."""
    desk, calls, wakeups = theatre.desk, Calls(), Wakeups()
    steps = Steps(desk.actions, desk.clouds, calls, desk.clock)
    try:
        for _turn in range(_MOST_TURNS):
            driver = Driver(plan.run, "stage", desk.journals, steps, desk.clock, wakeups, LEASE, timedelta(0))
            due = await driver.drive()
            run = await desk.run(plan.run)
            if run.outcome:
                return run, "" if run.status is Status.COMPLETED else f"the run ended {run.status}"
            asking = next(_questions(run), "")
            if asking:
                return run, asking
            answered, refused = await _answer(theatre, run)
            if refused:
                return run, refused
            if not answered:
                theatre.clock.wind_to(_next(theatre, run, due))
    finally:
        calls.close()
    raise BrokenInvariant(f"{plan.run} was still going on after {_MOST_TURNS} turns")


def _questions(run: Run) -> Iterator[str]:
    """What only a person could decide: nobody decides that in a rehearsal."""
    for step_id, state in run.steps.items():
        if state.phase is Phase.ASKING:
            yield _("{step} needs a person: {why}", step=step_id, why=state.why)
    if run.paused:
        yield _("the run is paused")


def _next(theatre: Theatre, run: Run, due: datetime | None) -> datetime:
    """When something happens next: a due step, a person's answer, or, far ahead, the end of what is under way."""
    now = theatre.clock.now()
    answers = [at for _step, at in _awaited(run) if at > now]
    ready = theatre.next_ready(now)
    if ready is not None and ready - now > FAR and not answers:
        return ready
    moments = [*answers, *([due] if due is not None and due > now else [])]
    return min(moments, default=now + timedelta(seconds=1))


def _awaited(run: Run) -> Iterator[tuple[str, datetime]]:
    """Steps that wait for somebody, and when they will be answered."""
    for step_id, state in run.steps.items():
        if state.phase is Phase.GATE and state.began_at is not None:
            yield step_id, state.began_at + PEOPLE_DECIDE
        elif state.phase is Phase.MANUAL and state.began_at is not None:
            yield step_id, state.began_at + PEOPLE_WORK


async def _answer(theatre: Theatre, run: Run) -> tuple[bool, str]:
    """Answer for the people whose time has come: whether somebody was, and why one cannot be answered, if so."""
    answered = False
    for step_id, at in _awaited(run):
        if at > theatre.clock.now():
            continue
        gate = run.steps[step_id].phase is Phase.GATE
        refused = await (_vote(theatre.desk, run, step_id) if gate else _done_by_hand(theatre.desk, run, step_id))
        answered = True
        if refused:
            return True, refused
    return answered, ""


async def _vote(desk: Desk, run: Run, step_id: str) -> str:
    gate = run.gate(step_id)
    assert gate is not None  # its phase says so
    refused = ""
    for person in eligible(gate, desk.library().catalog, run.plan.requester):
        state = run.steps[step_id]
        if state.phase is not Phase.GATE or len(state.votes) >= gate.count:
            return ""
        ballot = Ballot(step_id, person, "approve", run.plan.hash, typed=state.gate_typed or "", round=state.round)
        try:
            run = await vote(desk, run.id, Caller(person, "rehearsal"), ballot)
        except Refused as no:
            refused = str(no)
    if len(run.steps[step_id].votes) >= gate.count:
        return ""
    asked = asked_of(gate)
    return _("{step} needs {asked} and nobody is left to ask. {why}", step=step_id, asked=asked, why=refused).strip()


async def _done_by_hand(desk: Desk, run: Run, step_id: str) -> str:
    manual = run.plan.step(step_id).manual
    assert manual is not None  # its phase says so
    catalog = desk.library().catalog
    person = catalog.members(responders(run.plan.service, catalog))[0]
    value = sample_text(manual.answer.pattern) if manual.answer else ""
    try:
        await answer_manual(desk, run.id, Caller(person, "rehearsal"), step_id, value)
    except UserError as no:
        return _("{step} cannot be answered: {why}", step=step_id, why=no)
    return ""
