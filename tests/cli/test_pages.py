"""What an operator reads in a terminal says the consequence, the state, and the next move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from rich.console import Console, RenderableType

from bot.cli.debts import debt_page
from bot.cli.plan_page import plan_page
from bot.cli.run_page import run_page, runs_page, timeline_page
from bot.model.action import Finding, Look, Risk
from bot.model.events import StepStarted
from bot.model.plan import DataLoss
from bot.model.run import Run
from bot.model.runbook import Clock
from bot.model.service import RunKind
from bot.timeline.build import build_timeline
from bot.timeline.debts import debts_of, payments
from bot.timeline.unfenced import still_unfenced
from bot.usecases.debts import Owed
from bot.usecases.look import RunView
from tests import builders


def printed(*parts: RenderableType, width: int = 160) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"), markup=False)  # noqa: SIM115 - closed with it
    for part in parts:
        console.print(part)
    return console.export_text()


def view_of(records: Sequence[builders.Record]) -> RunView:
    return RunView(Run.of(records), build_timeline(records, as_of=records[-1].at))


def test_a_plan_says_what_it_costs_before_what_it_does() -> None:
    """Data loss, RTO, what cannot be undone and what could not be looked at are on the page."""
    promote = builders.a_step(
        "promote_db",
        title="Promote the database",
        risk=Risk.DATA_LOSS,
        point_of_no_return=True,
        irreversible="Fail back instead.",
        look=Look(state="unknown", findings=(Finding(text="us-east-1 does not answer"),)),
    )
    plan = builders.a_plan(promote, data_loss=DataLoss(span=None, evidence="no datapoint"))

    page = printed(*plan_page(plan))

    assert page.index("UNKNOWN, against the target") < page.index("promote_db")
    assert "UNKNOWN: us-east-1 does not answer" in page
    assert "Point of no return: “Promote the database”. Fail back instead." in page


def test_a_plan_begins_with_what_is_done_at_once() -> None:
    """Memory items stand above the steps."""
    page = printed(*plan_page(builders.a_plan(memory_items=("Claim incident command in #incidents",))))

    assert page.index("At once: Claim incident command in #incidents") < page.index("scale_api")


@pytest.mark.parametrize(
    ("kind", "there"), [("failover", "us-east-1 → us-west-2"), ("failback", "us-west-2 → us-east-1")]
)
def test_a_run_says_which_way_it_goes(kind: RunKind, there: str) -> None:
    """The arrow of a failback points home, in the plan and in the run."""
    plan = builders.a_plan(kind=kind)

    planned = printed(*plan_page(plan))
    running = printed(run_page(view_of(builders.records_of(plan=plan)), builders.NOW))

    assert there in planned
    assert there in running


def test_a_deadline_on_another_day_names_the_day() -> None:
    """A week's target is not due in this minute."""
    plan = builders.a_plan(service=builders.a_service(rto=timedelta(days=7)), clock=Clock(stops="steps.scale_api"))
    view = view_of(builders.records_of(plan=plan))
    due = view.timeline.rto.deadline
    assert due is not None

    assert f"due {due.astimezone():%Y-%m-%d}" in printed(run_page(view, builders.NOW))
    assert f"due {due.astimezone():%H:%M:%S}," in printed(run_page(view, due))


def test_a_failback_says_what_it_pays_and_what_stays_open() -> None:
    """Each debt of earlier runs, with the step that pays it or the way in which somebody else has to."""
    plan = builders.a_plan(builders.a_step(), builders.a_step("add_reader", irreversible="Delete it by hand."))
    facts = [StepStarted(step=step.id, attempt=1) for step in plan.steps]
    owed = debts_of(Run.of(builders.records_of(*facts, plan=plan)))
    back = builders.a_plan(builders.a_step("rest", look=plan.steps[0].look), kind="failback")

    page = printed(*plan_page(back.model_copy(update={"pays": payments(owed, back.steps)})))

    assert "Pays Scale api of 01JPFAILOVER, with rest." in page
    assert "Stays open of 01JPFAILOVER: Look first, its outcome is UNKNOWN. Add reader: desired 4 → 24." in page
    assert "Delete it by hand." in page.replace("\n", " ")


def test_what_is_owed_says_how_it_is_paid_and_what_is_paid() -> None:
    """One line for each change; nothing owed is one sentence."""
    owed = debts_of(Run.of(builders.a_finished_failover()))

    page = printed(*debt_page(Owed("run-1", owed, owed[:1])))

    assert [line.split()[0] for line in page.splitlines() if "desired 4 → 24" in line] == ["open", *["paid"] * 3]
    assert "01JPFAILOVER" in printed(*debt_page(Owed("", owed, owed))).replace("\n", "")
    assert printed(*debt_page(Owed("orders-api", (), ()))).strip() == "orders-api owes nothing."
    assert printed(*debt_page(Owed("", (), ()))).strip() == "No service owes anything."
    story = builders.a_finished_failover()
    left = still_unfenced([(Run.of(story), story)])
    assert printed(*debt_page(Owed("orders-api", owed, owed, left))).startswith("UNFENCED: “Stop writes in the old")


def test_a_blocked_plan_says_why() -> None:
    """Every blocking finding is listed under the word BLOCKED."""
    look = Look(state="blocked", findings=(Finding(text="orders-dr is missing", blocking=True),))

    page = printed(*plan_page(builders.a_plan(builders.a_step("scale", look=look))))

    assert "BLOCKED" in page
    assert "scale: orders-dr is missing" in page


def test_a_finished_run_shows_what_was_achieved() -> None:
    """RTO and RPO stand against their targets, and nothing waits for people."""
    view = view_of(builders.a_finished_failover())

    page = printed(run_page(view, view.timeline.as_of), *timeline_page(view.timeline, view.timeline.as_of))

    assert "achieved, target 30m" in page
    assert "Waiting for people" not in page
    assert "chain unbroken" in page


def test_hostile_text_cannot_move_the_cursor() -> None:
    """Escape sequences from outside are shown, not obeyed."""
    plan = builders.a_plan(builders.a_step("scale", title="\x1b[2J\u202egone [bold]not markup"))

    page = printed(*plan_page(plan))

    assert "\x1b[2J" not in page
    assert "⟨U+001B⟩[2J⟨U+202E⟩gone [bold]not markup" in page.replace("\n", "")


def test_no_runs_yet_says_the_next_move() -> None:
    """An empty list tells how to start one."""
    assert "dr failover" in printed(runs_page([]))


def test_no_name_of_a_call_is_torn_on_a_narrow_terminal() -> None:
    """Whoever reads a plan in eighty columns can type what they read; with room there is a table."""
    steps = (
        builders.a_step("promote_the_database", action="aurora.failover_global_cluster", title="Promote the database"),
        builders.a_step(
            "declare",
            kind="approve",
            action="",
            look=None,
            gate=builders.a_gate(2, groups=("@eng-directors-of-the-west",)),
        ),
    )
    plan = builders.a_plan(*steps)

    narrow, wide = (printed(*plan_page(plan), width=width) for width in (80, 160))
    whole = ("promote_the_database", "aurora.failover_global_cluster", "@eng-directors-of-the-west", "desired 4 → 24")
    assert [word for page in (narrow, wide) for word in whole if word not in page] == []
    assert max(map(len, narrow.splitlines())) <= 80
    assert "seen now" in wide
    assert "asks: 2 of @eng-directors-of-the-west" in narrow
