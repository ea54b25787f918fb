"""Readiness from the journals: each service by its own runs, however many others there are."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from bot.model.events import RunFinished
from bot.model.people import BOT
from bot.model.plan import Mode
from bot.model.records import Draft, Record
from bot.ports.journal import Head
from bot.runbook.library import Library
from bot.usecases.readiness import MOST_OF_ONE, books_of, readiness, service_readiness
from tests.builders import a_finished_failover, a_plan, a_service, a_step, records_of
from tests.usecases.desks import Office, a_catalog


class _Shelf:
    """A library with a catalogue of two services and no healthy runbook."""

    catalog = a_catalog(services={name: a_service(name) for name in ("orders-api", "payments")})
    runbooks: dict[str, object] = {}


@pytest.fixture
async def office() -> Office:
    """One open run of orders-api, which proves nothing yet."""
    office = await Office.open()
    object.__setattr__(office.desk, "library", lambda: cast(Library, _Shelf()))
    return office


async def keep(office: Office, records: tuple[Record, ...]) -> None:
    drafts = [Draft(id=each.id, at=each.at, actor=BOT, fact=each.fact) for each in records]
    await office.desk.journals.append(records[0].run, drafts, at=Head(seq=0, hash="", epoch=0), epoch=None)


async def test_each_service_is_judged_by_its_own_runs(office: Office) -> None:
    """Thirty rehearsals of one do not hide the failover of the other."""
    await keep(office, a_finished_failover(fenced=True, run="payments-0314-aaaaa", service=a_service("payments")))
    for number in range(MOST_OF_ONE + 5):
        plan = a_plan(a_step(), run=f"orders-api-0315-{number:05}", mode=Mode.DRY_RUN)
        await keep(office, records_of(RunFinished(outcome="completed"), plan=plan, every=100_000))
    office.clock.wind(timedelta(days=3))

    known = await readiness(office.desk)

    assert [*known] == ["orders-api", "payments"]
    assert (known["payments"].drilled or a_step()).id == "payments-0314-aaaaa"
    assert known["orders-api"].drilled is None
    assert known["orders-api"].rehearsed is not None
    assert len(known["orders-api"].history.tries) == MOST_OF_ONE


async def test_one_service_is_judged_by_all_that_is_remembered(office: Office) -> None:
    """Where one is asked about, no run of it is left out."""
    for number in range(MOST_OF_ONE + 5):
        plan = a_plan(a_step(), run=f"payments-0315-{number:05}", service=a_service("payments"))
        await keep(office, records_of(RunFinished(outcome="aborted"), plan=plan))

    known = await service_readiness(office.desk, "payments")

    assert len(known.history.tries) == MOST_OF_ONE + 5
    assert known.state == "failed"  # nothing healthy is written down


def test_only_healthy_runbooks_serve() -> None:
    """A broken one is as good as none."""
    assert books_of(a_service(runbooks={"failover": "broken"}), cast(Library, _Shelf())) == {}
