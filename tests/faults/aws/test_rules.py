"""Edited texts, busy services, freezes and the deny list: what is refused, in which words, and what goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.model.errors import Refused, UserError
from bot.model.events import NoteAdded, RunFinished
from bot.model.people import BOT
from bot.model.plan import Mode
from bot.model.records import Draft
from bot.model.run import Run
from bot.usecases.desk import tip
from bot.usecases.notice_edits import notice_edits
from bot.usecases.plan_run import Asked, plan_run
from bot.usecases.start_run import start_run
from tests.faults.aws.desk import Room

pytestmark = pytest.mark.asyncio
VERSION = ("version: 2", "version: 3")
FREEZE = """
freezes:
  - {{ from: 2026-03-01T00:00:00Z, to: 2026-04-01T00:00:00Z, why: the spring sale{more} }}
"""
DENY = """
deny:
  - {{ action: "{action}", why: data is lost for good{more} }}
"""
CALLED = """\
schema: dr/v1
runbook: orders-api.shops
version: 2
title: Tell the shops
owners: ["@orders-sre"]
strategy: warm
kind: failover
when: The shops have to be told.
steps:
  phone: { manual: { assignee: ops, do: [Call the shops] } }
"""
CALL = """
  shops: { needs: [announce], call: { runbook: orders-api.shops } }

on_abort:
"""


@pytest.fixture
def calling(room: Room) -> Room:
    """The failover calls another runbook at its end."""
    (room.folder / "orders-api" / "shops.yaml").write_text(CALLED)
    room.edit("orders-api/failover.yaml", VERSION, ("\non_abort:\n", CALL))
    return room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path / "runbooks")


async def notes(room: Room, run: str) -> list[str]:
    records = await room.desk.journals.read(run)
    return [record.fact.text for record in records if isinstance(record.fact, NoteAdded)]


async def test_row_53_a_runbook_edited_mid_run_is_told_and_changes_nothing(room: Room) -> None:
    """The run stays on the text that was approved; the timeline says once that a newer one exists."""
    run = await start_run(room.desk, room.plan(), room.carol)
    await notice_edits(room.desk)
    room.edit("orders-api/failover.yaml", VERSION, ("Scale the workers", "Scale the other workers"))

    for _ in range(3):
        await notice_edits(room.desk)

    told = await notes(room, run.id)
    now = await room.desk.run(run.id)
    assert len(told) == 1
    assert told[0].startswith("orders-api.failover is version 3")
    assert "stays on version 2" in told[0]
    assert now.plan == run.plan
    assert now.plan.step("scale_workers").title == "Scale the workers"


async def test_row_54_a_plan_of_an_older_text_is_refused(room: Room) -> None:
    """What was looked at is not what would run; the way on is to plan again."""
    plan = room.plan()
    room.edit("orders-api/failover.yaml", VERSION)

    with pytest.raises(Refused, match=r"is version 3 since this plan was made\. Plan again") as refused:
        await start_run(room.desk, plan, room.carol)

    assert refused.value.reason == "plan-changed"
    assert await room.desk.journals.head(plan.run) is None


async def test_row_53_a_called_runbook_edited_mid_run_is_told_too(calling: Room) -> None:
    """Its steps are the run's steps."""
    run = await start_run(calling.desk, calling.plan(), calling.carol)
    calling.edit("orders-api/shops.yaml", VERSION)

    await notice_edits(calling.desk)

    assert [text.partition(" (")[0] for text in await notes(calling, run.id)] == ["orders-api.shops is version 3"]


async def test_row_54_a_plan_of_an_older_text_of_a_called_runbook_is_refused(calling: Room) -> None:
    """Whatever lies between the plan and its start, it is what was looked at that runs."""
    plan = calling.plan()
    calling.edit("orders-api/shops.yaml", VERSION)

    with pytest.raises(Refused, match=r"orders-api\.shops is version 3 since this plan was made\. Plan again"):
        await start_run(calling.desk, plan, calling.carol)


async def test_a_called_runbook_keeps_the_content_of_its_version(calling: Room) -> None:
    """It was registered when a run first executed it; the plan says so, and the start refuses."""
    first = await start_run(calling.desk, calling.plan(), calling.carol)
    end = Draft(id="end", at=calling.clock.now(), actor=BOT, fact=RunFinished(outcome="completed"))
    await calling.desk.journals.append(first.id, [end], at=tip(first), epoch=None)
    calling.edit("orders-api/shops.yaml", ("Call the shops", "Write to the shops"))

    given = {"impact_started_at": "-1m"}
    plan = await plan_run(calling.desk, Asked("orders-api", inputs=dict(given)), calling.carol)

    assert any("orders-api.shops version 2 was registered with other content" in text for text in plan.blocking)
    with pytest.raises(UserError, match="registered with other content"):
        await start_run(calling.desk, plan.model_copy(update={"findings": ()}), calling.carol)


async def test_row_54_a_plan_of_an_older_catalogue_is_refused(room: Room) -> None:
    """Targets, role and approvers come from the service's entry; a changed entry voids the plan."""
    plan = room.plan()
    room.edit("catalog.yaml", ("cluster: orders\n", "cluster: other\n"))

    with pytest.raises(Refused, match="entry of orders-api changed since"):
        await start_run(room.desk, plan, room.carol)


async def test_row_65_a_second_run_of_a_service_is_refused_with_the_first_ones_name(room: Room) -> None:
    """One active run per service; it is free again once that run is over."""
    first = await start_run(room.desk, room.plan("orders-api-1"), room.carol)

    with pytest.raises(Refused, match=r"active run: the failover orders-api-1\. Finish or abort it") as refused:
        await start_run(room.desk, room.plan("orders-api-2"), room.carol)
    await _end(room, first)
    again = await start_run(room.desk, room.plan("orders-api-3"), room.carol)

    assert (refused.value.reason, again.id) == ("service-busy", "orders-api-3")


async def test_row_65_a_failback_during_a_failover_is_refused(room: Room) -> None:
    """The sentence names the run that is in the way and what was asked for."""
    await start_run(room.desk, room.plan("orders-api-1"), room.carol)
    back = room.plan("orders-api-2").model_copy(update={"kind": "failback"})

    with pytest.raises(Refused, match=r"the failover orders-api-1.*before you start a failback"):
        await start_run(room.desk, back, room.carol)


@pytest.mark.parametrize(
    ("more", "blocked"),
    [
        ("", False),
        (", kinds: [failover, failback]", True),
        (", kinds: [failover], services: [payments]", False),
        (", kinds: [failover], services: [orders-api]", True),
    ],
)
async def test_row_66_a_change_freeze_refuses_what_it_names(room: Room, more: str, blocked: bool) -> None:
    """By default planned changes; an emergency passes unless the freeze names it."""
    room.edit("catalog.yaml", ("\nservices:\n", f"{FREEZE.format(more=more)}\nservices:\n"))
    plan = room.plan()

    assert (
        any("A change freeze is on until 2026-04-01 00:00 UTC: the spring sale" in b for b in plan.blocking) == blocked
    )


async def test_row_66_a_freeze_that_came_after_the_plan_refuses_the_start(room: Room) -> None:
    """The rules are asked again at the start, even when they are only an hour old."""
    plan = room.plan()
    room.edit("catalog.yaml", ("\nservices:\n", f"{FREEZE.format(more=', kinds: [failover]')}\nservices:\n"))

    with pytest.raises(Refused, match="spring sale") as refused:
        await start_run(room.desk, plan, room.carol)

    assert refused.value.reason == "freeze"


async def test_row_66_a_freeze_ends_by_itself(room: Room) -> None:
    """After its last minute nobody has to lift it."""
    room.edit("catalog.yaml", ("\nservices:\n", f"{FREEZE.format(more=', kinds: [failover]')}\nservices:\n"))
    room.clock.wind(days=20)

    assert room.plan().blocking == ()


@pytest.mark.parametrize(
    ("action", "more", "blocked"),
    [
        ("aurora.failover_global_cluster", "", True),
        ("aurora.*", ", regions: [us-west-2]", True),
        ("aurora.*", ", regions: [eu-west-1]", False),
        ("*", ", services: [payments]", False),
        ("rds.delete_*", "", False),
    ],
)
async def test_row_66_the_deny_list_blocks_whoever_asks(room: Room, action: str, more: str, blocked: bool) -> None:
    """The plan names the step, the action and the reason."""
    room.edit("catalog.yaml", ("\nservices:\n", f"{DENY.format(action=action, more=more)}\nservices:\n"))

    told = room.plan().blocking

    assert bool(told) == blocked
    assert not blocked or "promote_db: aurora.failover_global_cluster in us-west-2 is on the deny list" in told[0]


async def test_row_66_nothing_lifts_the_deny_list(room: Room) -> None:
    """A plan with its findings taken out is refused at the start all the same; a dry run may still be looked at."""
    plan = room.plan()
    rehearsal = room.plan("orders-api-2", mode=Mode.DRY_RUN)
    room.edit("catalog.yaml", ("\nservices:\n", f"{DENY.format(action='aurora.*', more='')}\nservices:\n"))

    with pytest.raises(Refused, match="deny list") as refused:
        await start_run(room.desk, plan, room.carol)

    assert refused.value.reason == "denied"
    assert (await start_run(room.desk, rehearsal, room.carol)).id == "orders-api-2"


async def test_a_plan_may_be_started_within_its_quarter_of_an_hour(room: Room) -> None:
    """Nothing changed: it starts, once, however often it is asked for."""
    plan = room.plan()
    room.clock.wind(minutes=14)

    first = await start_run(room.desk, plan, room.carol)
    again = await start_run(room.desk, plan, room.carol)

    assert first.plan.hash == again.plan.hash == plan.hash
    assert room.clock.now() - plan.created_at < timedelta(minutes=15)


async def _end(room: Room, run: Run) -> None:
    over = Draft(id=f"{run.id}-over", at=room.clock.now(), actor=BOT, fact=RunFinished(outcome="aborted"))
    await room.desk.journals.append(run.id, [over], at=tip(await room.desk.run(run.id)), epoch=None)
