"""What runs owe: the changes of one run and what became of them, or all that a service owes now. Changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.model.debt import Debt
from bot.model.errors import Unavailable
from bot.model.run import Run
from bot.timeline.debts import debts_of, standing
from bot.usecases.desk import Desk

MOST_RUNS = 1000
"""How far back a debt is looked for: among the newest runs of all services, as many as are listed at all."""


@dataclass(frozen=True)
class Owed:
    """Debts, and which of them nobody has paid."""

    of: str
    """The run or the service that was asked about; empty for all services."""
    debts: tuple[Debt, ...]
    open: tuple[Debt, ...]


async def owed(desk: Desk, hint: str = "") -> Owed:
    """Of a service all that is open, or of all services; of a run every change it made.

    Nothing said means the open run, and all services where that is none, or several.
    """
    services = desk.library().catalog.services
    if not hint and len(await desk.journals.open_runs()) != 1:
        each = await asyncio.gather(*(service_debts(desk, name) for name in services))
        open_ = tuple(sorted((debt for debts in each for debt in debts), key=lambda debt: debt.since))
        return Owed("", open_, open_)
    if hint in services:
        open_ = await service_debts(desk, hint)
        return Owed(hint, open_, open_)
    run = await desk.find_run(hint)
    open_ = await service_debts(desk, run.plan.service.name)
    return Owed(run.id, debts_of(run), tuple(debt for debt in open_ if debt.run == run.id))


@dataclass(frozen=True)
class Ledger:
    """What a service owes, as far as its journals can be read."""

    open: tuple[Debt, ...]
    """Oldest first."""
    unread: tuple[str, ...]
    """Runs that are listed and cannot be read now: what they changed is not told."""
    why: Unavailable | None = None
    """Of one of those, where the store said so."""


async def service_debts(desk: Desk, service: str) -> tuple[Debt, ...]:
    """What all runs of the service together have left standing, oldest first. Raises Unavailable for a lost journal."""
    ledger = await service_ledger(desk, service)
    if ledger.why is not None:
        raise ledger.why
    return ledger.open


async def service_ledger(desk: Desk, service: str) -> Ledger:
    """The same of every journal that can be read, and which cannot: for those who must go on without."""
    known = [*await desk.journals.open_runs(), *await desk.journals.recent_runs(MOST_RUNS)]
    ids = list(dict.fromkeys(desk.ids_of(service, known)))
    runs, unread, why = list[Run](), list[str](), None
    answers = await asyncio.gather(*(desk.journals.read(run) for run in ids), return_exceptions=True)
    for run_id, answer in zip(ids, answers, strict=True):
        match answer:
            case Unavailable():
                why = answer
                unread.append(run_id)
            case BaseException():
                raise answer
            case _ if answer:
                runs.append(Run.of(answer))
            case _:
                unread.append(run_id)
    own = (run for run in runs if run.plan.service.name == service)
    return Ledger(standing(sorted(own, key=lambda run: run.created_at)), tuple(unread), why)
