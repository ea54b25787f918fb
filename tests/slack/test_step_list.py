"""The steps of a run on one screen, whatever its length, and who says that a step is done."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from bot.language import LANGUAGES, Language, speaking
from bot.model.action import Risk
from bot.model.events import Fact, RunTaken, StepFailed, StepObserved, StepSettled, StepStarted
from bot.model.run import Run
from bot.slack.views.step_list import ALL, step_lines
from tests.builders import NOW, a_plan, a_step, records_of

SCREEN = 34
"""Lines of a card's list that a laptop shows without scrolling."""


def a_run(steps: int, done: int, active: int = 1, *, no_return_at: int = 0, failed_at: int = 0) -> Run:
    """A run of so many steps, the first ones done, the next ones under way."""
    plan = a_plan(*(
        a_step(f"step_{at}", title=f"Change part {at} of the service", point_of_no_return=at == no_return_at)
        for at in range(1, steps + 1)
    ))  # fmt: skip
    facts: list[Fact] = [RunTaken(owner="w")]
    for at in range(1, done + 1):
        over: Fact = StepSettled(step=f"step_{at}", seen="24 of 24")
        if at == failed_at:
            over = StepFailed(step=f"step_{at}", attempt=1, why="AccessDenied")
        facts += [StepStarted(step=f"step_{at}", attempt=1), over]
    facts += [StepStarted(step=f"step_{at}", attempt=1) for at in range(done + 1, done + active + 1)]
    return Run.of(records_of(*facts, plan=plan, every=1))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("steps", [1, ALL, 17, 60, 500])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_run_of_any_length_fits_one_screen(steps: int, share: float, language: Language) -> None:
    """From the first step to the last, in both languages."""
    done = int(steps * share)
    with speaking(language):
        lines = step_lines(a_run(steps, done, active=min(12, steps - done)))

    assert len(lines) <= SCREEN
    assert max(map(len, lines)) <= 260


def test_a_long_run_shows_what_is_done_what_runs_and_what_is_next() -> None:
    """Three done, everything that runs, five to come, and the rest counted."""
    lines = "\n".join(step_lines(a_run(60, 30, active=2)))

    assert "30 done: 30 measured ☑, 0 by people's word 🅗" in lines
    assert "27 more in the timeline" in lines
    assert "23 more in the plan" in lines
    assert "☑ 30. Change part 30" in lines
    assert "▶ 31. *Change part 31" in lines
    assert "28 steps are next" in lines
    assert "☐ 33. " in lines
    assert "☐ 38. " not in lines


def test_what_went_wrong_and_the_point_of_no_return_are_never_folded_away() -> None:
    """Far behind and far ahead, both keep a line."""
    lines = "\n".join(step_lines(a_run(60, 30, no_return_at=55, failed_at=2)))

    assert "☒ 2. *Change part 2 of the service* – FAILED: AccessDenied" in lines
    assert "⚑ Step 55 further down is a point of no return" in lines


@pytest.mark.parametrize(
    ("how", "sign"), [("executed", "☑"), ("observed", "☑"), ("adopted", "☑"), ("answered", "🅗"), ("granted", "🅗")]
)
def test_what_was_measured_looks_different_from_what_was_said(
    how: Literal["executed", "observed", "adopted", "answered", "granted"], sign: str
) -> None:
    """And the words differ, too, for those who see no signs."""
    plan = a_plan(a_step("one"))
    run = Run.of(records_of(StepStarted(step="one", attempt=1), StepSettled(step="one", seen="x", how=how), plan=plan))

    line = step_lines(run)[1]

    assert line.startswith(f"{sign} 1. One – ")
    assert ("person" in line or "approved" in line) == (sign == "🅗")


def test_a_wait_tells_what_it_sees_and_until_when() -> None:
    """`waiting: 14/20 targets, by 03:17`, as a date that Slack draws in the reader's zone."""
    wait = a_step("fleet", kind="wait", risk=Risk.READ, timeout=timedelta(minutes=10))
    seen = StepObserved(step="fleet", seen="14/20 targets", look_at=NOW)
    run = Run.of(records_of(StepStarted(step="fleet", attempt=1), seen, plan=a_plan(wait)))

    line = step_lines(run)[1]

    assert "waiting: 14/20 targets, by <!date^" in line
