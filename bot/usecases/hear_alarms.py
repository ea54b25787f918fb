"""An alarm came by itself: it proposes, it never acts.

Promises: an alarm that a service names opens its case, or becomes evidence of the run that is open already; the same
transition counts once, whatever replica hears it and however often. Refuses to know queues.
"""

from __future__ import annotations

import structlog

from bot.language import told
from bot.model.case import AlarmHeard, Case
from bot.model.errors import JournalConflict
from bot.model.plan import Mode
from bot.model.records import Draft
from bot.model.run import Run
from bot.model.service import Catalog, Service
from bot.ports.alarms import AlarmNews
from bot.usecases.assess import look_again, open_case, open_case_of, tell_case
from bot.usecases.desk import Desk, tip
from bot.usecases.testimony import ALARM, of_alarm

log = structlog.get_logger()

_ATTEMPTS = 20


async def hear(desk: Desk, news: AlarmNews) -> tuple[str, ...]:
    """The cases and runs that heard of it; empty for an alarm that no service names, or that is old news."""
    heard: list[str] = []
    for service in concerned(desk.library().catalog, news):
        run = await _open_run(desk, service)
        if run is not None:
            await _testify(desk, run.id, news)
            heard.append(run.id)
        elif (case := await _in_case(desk, service, news)) is not None:
            heard.append(case.id)
    if not heard:
        log.info("alarm-concerns-nobody", alarm=news.alarm, region=news.region, state=news.state)
    return tuple(heard)


def concerned(catalog: Catalog, news: AlarmNews) -> tuple[Service, ...]:
    """Services that name this alarm; one that tells its account hears of no alarm in another."""
    return tuple(
        service
        for service in catalog.services.values()
        if any((each.alarm, each.region) == (news.alarm, news.region) for each in service.alarms)
        and not (news.account and service.account and news.account != service.account)
    )


async def _in_case(desk: Desk, service: Service, news: AlarmNews) -> Case | None:
    """An alarm that goes on opens a case; any other transition is told to one that is open."""
    if desk.cases is None:
        return None
    if await open_case_of(desk, service.name) is None and (news.state != "ALARM" or await _is_old(desk, news)):
        return None
    why = told("alarm {alarm} ({region})", alarm=news.alarm, region=news.region)
    case = await open_case(desk, service, why, ALARM)
    if news.delivery in case.deliveries:
        return case if case.looked is not None else await look_again(desk, case.id)
    fact = AlarmHeard(
        alarm=news.alarm, region=news.region, state=news.state, happened_at=news.at, delivery=news.delivery
    )
    await tell_case(desk, case.id, ALARM, lambda known: [] if news.delivery in known.deliveries else [fact])
    return await look_again(desk, case.id)


async def _is_old(desk: Desk, news: AlarmNews) -> bool:
    """Whether a case that was answered since has heard of this very transition."""
    assert desk.cases is not None  # asked by those who have them
    for case_id in await desk.cases.recent():
        entries = await desk.cases.read(case_id)
        if any(isinstance(entry.fact, AlarmHeard) and entry.fact.delivery == news.delivery for entry in entries):
            return True
    return False


async def _open_run(desk: Desk, service: Service) -> Run | None:
    """The run that already answers the alarm; a rehearsal answers none."""
    for run in await desk.runs(desk.ids_of(service.name, await desk.journals.open_runs())):
        if run.plan.service.name == service.name and run.plan.mode is Mode.LIVE and not run.status.is_over:
            return run
    return None


async def _testify(desk: Desk, run_id: str, news: AlarmNews) -> None:
    """Its id names the transition, so that a repeat is answered by the journal as the first one was."""
    fact = of_alarm(news.alarm, news.region, news.state, news.at)
    for _attempt in range(_ATTEMPTS):
        run = await desk.run(run_id)
        draft = Draft(id=f"{run_id}:{news.delivery}", at=desk.clock.now(), actor=ALARM, fact=fact)
        try:
            await desk.journals.append(run_id, [draft], at=tip(run), epoch=None)
        except JournalConflict:
            continue
        return
    log.warning("alarm-not-told", run=run_id, alarm=news.alarm)
