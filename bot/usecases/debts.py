"""What runs owe: the changes of one run and what became of them, or all that a service owes now. Changes nothing."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
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

    Nothing said means the open run, and all services where that is none, or several. A service that left the catalogue
    still owes what its runs left standing. Raises Unavailable for a lost journal.
    """
    if not hint and len(await desk.journals.open_runs()) != 1:
        open_ = _whole(await _ledger(desk, await _known(desk)))
        return Owed("", open_, open_)
    if hint in desk.library().catalog.services:
        return await _of_service(desk, hint)
    run = await desk.find_run(hint)
    if hint and hint != run.id:
        return await _of_service(desk, run.plan.service.name)
    open_ = _whole(await service_ledger(desk, run.plan.service.name))
    return Owed(run.id, debts_of(run), tuple(debt for debt in open_ if debt.run == run.id))


async def _of_service(desk: Desk, service: str) -> Owed:
    open_ = _whole(await service_ledger(desk, service))
    return Owed(service, open_, open_)


@dataclass(frozen=True)
class Ledger:
    """What a service owes, as far as its journals can be read."""

    open: tuple[Debt, ...]
    """Oldest first."""
    unread: tuple[str, ...]
    """Runs that are listed and cannot be read now: what they changed is not told."""
    why: Unavailable | None = None
    """Of one of those, where the store said so."""


async def service_ledger(desk: Desk, service: str) -> Ledger:
    """What all runs of the service together have left standing, as far as it can be read: for those who must go on."""
    return await _ledger(desk, desk.ids_of(service, await _known(desk)), service)


def _whole(ledger: Ledger) -> tuple[Debt, ...]:
    """Raises Unavailable for a lost journal."""
    if ledger.why is not None:
        raise ledger.why
    return ledger.open


async def _known(desk: Desk) -> list[str]:
    return list(dict.fromkeys([*await desk.journals.open_runs(), *await desk.journals.recent_runs(MOST_RUNS)]))


async def _ledger(desk: Desk, ids: Sequence[str], service: str = "") -> Ledger:
    """Of every journal that can be read, and which cannot; of all services unless one is named."""
    runs, unread, why = defaultdict[str, list[Run]](list), list[str](), None
    answers = await asyncio.gather(*(desk.journals.read(run) for run in ids), return_exceptions=True)
    for run_id, answer in zip(ids, answers, strict=True):
        match answer:
            case Unavailable():
                why = answer
                unread.append(run_id)
            case BaseException():
                raise answer
            case _ if answer:
                run = Run.of(answer)
                runs[run.plan.service.name].append(run)
            case _:
                unread.append(run_id)
    own = [each for name, each in runs.items() if service in ("", name)]
    open_ = (debt for each in own for debt in standing(sorted(each, key=lambda run: run.created_at)))
    return Ledger(tuple(sorted(open_, key=lambda debt: debt.since)), tuple(unread), why)
