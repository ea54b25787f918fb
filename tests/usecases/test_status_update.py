"""Those outside are told in a person's words, once, and somebody is reminded when the next word is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.model.errors import Refused, UserError
from bot.model.events import RunFinished
from bot.model.people import Person
from bot.model.plan import Mode
from bot.model.run import Run
from bot.model.service import Notify
from bot.usecases.look import view_run
from bot.usecases.status_update import LIMIT, Update, draft, due_at, notify_of, post_status, snooze
from tests.builders import ANA, IMPACT, NOW, a_failover_plan, a_service
from tests.usecases.desks import Office, a_catalog, caller

EVERY = timedelta(minutes=15)
NOTIFY = Notify(status_every=EVERY, to=("#status", "#support"))
CATALOG = a_catalog(services={"orders-api": a_service(notify=NOTIFY)})
WORD = Update("Orders fail in us-east-1.", "We promote the standby.", NOW + EVERY, ("#status",))


async def an_office(**plan: Any) -> Office:
    """A run of a service whose stakeholders hear from us every quarter of an hour."""
    return await Office.open(a_failover_plan(**plan), CATALOG)


def due(run: Run) -> datetime | None:
    return due_at(run, CATALOG)


async def test_a_word_is_due_a_while_after_the_start_and_after_each_word() -> None:
    """The clock of those outside begins with the run, and anew with each update."""
    office = await an_office()
    first = due(await office.desk.run(office.plan.run))
    office.clock.wind(EVERY)

    run = await post_status(office.desk, office.plan.run, caller(ANA), Update("x", "y", None, ("#status",)))

    assert first == NOW + EVERY
    assert due(run) == NOW + EVERY + EVERY


async def test_what_was_promised_counts_more_than_the_habit() -> None:
    """Who says "at four" is reminded at four."""
    office = await an_office()
    promised = Update("x", "y", NOW + timedelta(hours=1), ("#status",))

    run = await post_status(office.desk, office.plan.run, caller(ANA), promised)

    assert due(run) == NOW + timedelta(hours=1)


async def test_a_snoozed_reminder_comes_back_and_a_stopped_one_does_not() -> None:
    """Ten minutes of peace, or peace for good."""
    office = await an_office()
    office.clock.wind(EVERY)

    rested = await snooze(office.desk, office.plan.run, caller(ANA))
    stopped = await snooze(office.desk, office.plan.run, caller(ANA), None)
    told = await post_status(office.desk, office.plan.run, caller(ANA), Update("x", "y", None, ("#status",)))

    assert due(rested) == NOW + EVERY + timedelta(minutes=10)
    assert due(stopped) is None
    assert due(told) == NOW + EVERY + EVERY, "a new update is a new promise"


@pytest.mark.parametrize(
    ("plan", "finished"),
    [({"mode": Mode.DRY_RUN}, False), ({}, True), ({"service": a_service(name="payments")}, False)],
    ids=["dry run", "over", "nobody waits"],
)
async def test_nobody_is_reminded_where_nobody_waits(plan: dict[str, Any], finished: bool) -> None:
    """Rehearsals, finished runs, services without stakeholders."""
    office = await an_office(**plan)
    run = await office.desk.run(office.plan.run)
    if finished:
        run = await office.tell(RunFinished(outcome="completed"))

    assert due(run) is None


def test_the_runbooks_word_comes_before_the_services() -> None:
    """And a service without any tells its own channel."""

    def told(plan: Notify | None, service: Notify | None) -> Notify:
        made = a_failover_plan(notify=plan)
        run = Run(made, {}, 1, "", 0, NOW)
        return notify_of(run, a_catalog(services={"orders-api": a_service(notify=service)}))

    assert told(Notify(to=("#a",)), NOTIFY) == Notify(status_every=EVERY, to=("#a",))
    assert told(None, NOTIFY) == NOTIFY
    assert told(None, None) == Notify(to=("C0ORDERS",))


async def test_the_draft_says_what_is_known() -> None:
    """What happened, where we are, whom we wait for, when the next word comes."""
    office = await an_office()
    view = await view_run(office.desk, office.plan.run)

    made = draft(view, CATALOG)

    assert "us-east-1: elevated 5xx on every AZ" in made.what
    assert "0 of 14 steps" in made.text
    assert f"{IMPACT + timedelta(minutes=30):%H:%M} UTC" in made.text
    assert (made.next_at, made.channels) == (NOW + EVERY, ("#status", "#support"))


async def test_the_second_draft_keeps_what_happened() -> None:
    """People need not say twice what has not changed."""
    office = await an_office()
    await post_status(office.desk, office.plan.run, caller(ANA), WORD)

    made = draft(await view_run(office.desk, office.plan.run), CATALOG)

    assert made.what == WORD.what
    assert made.text != WORD.text


@pytest.mark.parametrize(
    "update",
    [
        Update(" ", "y", None, ("#status",)),
        Update("x", "", None, ("#status",)),
        Update("x" * (LIMIT + 1), "y", None, ("#status",)),
        Update("x", "y", NOW - timedelta(minutes=1), ("#status",)),
    ],
)
async def test_an_update_that_says_nothing_is_not_posted(update: Update) -> None:
    """Empty words, endless words, a promise for yesterday."""
    office = await an_office()

    with pytest.raises(UserError):
        await post_status(office.desk, office.plan.run, caller(ANA), update)

    assert [record.fact.kind for record in await office.records()] == ["run_created"]


async def test_a_passer_by_tells_nobody() -> None:
    """Who may not steer a run does not speak for it, and their attempt is on record."""
    office = await an_office()
    stranger = caller(Person(id="eve", name="Eve", groups=("@marketing",)))

    with pytest.raises(Refused):
        await post_status(office.desk, office.plan.run, stranger, WORD)
    with pytest.raises(Refused):
        await snooze(office.desk, office.plan.run, stranger)

    assert [record.fact.kind for record in await office.records()] == ["run_created", *["action_refused"] * 2]


@pytest.mark.parametrize(("title", "named"), [("Orders", "Orders"), ("", "orders-api")])
async def test_a_service_is_told_by_its_title_where_it_has_one(title: str, named: str) -> None:
    """Those outside know its name from the page, not from the catalogue."""
    office = await an_office(service=a_service(title=title))

    assert draft(await view_run(office.desk, office.plan.run), CATALOG).what.startswith(f"{named}: ")
