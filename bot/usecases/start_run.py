"""Turn a plan into a run."""

from __future__ import annotations

import contextlib

from bot.approval.house_rules import forbidden
from bot.model.errors import JournalConflict, Refused
from bot.model.events import Draft, EvidenceSeen, Fact, RunCreated
from bot.model.people import Actor
from bot.model.plan import Mode, Plan
from bot.model.run import Run
from bot.model.runbook import LoadedRunbook
from bot.ports.journal import Head
from bot.usecases.desk import Caller, Desk

_EMPTY = Head(seq=0, hash="", epoch=0)


async def start_run(desk: Desk, plan: Plan, caller: Caller) -> Run:
    """Create the run's journal and hand it to a worker. Starting the same plan twice answers with the same run.

    Refused when the plan is blocked or too old, when its runbook or service changed since, when a rule of the house
    forbids it, when somebody else made it, or when the service has an active run.
    """
    if caller.person.id != plan.requester.id:
        raise Refused(f"{plan.requester.name} made this plan; plan again to start it yourself.", reason="not-requester")
    if await desk.journals.head(plan.run) is not None:
        run = await desk.run(plan.run)
        # The first answer was lost, and perhaps more with it: the lists, the bell. A repeat puts them right.
        return run if run.status.is_over else await _create(desk, plan, caller)
    loaded = _must_be_startable(plan, desk)
    await desk.journals.pin_runbook(plan.runbook.name, plan.runbook.version, plan.runbook.digest, loaded.text)
    if plan.mode is Mode.LIVE:
        holder = await desk.journals.claim_service(plan.service.name, plan.run)
        if holder is not None:
            raise Refused(await _busy(desk, plan, holder), reason="service-busy")
    return await _create(desk, plan, caller)


async def _create(desk: Desk, plan: Plan, caller: Caller) -> Run:
    """Write the run's first facts under ids of their own, so that a repeat writes nothing, and ring the bell."""
    drafts = [
        Draft(id=f"{plan.run}:{number}", at=desk.clock.now(), actor=_teller(fact, caller), fact=fact)
        for number, fact in enumerate(_first_facts(plan))
    ]
    with contextlib.suppress(JournalConflict):  # somebody was faster with the very same plan
        await desk.journals.append(plan.run, drafts, at=_EMPTY, epoch=None, durable=True)
    await desk.dispatcher.ensure(plan.run)
    return await desk.run(plan.run)


def _first_facts(plan: Plan) -> list[Fact]:
    facts: list[Fact] = [RunCreated(plan=plan)]
    if plan.impact_started_at is not None and plan.impact_evidence.startswith("alarm"):
        facts.append(
            EvidenceSeen(what="customer impact began", happened_at=plan.impact_started_at, source=plan.impact_evidence)
        )
    return facts


def _teller(fact: Fact, caller: Caller) -> Actor:
    """An alarm's evidence is the alarm's word, not the requester's."""
    return Actor(name="alarm", via="alarm") if isinstance(fact, EvidenceSeen) else caller.actor


def _must_be_startable(plan: Plan, desk: Desk) -> LoadedRunbook:
    """The runbook as it was planned."""
    if desk.clock.now() >= plan.expires_at:
        raise Refused("This plan is too old: what it saw may have changed. Plan again.", reason="plan-expired")
    if plan.blocking and plan.mode is Mode.LIVE:
        raise Refused(f"Blocked: {'; '.join(plan.blocking)}", reason="plan-blocked")
    library = desk.library()
    if plan.mode is Mode.LIVE:
        for rule in forbidden(plan, library.catalog, desk.clock.now()):
            raise Refused(rule.text, reason=rule.reason)
    loaded = library.find(plan.runbook.name)
    if loaded.ref.digest != plan.runbook.digest:
        now = f"version {loaded.ref.version}" if loaded.ref.version != plan.runbook.version else "another text"
        raise Refused(f"{plan.runbook.name} is {now} since this plan was made. Plan again.", reason="plan-changed")
    if library.catalog.service(plan.service.name) != plan.service:
        raise Refused(
            f"The catalogue's entry of {plan.service.name} changed since this plan was made. Plan again.",
            reason="plan-changed",
        )
    return loaded


async def _busy(desk: Desk, plan: Plan, holder: str) -> str:
    """Which run is in the way; a failback never begins while the failover is still running."""
    records = await desk.journals.read(holder)
    if not records:
        return f"{plan.service.name} is being started by somebody else at this moment ({holder}). Look again in 30 s."
    busy = f"{plan.service.name} already has an active run: the {Run.of(records).plan.kind} {holder}."
    return f"{busy} Finish or abort it before you start a {plan.kind}."
