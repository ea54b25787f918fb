"""What runs owe: the changes of one run and what became of them, or all that a service owes now. Changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.model.debt import Debt
from bot.model.run import Run
from bot.timeline.debts import debts_of, standing
from bot.usecases.desk import Desk

MOST_RUNS = 1000
"""How far back a debt is looked for: among the newest runs of all services, as many as are listed at all."""


@dataclass(frozen=True)
class Owed:
    """Debts, and which of them nobody has paid."""

    of: str
    """The run or the service that was asked about."""
    debts: tuple[Debt, ...]
    open: tuple[Debt, ...]


async def owed(desk: Desk, hint: str = "") -> Owed:
    """Of a service all that is open; of a run (an id, or nothing when only one is open) every change it made."""
    if hint in desk.library().catalog.services:
        open_ = await service_debts(desk, hint)
        return Owed(hint, open_, open_)
    run = await desk.find_run(hint)
    open_ = await service_debts(desk, run.plan.service.name)
    return Owed(run.id, debts_of(run), tuple(debt for debt in open_ if debt.run == run.id))


async def service_debts(desk: Desk, service: str) -> tuple[Debt, ...]:
    """What all runs of the service together have left standing, oldest first."""
    return standing(sorted(await _runs(desk, service), key=lambda run: run.created_at))


async def _runs(desk: Desk, service: str) -> list[Run]:
    known = [*await desk.journals.open_runs(), *await desk.journals.recent_runs(MOST_RUNS)]
    journals = await asyncio.gather(*(desk.journals.read(run) for run in dict.fromkeys(desk.ids_of(service, known))))
    runs = [Run.of(records) for records in journals if records]
    return [run for run in runs if run.plan.service.name == service]
