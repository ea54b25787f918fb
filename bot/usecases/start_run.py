"""Turn a plan into a run."""

from __future__ import annotations

from bot.model.errors import JournalConflict, Refused
from bot.model.events import Draft, EvidenceSeen, Fact, RunCreated
from bot.model.plan import Mode, Plan
from bot.model.run import Run
from bot.ports.journal import Head
from bot.usecases.desk import Caller, Desk

_EMPTY = Head(seq=0, hash="", epoch=0)


async def start_run(desk: Desk, plan: Plan, caller: Caller) -> Run:
    """Create the run's journal and hand it to a worker. Starting the same plan twice answers with the same run.

    Refused when the plan is blocked or too old, when somebody else made it, or when the service has an active run.
    """
    if caller.person.id != plan.requester.id:
        raise Refused(f"{plan.requester.name} made this plan; plan again to start it yourself.", reason="not-requester")
    if await desk.journals.head(plan.run) is not None:
        return await desk.run(plan.run)
    _must_be_startable(plan, desk)
    await desk.journals.pin_runbook(plan.runbook.name, plan.runbook.version, plan.runbook.digest, _text(desk, plan))
    if plan.mode is Mode.LIVE:
        holder = await desk.journals.claim_service(plan.service.name, plan.run)
        if holder is not None:
            raise Refused(
                f"{plan.service.name} already has an active run: {holder}. Finish or abort it first.",
                reason="service-busy",
            )
    drafts = [
        Draft(id=f"{plan.run}:{number}", at=desk.clock.now(), actor=caller.actor, fact=fact)
        for number, fact in enumerate(_first_facts(plan))
    ]
    try:
        await desk.journals.append(plan.run, drafts, at=_EMPTY, epoch=None, durable=True)
    except JournalConflict:
        return await desk.run(plan.run)
    await desk.dispatcher.ensure(plan.run)
    return await desk.run(plan.run)


def _first_facts(plan: Plan) -> list[Fact]:
    facts: list[Fact] = [RunCreated(plan=plan)]
    if plan.impact_started_at is not None and plan.impact_evidence.startswith("alarm"):
        facts.append(
            EvidenceSeen(what="customer impact began", happened_at=plan.impact_started_at, source=plan.impact_evidence)
        )
    return facts


def _must_be_startable(plan: Plan, desk: Desk) -> None:
    if desk.clock.now() >= plan.expires_at:
        raise Refused("This plan is too old: what it saw may have changed. Plan again.", reason="plan-expired")
    if plan.blocking and plan.mode is Mode.LIVE:
        raise Refused(f"Blocked: {'; '.join(plan.blocking)}", reason="plan-blocked")


def _text(desk: Desk, plan: Plan) -> str:
    return desk.library().find(plan.runbook.name).text
