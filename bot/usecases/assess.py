"""Is this a disaster? A case gathers what can be seen, people answer it, and the answer stays on record.

Promises: the bot never fails over by itself; one open case per service; looking changes nothing and ends within
seconds. Refuses to know how a case is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _, together, told
from bot.model.action import Risk
from bot.model.case import (
    PREFIX,
    Case,
    CaseAnswered,
    CaseDismissed,
    CaseEntry,
    CaseFact,
    CaseLooked,
    CaseOpened,
    Prospect,
    RemindAsked,
)
from bot.model.errors import NotFound, Refused, Unavailable, UserError
from bot.model.people import BOT, Actor, Person
from bot.model.plan import Mode, Plan
from bot.model.secrets import redact
from bot.model.service import Service
from bot.planning.assessment import impact_of
from bot.planning.compile import Request, compile_plan
from bot.planning.inputs import read_inputs
from bot.planning.preflight import look_at_all
from bot.planning.signs import look_for_signs
from bot.ports.cases import Cases
from bot.usecases.desk import Caller, Desk
from bot.usecases.samples import sample_inputs

REMIND_AFTER = timedelta(minutes=10)
FORECAST_PATIENCE = 12.0
"""Seconds for the whole prospect: two rounds of looks at five seconds each, and the compiling."""
MOST_REASON = 1000
_ATTEMPTS = 20
_PLANNER = Person(id="bot", name="bot")
Entries = Callable[[Case], Sequence[CaseFact]]


async def assess_service(desk: Desk, name: str, caller: Caller) -> Case:
    """Open the service's case, or look again when one is open. Raises Refused for those who may not decide."""
    service = desk.library().catalog.service(name)
    must_be_allowed(caller.person, "assess", Situation(desk.library().catalog, service))
    case = await open_case(desk, service, f"asked by {caller.person.name}", caller.actor)
    return await look_again(desk, case.id)


async def open_case(desk: Desk, service: Service, why: str, actor: Actor) -> Case:
    """The service's one open case, made when there is none."""
    cases, now = cases_of(desk), desk.clock.now()
    await open_case_of(desk, service.name)  # one that is answered gives its place up
    wanted = f"{PREFIX}{service.name}-{now:%m%d}-{desk.clock.new_id()[-5:]}"
    held = await cases.open_for(service.name, wanted)
    opening = CaseEntry(at=now, actor=actor, fact=CaseOpened(service=service.name, why=why))
    await cases.append(held, [opening], at=0)  # also for one whose maker died before its first word
    return await read_case(desk, held)


async def look_again(desk: Desk, case_id: str) -> Case:
    """Look at everything now, and write down what was seen."""
    case = await read_case(desk, case_id)
    service = desk.library().catalog.service(case.service)
    looked = await look(desk, service)
    return await tell_case(desk, case_id, BOT, lambda known: [] if known.ending else [looked])


async def look(desk: Desk, service: Service) -> CaseLooked:
    """All signs, and what a failover would mean."""
    aws = desk.clouds.for_service(service.role, external_id=service.external_id)
    signs = await look_for_signs(service, desk.actions, aws, desk.clouds, desk.clock.now())
    impact_at, source = impact_of(signs)
    return CaseLooked(
        impact_at=impact_at, impact_source=source, signs=signs, prospect=await _prospect(desk, service, impact_at)
    )


async def dismiss(desk: Desk, hint: str, caller: Caller, reason: str) -> Case:
    """Not a disaster, says a person, and why."""
    words = redact(reason.strip())
    if not words:
        raise UserError(_("Say why this is no disaster; the reason stays on record."))
    if len(words) > MOST_REASON:
        raise UserError(_("The reason has {count} characters; {limit} fit.", count=len(words), limit=MOST_REASON))
    case = await find_case(desk, hint)
    _may_decide(desk, case, caller)
    after = await tell_case(desk, case.id, caller.actor, lambda known: [CaseDismissed(reason=words)], closes=True)
    await cases_of(desk).close(case.service, case.id)
    return after


async def remind(desk: Desk, hint: str, caller: Caller) -> Case:
    """Ask this person again in ten minutes."""
    case = await find_case(desk, hint)
    _may_decide(desk, case, caller)
    at = desk.clock.now() + REMIND_AFTER
    return await tell_case(desk, case.id, caller.actor, lambda known: [RemindAsked(at=at)], closes=True)


async def answered_by(desk: Desk, service: str, run: str, caller: Caller) -> Case | None:
    """A run was started, which answers the service's open case; None when there is none."""
    case = await open_case_of(desk, service)
    if case is None:
        return None
    after = await tell_case(desk, case.id, caller.actor, lambda known: [] if known.ending else [CaseAnswered(run=run)])
    await cases_of(desk).close(service, case.id)
    return after


async def open_case_of(desk: Desk, service: str) -> Case | None:
    """The service's open case; None when there is none."""
    if desk.cases is None or (held := (await desk.cases.open_cases()).get(service)) is None:
        return None
    entries = await desk.cases.read(held)  # empty when its maker died before its first word
    case = Case.of(held, entries) if entries else None
    if case is not None and case.ending is not None:  # who answered it died before it was taken off the list
        await desk.cases.close(service, held)
        return None
    return case


async def find_case(desk: Desk, hint: str) -> Case:
    """The case meant by its id or its service's name. Raises NotFound with the nearest."""
    open_cases = await cases_of(desk).open_cases()
    if hint in open_cases:
        return await read_case(desk, open_cases[hint])
    if not hint and len(open_cases) == 1:
        return await read_case(desk, next(iter(open_cases.values())))
    if hint.startswith(PREFIX):
        return await read_case(desk, hint)
    raise NotFound("open case", hint, open_cases)


async def read_case(desk: Desk, case_id: str) -> Case:
    """Raises NotFound."""
    entries = await cases_of(desk).read(case_id)
    if not entries:
        raise NotFound("case", case_id, await cases_of(desk).recent())
    return Case.of(case_id, entries)


async def tell_case(desk: Desk, case_id: str, actor: Actor, say: Entries, *, closes: bool = False) -> Case:
    """Append what `say` makes of the case as it is. With `closes`, a case that is answered refuses."""
    for _attempt in range(_ATTEMPTS):
        case = await read_case(desk, case_id)
        if closes and case.ending is not None:
            raise Refused(_("This case is answered already; see its card."), reason="case-closed")
        entries = [CaseEntry(at=desk.clock.now(), actor=actor, fact=fact) for fact in say(case)]
        if not entries:
            return case
        if await cases_of(desk).append(case_id, entries, at=len(case.entries)):
            return Case.of(case_id, [*case.entries, *entries])
    raise UserError(_("The case is moving too fast to write to it; try again."))


def cases_of(desk: Desk) -> Cases:
    """Raises Unavailable where no cases are kept."""
    if desk.cases is None:
        raise Unavailable(_("No cases are kept here."))
    return desk.cases


def _may_decide(desk: Desk, case: Case, caller: Caller) -> None:
    """Of a service that has left the catalogue, whoever may decide for any other one."""
    catalog = desk.library().catalog
    must_be_allowed(caller.person, "assess", Situation(catalog, catalog.services.get(case.service)))


async def _prospect(desk: Desk, service: Service, impact_at: datetime | None) -> Prospect:
    """A failover as it would be planned now; whatever stands in the way is said, not raised."""
    try:
        async with asyncio.timeout(FORECAST_PATIENCE):
            plan = await _planned(desk, service, impact_at)
    except UserError as mistake:
        return Prospect(unknown=mistake.english)
    except TimeoutError:
        return Prospect(unknown=told("no plan within {seconds} s", seconds=f"{FORECAST_PATIENCE:g}"))
    return Prospect(
        remaining=plan.forecast.remaining,
        loss=plan.data_loss.span,
        loss_evidence=plan.data_loss.evidence,
        breaks=tuple(_breaks(plan)),
        blocked=plan.blocking,
    )


async def _planned(desk: Desk, service: Service, impact_at: datetime | None) -> Plan:
    library, now = desk.library(), desk.clock.now()
    loaded = library.for_service(service, "failover")
    given: dict[str, JsonValue] = {}
    if impact_at is not None and loaded.runbook.impact_input:
        given[loaded.runbook.impact_input] = impact_at.isoformat()
    request = Request(
        run=f"{service.name}-forecast", mode=Mode.DRY_RUN, requester=_PLANNER,
        inputs=read_inputs(loaded.runbook, sample_inputs(loaded.runbook, given, now), now=now), now=now, expires_at=now,
    )  # fmt: skip
    draft = compile_plan(loaded, service, request, library, desk.actions.specs)
    aws = desk.clouds.for_service(service.role, external_id=service.external_id)
    return await look_at_all(draft, desk.actions, aws, desk.clouds)


def _breaks(plan: Plan) -> Iterator[str]:
    """What a failover would make hard to take back; a message leaves nothing behind, so it is not told here."""
    for step in plan.steps:
        if step.point_of_no_return or step.risk is Risk.DATA_LOSS or (step.no_way_back is not None and step.owes):
            named = step.title or step.id
            yield together((named, step.no_way_back), ": ") if step.no_way_back else named
