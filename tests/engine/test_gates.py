"""What a gate asks, as people see it when it opens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.gates import ask
from bot.language import again, speaking
from bot.model.events import StepSettled
from bot.model.plan import GatePlan
from bot.model.run import Run
from tests.builders import NOW, a_plan, a_read, a_step, records_of


@pytest.mark.parametrize(
    ("written", "found", "asked"),
    [
        ("orders-usw2", "", "orders-usw2"),
        ("orders-usw2\n", "", "orders-usw2"),
        ("  ${{ steps.find.outputs.cluster }} ", "orders-usw2", "orders-usw2"),
        ("${{ steps.find.outputs.cluster }}", "", "promote us-west-2"),
        ("${{ steps.find.outputs.cluster }}", " ", "promote us-west-2"),
        (None, "orders-usw2", None),
    ],
    ids=["plain", "block of YAML", "a result", "an empty result", "a blank result", "none"],
)
def test_a_phrase_can_be_typed_and_is_never_empty(written: str | None, found: str, asked: str | None) -> None:
    """What people type is stripped, so the phrase is too; a name that was not found does not open the gate unasked."""
    gate = GatePlan(kind="approve", groups=("@sre-leads",), count=1, typed=written, expires=timedelta(minutes=10))
    promote = a_step("promote", needs=("find",), gate=gate)
    settled = StepSettled(step="find", seen="found", results={"cluster": found})
    run = Run.of(records_of(settled, plan=a_plan(a_read("find"), promote)))

    assert ask(run, promote, round_=1, now=NOW).typed == asked


@pytest.mark.parametrize(
    ("implied", "text", "english", "korean"),
    [
        (
            True,
            "",
            "“Promote”: the runbook asks nobody, so the bot does.",
            "“Promote”: 런북이 아무에게도 묻지 않으므로",
        ),
        (True, "Promote (disruptive).", "Promote (disruptive).", "Promote (disruptive)."),
        (False, "", "Promote", "Promote"),
        (False, "Promote now?", "Promote now?", "Promote now?"),
    ],
)
def test_a_gate_of_the_bots_own_says_so_in_the_readers_language(
    implied: bool, text: str, english: str, korean: str
) -> None:
    """What the author wrote is asked as it stands; plans of an older bot carry their own words."""
    gate = GatePlan(kind="approve", groups=(), count=1, text=text, expires=timedelta(minutes=10), implied=implied)
    promote = a_step("promote", gate=gate)

    asked = ask(Run.of(records_of(plan=a_plan(promote))), promote, round_=1, now=NOW).text
    with speaking("ko"):
        said = again(asked)

    assert asked == english
    assert said.startswith(korean)
