"""Whether a change can be undone is one truth, told alike wherever a person reads of it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from rich.console import Console

from bot.cli.plan_page import plan_page
from bot.local.workspace.words import text_of
from bot.model.action import Risk
from bot.model.events import GateOpened, StepSettled, StepStarted
from bot.model.plan import PlannedStep, UndoPlan
from bot.model.run import Run
from bot.model.service import Catalog
from bot.slack.views.approval import approval, approval_form
from bot.slack.views.plan_view import plan_message, plan_modal
from bot.timeline.build import build_timeline
from bot.usecases.look import RunView
from bot.usecases.steer_run import after_abort
from tests.builders import NOW, a_gate, a_plan, a_service, a_step, records_of

WHY = "Delete the copy by hand."
NO_WAY, WAY = re.compile(r"cannot be undone", re.I), re.compile(r"can be (undone|rolled back)|revers", re.I)
CATALOG = Catalog(tiers={}, people={}, roles={}, services={"orders-api": a_service()})
BACK = UndoPlan(action="ec2.deregister_image", region="us-west-2", params={})


def a_copy(**more: object) -> PlannedStep:
    """A harmless change that its action cannot take back, behind a gate."""
    values: dict[str, object] = {"risk": Risk.REVERSIBLE, "irreversible": WHY, "gate": a_gate(1), **more}
    return a_step("copy_image", **values)


def a_view(step: PlannedStep) -> RunView:
    opened = GateOpened(step=step.id, text="Go?", expires_at=NOW + timedelta(minutes=5))
    records = records_of(opened, plan=a_plan(step))
    return RunView(Run.of(records), build_timeline(records, as_of=records[-1].at))


def in_the_terminal(step: PlannedStep) -> str:
    console = Console(width=200, file=io.StringIO(), record=True)
    for part in plan_page(a_plan(step)):
        console.print(part)
    return console.export_text()


def after_it(step: PlannedStep) -> str:
    started = StepStarted(step=step.id, attempt=1, token="t")
    done = StepSettled(step=step.id, seen="there")
    return after_abort(Run.of(records_of(started, done, plan=a_plan(step))))


PLACES: dict[str, Callable[[PlannedStep], str]] = {
    "terminal": in_the_terminal,
    "start form": lambda step: text_of(plan_modal(a_plan(step), "{}").to_dict()),
    "thread": lambda step: text_of({"blocks": plan_message(a_plan(step)).body}),
    "approval": lambda step: text_of({"blocks": approval(a_view(step), step.id, 1, CATALOG).body}),
    "approval form": lambda step: text_of(approval_form(a_view(step), step.id, "approve", "a").to_dict()),
    "abort": after_it,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_change_without_a_way_back_is_nowhere_said_to_have_one(place: str) -> None:
    """However harmless it is."""
    said = PLACES[place](a_copy())

    assert NO_WAY.search(said)
    assert not WAY.search(said)


@pytest.mark.parametrize("place", PLACES)
def test_the_authors_own_way_back_counts_as_one(place: str) -> None:
    """A runbook's `rollback` takes the place of the one that the action lacks."""
    said = PLACES[place](a_copy(undo=BACK))

    assert not NO_WAY.search(said)
    assert WHY not in said


def test_what_only_looks_has_nothing_to_take_back() -> None:
    """Not even where its action says that there is no way back."""
    assert a_copy(risk=Risk.READ).no_way_back is None


def test_the_red_button_is_the_one_that_cannot_be_taken_back() -> None:
    """With a way back, the red one stops the step."""
    final, other = (approval(a_view(a_copy(undo=undo)), "copy_image", 1, CATALOG) for undo in (None, BACK))

    assert [each.get("style") for each in final.body[-1]["elements"]] == ["danger", None]
    assert [each.get("style") for each in other.body[-1]["elements"]] == ["primary", "danger"]
