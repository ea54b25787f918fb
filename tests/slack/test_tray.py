"""Which letters travel together: a crowd of requests in one message, a few of them each by itself."""

from __future__ import annotations

import pytest

from bot.slack.desired import Desired, Priority
from bot.slack.kit import message, text
from bot.slack.letter import Letter
from bot.slack.pace import Pace
from bot.slack.tray import Tray


def a_call(run: str, channel: str = "C1") -> Letter:
    """A request for approval that could stand among others."""
    said = message([text(f"{run} asks")], run)
    return Letter(run, "gate:go:1", channel, Desired(said, Priority.APPROVAL, row=said), 0.0)


@pytest.mark.parametrize(("others", "together"), [(0, 0), (Pace().calls - 1, 0), (Pace().calls, Pace().calls), (9, 9)])
def test_only_a_crowd_of_requests_shares_a_message(others: int, together: int) -> None:
    """A request that stands alone is read at once; those of another channel never come along."""
    tray = Tray(Pace(), 0.0, lambda run: {}, lambda letter: True)
    first = a_call("run-0")
    for number in range(others + 1):
        tray.put(a_call(f"run-{number}"), float(number))
    tray.put(a_call("run-elsewhere", "C2"), 0.0)

    company = tray.company(first)

    assert [letter.run for letter in company] == [f"run-{number}" for number in range(1, together + 1)]


def test_what_slack_may_have_taken_travels_alone() -> None:
    """It is looked for by its own id, so nothing new may go with it."""
    tray = Tray(Pace(), 0.0, lambda run: {}, lambda letter: letter.run != "run-0")
    for number in range(9):
        tray.put(a_call(f"run-{number}"), 0.0)

    assert tray.company(a_call("run-0")) == []
    assert "run-0" not in [letter.run for letter in tray.company(a_call("run-1"))]


def test_lines_that_travel_together_fit_into_one_message() -> None:
    """Long lines go in several messages: Slack would refuse one that is too long, and all its lines with it."""
    tray = Tray(Pace(), 0.0, lambda run: {}, lambda letter: True)
    said = message([text("x" * 2900)], "x")
    lines = [
        Letter("run", f"event:{seq}", "C1", Desired(said, Priority.LINE, seq, thread=True), 0.0) for seq in range(9)
    ]
    for line in lines:
        tray.put(line, 0.0)

    company = tray.company(lines[0])

    assert [letter.key for letter in company] == ["event:1", "event:2"]
