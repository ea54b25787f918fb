"""What runs owe: the changes of one run and what became of them, or all that a service owes now. Changes nothing."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model.debt import Debt
from bot.model.errors import Unavailable
from bot.model.records import Record
from bot.model.run import Run
from bot.timeline.debts import debts_of, standing
from bot.timeline.unfenced import Unfenced, still_unfenced
from bot.usecases.desk import Desk

Story = tuple[Run, Sequence[Record]]
MOST_RUNS = 1000
"""How far back a debt is looked for: among the newest runs of all services, as many as are listed at all."""


@dataclass(frozen=True)
class Owed:
    """Debts, and which of them nobody has paid."""

    of: str
    """The run or the service that was asked about; empty for all services."""
    debts: tuple[Debt, ...]
    open: tuple[Debt, ...]
    unfenced: tuple[Unfenced, ...] = ()
    """What those runs left behind, and may still take writes."""


async def owed(desk: Desk, hint: str = "") -> Owed:
    """Of a service all that is open, or of all services; of a run every change it made.

    Nothing said means the open run, and all services where that is none, or several. A service that left the catalogue
    still owes what its runs left standing. Raises Unavailable for a lost journal.
    """
    if not hint and len(await desk.journals.open_runs()) != 1:
        everything = _whole(await _ledger(desk, await _known(desk)))
        return Owed("", everything.open, everything.open, everything.unfenced)
    if hint in desk.library().catalog.services:
        return await _of_service(desk, hint)
    run = await desk.find_run(hint)
    if hint and hint != run.id:
        return await _of_service(desk, run.plan.service.name)
    own = _whole(await service_ledger(desk, run.plan.service.name))
    open_ = tuple(debt for debt in own.open if debt.run == run.id)
    return Owed(run.id, debts_of(run), open_, tuple(each for each in own.unfenced if each.run == run.id))


async def _of_service(desk: Desk, service: str) -> Owed:
    own = _whole(await service_ledger(desk, service))
    return Owed(service, own.open, own.open, own.unfenced)


@dataclass(frozen=True)
class Ledger:
    """What a service owes, as far as its journals can be read."""

    open: tuple[Debt, ...]
    """Oldest first."""
    unread: tuple[str, ...]
    """Runs that are listed and cannot be read now: what they changed is not told."""
    why: Unavailable | None = None
    """Of one of those, where the store said so."""
    unfenced: tuple[Unfenced, ...] = ()
    """What was left and may still take writes, oldest first."""


async def service_ledger(desk: Desk, service: str) -> Ledger:
    """What all runs of the service together have left standing, as far as it can be read: for those who must go on."""
    return await _ledger(desk, desk.ids_of(service, await _known(desk)), service)


def _whole(ledger: Ledger) -> Ledger:
    """Raises Unavailable for a lost journal."""
    if ledger.why is not None:
        raise ledger.why
    return ledger


async def _known(desk: Desk) -> list[str]:
    return list(dict.fromkeys([*await desk.journals.open_runs(), *await desk.journals.recent_runs(MOST_RUNS)]))


async def _ledger(desk: Desk, ids: Sequence[str], service: str = "") -> Ledger:
    """Of every journal that can be read, and which cannot; of all services unless one is named."""
    stories, unread, why = defaultdict[str, list[Story]](list), list[str](), None
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
                stories[run.plan.service.name].append((run, answer))
            case _:
                unread.append(run_id)
    own = [sorted(each, key=_begun) for name, each in stories.items() if service in ("", name)]
    open_ = (debt for each in own for debt in standing(run for run, _records in each))
    left = (side for each in own for side in still_unfenced(each))
    return Ledger(
        tuple(sorted(open_, key=lambda debt: debt.since)),
        tuple(unread),
        why,
        tuple(sorted(left, key=lambda side: side.since)),
    )


def _begun(story: Story) -> datetime:
    run, _records = story
    return run.created_at
