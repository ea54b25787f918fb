"""Turn a plan into a run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bot.approval.authorize import Act, Situation, must_be_allowed
from bot.approval.house_rules import forbidden
from bot.language import _, again, later, together, told
from bot.model.case import Case
from bot.model.errors import JournalConflict, Refused
from bot.model.events import AbortAsked, EvidenceSeen, Fact, RunCreated
from bot.model.people import Actor
from bot.model.plan import Mode, Plan
from bot.model.records import Draft
from bot.model.run import Run
from bot.model.runbook import LoadedRunbook, RunbookRef
from bot.ports.journal import Head
from bot.runbook.library import Library
from bot.timeline.terms import kind_words
from bot.usecases.assess import answered_by, open_case_of
from bot.usecases.desk import Caller, Desk
from bot.usecases.pinned import pin
from bot.usecases.testimony import ALARM, testimony

_EMPTY = Head(seq=0, hash="", epoch=0)


async def start_run(desk: Desk, plan: Plan, caller: Caller) -> Run:
    """Create the run's journal and hand it to a worker. Starting the same plan twice answers with the same run.

    Refused when the plan is blocked or too old, when its runbook or service changed since, when a rule of the house
    forbids it, when somebody else made it, or when the service has an active run.
    """
    _must_be_theirs(desk, plan, caller)
    if await desk.journals.head(plan.run) is not None:
        run = await desk.run(plan.run)
        # The first answer was lost, and perhaps more with it: the lists, the bell, the case. A repeat puts them right.
        return run if run.status.is_over else await _answered(desk, await _create(desk, plan, caller), caller)
    for loaded in _must_be_startable(plan, desk):
        await pin(desk, loaded)
    if plan.mode is Mode.LIVE:
        holder = await desk.journals.claim_service(plan.service.name, plan.run)
        if holder is not None:
            raise Refused(await _busy(desk, plan, holder), reason="service-busy")
    case = await open_case_of(desk, plan.service.name) if plan.mode is Mode.LIVE else None
    return await _answered(desk, await _create(desk, plan, caller, case), caller)


async def _answered(desk: Desk, run: Run, caller: Caller) -> Run:
    """With the service's open case answered, when there is one."""
    if run.plan.mode is Mode.LIVE:
        await answered_by(desk, run.plan.service.name, run.id, caller)
    return run


def must_be_startable(desk: Desk, plan: Plan, caller: Caller) -> None:
    """Raise Refused for whatever would refuse the start now, but for another run of the service."""
    _must_be_theirs(desk, plan, caller)
    _must_be_startable(plan, desk)


def _must_be_theirs(desk: Desk, plan: Plan, caller: Caller) -> None:
    if caller.person.id != plan.requester.id:
        text = _("{who} made this plan; plan again to start it yourself.", who=plan.requester.name)
        raise Refused(text, reason="not-requester")
    act: Act = "start" if plan.mode is Mode.LIVE else "dry_run"
    must_be_allowed(caller.person, act, Situation(desk.library().catalog, plan.service))


async def _create(desk: Desk, plan: Plan, caller: Caller, case: Case | None = None) -> Run:
    """Write the run's first facts under ids of their own, so that a repeat writes nothing, and ring the bell."""
    told_by = [*_first_facts(plan, caller), *(testimony(case) if case is not None else ())]
    drafts = [
        Draft(id=f"{plan.run}:{number}", at=desk.clock.now(), actor=actor, fact=fact)
        for number, (actor, fact) in enumerate(told_by)
    ]
    with contextlib.suppress(JournalConflict):  # somebody was faster with the very same plan
        await desk.journals.append(plan.run, drafts, at=_EMPTY, epoch=None, durable=True)
    if plan.mode is Mode.LIVE:
        await _must_still_hold(desk, plan, caller)
    await desk.dispatcher.ensure(plan.run)
    return await desk.run(plan.run)


async def _must_still_hold(desk: Desk, plan: Plan, caller: Caller) -> None:
    """A start that stood still for longer than an unused claim lasts may have been overtaken; then it gives way."""
    holder = await desk.journals.claim_service(plan.service.name, plan.run)
    if holder is None:
        return
    why = await _busy(desk, plan, holder)

    def give_way(run: Run) -> list[Fact]:
        return [AbortAsked(why=why)] if run.aborting is None and not run.status.is_over else []

    await desk.tell(plan.run, caller, give_way)
    await desk.dispatcher.ensure(plan.run)
    raise Refused(why, reason="service-busy")


def _first_facts(plan: Plan, caller: Caller) -> Iterator[tuple[Actor, Fact]]:
    yield caller.actor, RunCreated(plan=plan)
    if plan.impact_started_at is not None and plan.impact_evidence.startswith("alarm"):
        yield (
            ALARM,
            EvidenceSeen(
                what=told("customer impact began"), happened_at=plan.impact_started_at, source=plan.impact_evidence
            ),
        )


def _must_be_startable(plan: Plan, desk: Desk) -> list[LoadedRunbook]:
    """The runbook, and those that it calls, as they were planned."""
    if desk.clock.now() >= plan.expires_at:
        raise Refused(_("This plan is too old: what it saw may have changed. Plan again."), reason="plan-expired")
    if plan.blocking and plan.mode is Mode.LIVE:
        raise Refused(_("Blocked: {why}", why=together(plan.blocking, " ")), reason="plan-blocked")
    library = desk.library()
    if plan.mode is Mode.LIVE:
        for rule in forbidden(plan, library.catalog, desk.clock.now()):
            raise Refused(again(rule.text), reason=rule.reason)
    books = [_as_planned(library, ref) for ref in plan.texts]
    name = plan.service.name
    if library.catalog.service(name) != plan.service:
        raise Refused(
            _("The catalogue's entry of {service} changed since this plan was made. Plan again.", service=name),
            reason="plan-changed",
        )
    return books


def _as_planned(library: Library, ref: RunbookRef) -> LoadedRunbook:
    loaded = library.find(ref.name)
    if loaded.ref.digest != ref.digest:
        text = later("{runbook} is another text since this plan was made. Plan again.")
        if loaded.ref.version != ref.version:
            text = later("{runbook} is version {version} since this plan was made. Plan again.")
        raise Refused(_(text, runbook=ref.name, version=loaded.ref.version), reason="plan-changed")
    return loaded


async def _busy(desk: Desk, plan: Plan, holder: str) -> str:
    """Which run is in the way; a failback never begins while the failover is still running."""
    records = await desk.journals.read(holder)
    if not records:
        return _(
            "{service} is being started by somebody else at this moment ({run}). Look again in 30 s.",
            service=plan.service.name, run=holder,
        )  # fmt: skip
    return _(
        "{service} already has an active run: the {active} {run}. Finish or abort it before you start a {wanted}.",
        service=plan.service.name, active=kind_words(Run.of(records).plan.kind), run=holder,
        wanted=kind_words(plan.kind),
    )  # fmt: skip
