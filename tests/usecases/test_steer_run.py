"""What a steering word would do is said before anybody presses the button."""

from __future__ import annotations

import pytest

from bot.model.events import Fact, StepSettled, StepStarted
from bot.model.run import Run
from bot.usecases.steer_run import after_abort
from tests.builders import a_plan, a_step, records_of


def after(changes: int, *stays: str) -> Run:
    """A run that has made so many changes, and can still take back all but those that have no way back."""
    named = [f"step_{number}" for number in range(1, changes + 1)]
    plan = a_plan(*(a_step(name, irreversible="It stays." if name in stays else None) for name in named))
    facts: list[Fact] = []
    for step in plan.steps:
        facts += [StepStarted(step=step.id, attempt=1), StepSettled(step=step.id, seen="done")]
    return Run.of(records_of(*facts, plan=plan))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (1, "1 change can be rolled back: step_1."),
        (3, "3 changes can be rolled back, newest first: step_3, step_2, step_1."),
        (6, "6 changes can be rolled back, newest first: step_6, step_5, step_4, step_3, step_2, step_1."),
        (9, "9 changes can be rolled back, newest first: step_9, step_8, step_7, step_6, step_5, step_4, +3."),
    ],
)
def test_an_abort_counts_what_it_would_undo_and_names_the_newest(changes: int, says: str) -> None:
    """However many there are, the sentence stays one that is read."""
    assert after_abort(after(changes)) == says


@pytest.mark.parametrize(
    ("stays", "says"),
    [
        (
            ("step_2",),
            "2 changes can be rolled back, newest first: step_3, step_1. 1 change cannot be undone and stays: step_2.",
        ),
        (("step_1", "step_2", "step_3"), "3 changes cannot be undone and stay: step_3, step_2, step_1."),
    ],
)
def test_an_abort_promises_no_way_back_where_there_is_none(stays: tuple[str, ...], says: str) -> None:
    """A restore or a call of somebody's function is not said to be undone."""
    assert after_abort(after(3, *stays)) == says
