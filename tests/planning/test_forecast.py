"""What acting now would cost, before anybody agrees: the loss from a look or a choice, the time from looks or habit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import JsonValue

from bot.model.action import Look
from bot.model.plan import Plan
from bot.model.runbook import Clock
from bot.model.service import Objectives
from bot.planning.forecast import data_loss, forecast
from bot.timeline.build import build_timeline
from tests.builders import NOW, a_plan, a_read, a_step, records_of

CHOSEN = Clock(stops="steps.scale_api", recovery_point="inputs.restore_to")
HOUR_AGO = (NOW - timedelta(hours=1)).isoformat()


@pytest.mark.parametrize(
    ("value", "span", "within"), [(HOUR_AGO, timedelta(hours=1), False), (NOW.isoformat(), timedelta(0), True)]
)
def test_a_chosen_moment_gives_up_everything_later(value: str, span: timedelta, within: bool) -> None:
    """The span up to now, against the target, with the moment as evidence."""
    loss = data_loss((), CHOSEN, timedelta(minutes=5), NOW, {"restore_to": value})

    assert (loss.span, loss.within_target) == (span, within)
    assert "everything after the chosen moment" in loss.evidence


@pytest.mark.parametrize("inputs", [{}, {"restore_to": None}])
def test_no_choice_is_unknown(inputs: dict[str, JsonValue]) -> None:
    """Never zero."""
    loss = data_loss((), CHOSEN, timedelta(minutes=5), NOW, inputs)

    assert loss.span is None
    assert loss.evidence == "no moment to go back to was chosen"


@pytest.mark.parametrize(
    ("look", "remaining"),
    [(None, timedelta(seconds=30)), (Look(state="ready"), timedelta(seconds=30)),
     (Look(state="ready", expected=timedelta(hours=12)), timedelta(hours=12)),
     (Look(state="already_done"), timedelta(0))],
)  # fmt: skip
def test_a_look_knows_better_than_habit_how_long_it_takes(look: Look | None, remaining: timedelta) -> None:
    """Twelve hours from the archive are in the predicted RTO, and none of them once it is readable."""
    objectives = Objectives(rto=timedelta(minutes=30), rpo=timedelta(minutes=5))

    cast = forecast((a_step(look=look),), None, objectives, NOW, NOW)

    assert cast.remaining == remaining


def test_what_was_given_up_is_told_afterwards() -> None:
    """From the chosen moment to customer impact, where no step is the point of no return."""
    plan: Plan = a_plan(clock=CHOSEN, inputs={"restore_to": HOUR_AGO}, kind="restore")

    rpo = build_timeline(records_of(plan=plan), as_of=NOW).rpo

    assert plan.impact_started_at is not None
    assert rpo.achieved == plan.impact_started_at - (NOW - timedelta(hours=1))
    assert "inputs.restore_to" in rpo.evidence


@pytest.mark.parametrize(
    ("results", "span"),
    [
        ({"last_consistent_at": "2026-03-14T03:06:00+00:00"}, timedelta(seconds=40)),
        ({"last_consistent_at": "2026-03-14T03:06:00+00:00", "lag_seconds": 3}, timedelta(seconds=3)),
        ({"last_consistent_at": "2026-03-14T03:06:00+00:00", "lag_seconds": 900.5}, timedelta(seconds=900.5)),
        ({"last_consistent_at": "2026-03-14T03:06:00+00:00", "lag_seconds": -1}, timedelta(seconds=40)),
        ({"last_consistent_at": "2026-03-14T03:06:00+00:00", "lag_seconds": True}, timedelta(seconds=40)),
        ({"lag_seconds": 3}, None),
        ({"last_consistent_at": "2026-03-14T03:07:10+00:00"}, timedelta(0)),
        ({"last_consistent_at": "2026-03-14T03:17:00+00:00"}, None),
        ({"last_consistent_at": "2026-03-14T03:17:00+00:00", "lag_seconds": 3}, timedelta(seconds=3)),
        ({"last_consistent_at": "2026-03-14T03:06:00"}, None),
        ({"last_consistent_at": "yesterday"}, None),
    ],
)
def test_what_was_measured_counts_and_not_how_long_ago(results: dict[str, JsonValue], span: timedelta | None) -> None:
    """A lag that the copy tells is the loss; without one, everything since the moment it was whole.

    A moment that lies well ahead is a clock that is wrong, and no sign that nothing would be lost.
    """
    clock = Clock(stops="steps.lag", recovery_point="steps.lag.outputs.last_consistent_at")
    step = a_read("lag", look=Look(state="ready", results=results))

    loss = data_loss((step,), clock, timedelta(minutes=5), NOW, {})

    assert loss.span == span
    assert loss.within_target is (None if span is None else span <= timedelta(minutes=5))
