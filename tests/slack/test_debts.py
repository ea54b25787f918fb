"""What runs owe, as Slack shows it: the open changes with their way back, and how many are paid."""

from __future__ import annotations

from bot.model.run import Run
from bot.slack.views.debts import debt_message
from bot.slack.views.plan_view import plan_blocks
from bot.timeline.debts import debts_of, payments
from bot.timeline.unfenced import still_unfenced
from bot.usecases.debts import Owed
from tests.builders import a_finished_failover, a_plan, a_step

OWED = debts_of(Run.of(a_finished_failover()))


def test_open_debts_are_lines_and_paid_ones_a_number() -> None:
    """Each line has the change, the way back and the day; the blocks and the words say the same."""
    said = debt_message(Owed("orders-api", OWED, OWED[1:3]))

    drawn = str([block.to_dict() for block in said.blocks])
    assert said.text.startswith("`orders-api` owes 2 changes.")
    assert "Promote the database in us-west-2: desired 4 → 24. The old primary" in said.text
    assert said.text.count("• since ") == drawn.count("• since ") == 2
    assert f"{len(OWED) - 2} more are paid already." in drawn


def test_what_may_still_take_writes_stands_first() -> None:
    """Before what only costs money, and where nothing is owed at all."""
    story = a_finished_failover()
    left = still_unfenced([(Run.of(story), story)])

    assert debt_message(Owed("orders-api", OWED, OWED, left)).text.startswith("*UNFENCED: “Stop writes in the old")
    assert debt_message(Owed("orders-api", (), (), left)).text.endswith("\n`orders-api` owes nothing.")


def test_nothing_owed_is_one_sentence() -> None:
    """Also when everything was paid."""
    assert debt_message(Owed("run-1", OWED, ())).text == "`run-1` owes nothing."
    assert debt_message(Owed("", (), ())).text == "No service owes anything."


def test_of_all_services_each_line_names_its_run() -> None:
    """Else nobody knows whose it is."""
    said = debt_message(Owed("", OWED, OWED)).text

    assert said.startswith(f"All services together owe {len(OWED)} changes.")
    assert all(line.endswith("`01JPFAILOVER`") for line in said.splitlines()[1:])


def test_a_failbacks_plan_says_what_stays_open_before_what_it_pays() -> None:
    """In the blocks that approvers read, above the steps."""
    back = a_plan(a_step("rest", look=a_step("scale_api").look), kind="failback")
    plan = back.model_copy(update={"pays": payments(OWED, back.steps)})

    drawn = str([block.to_dict() for block in plan_blocks(plan)])

    assert [each.step for each in plan.pays] == ["rest", "", "", ""]
    assert drawn.count("*Stays open* of `01JPFAILOVER`") == 3
    assert "Pays “Scale the api to full size” of `01JPFAILOVER`, with `rest`" in drawn
    assert drawn.index("Stays open") < drawn.index("Pays “") < drawn.index("*1. Rest*")
