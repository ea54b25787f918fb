"""What runs owe, as Slack shows it: the open changes with their way back, and how many are paid."""

from __future__ import annotations

from bot.model.run import Run
from bot.slack.views.debts import debt_message
from bot.timeline.debts import debts_of
from bot.usecases.debts import Owed
from tests.builders import a_finished_failover

OWED = debts_of(Run.of(a_finished_failover()))


def test_open_debts_are_lines_and_paid_ones_a_number() -> None:
    """Each line has the change, the way back and the day; the blocks and the words say the same."""
    said = debt_message(Owed("orders-api", OWED, OWED[1:3]))

    drawn = str([block.to_dict() for block in said.blocks])
    assert said.text.startswith("`orders-api` owes 2 changes.")
    assert "Promote the database in us-west-2: desired 4 → 24. The old primary" in said.text
    assert said.text.count("• since ") == drawn.count("• since ") == 2
    assert f"{len(OWED) - 2} more are paid already." in drawn


def test_nothing_owed_is_one_sentence() -> None:
    """Also when everything was paid."""
    assert debt_message(Owed("run-1", OWED, ())).text == "`run-1` owes nothing."
