"""The failover of orders-api, rendered as a run would render it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.actions.catalogue import Catalogue
from bot.runbook.expressions import partial, render
from bot.runbook.library import Library
from bot.runbook.scope import base_scope

ACTIONS = Catalogue.discover()
LIBRARY = Library.load(Path(__file__).parents[2] / "runbooks", ACTIONS.specs)
BOOK = LIBRARY.for_service("orders-api", "failover").runbook
SERVICE = LIBRARY.catalog.service("orders-api")


def scope_for(mode: str) -> dict[str, JsonValue]:
    """What the run knows once all steps above are done."""
    impact = datetime(2025, 11, 3, 9, 30, tzinfo=UTC).isoformat()
    inputs: dict[str, JsonValue] = {"mode": mode, "impact_started_at": impact, "desired_tasks": 24}
    steps: JsonValue = {
        "measure_lag": {"outputs": {"lag_seconds": 1.8}, "state": "settled"},
        "psp_allowlist": {"outputs": {"ticket": "PSP-77"}, "answer": "PSP-77", "state": "settled"},
    }
    return {**base_scope(SERVICE, inputs, run="r1", mode="live", requester="Carol Díaz"), "steps": steps}


@pytest.mark.parametrize("step_id", [step_id for step_id, step in BOOK.steps.items() if step.uses])
def test_every_action_accepts_what_it_is_given(step_id: str) -> None:
    """The rendered parameters are those that the action's own model takes."""
    step = BOOK.steps[step_id]
    assert step.uses is not None

    given = render(step.with_, scope_for("unplanned"))

    assert isinstance(given, dict)
    assert ACTIONS[step.uses].Params.model_validate({**given, "region": SERVICE.recovery_region})


@pytest.mark.parametrize(("mode", "loss", "failure"), [("unplanned", True, "continue"), ("planned", False, "pause")])
def test_a_planned_move_loses_nothing_and_pauses(mode: str, loss: bool, failure: str) -> None:
    """Only an unplanned failover allows data loss and goes on without a fence."""
    scope = scope_for(mode)

    assert render(BOOK.steps["promote_db"].with_["allow_data_loss"], scope) is loss
    assert render(BOOK.steps["fence_primary"].on_failure, scope) == failure


def test_the_question_before_the_promotion_tells_the_loss() -> None:
    """Measured as it is, and UNKNOWN when it could not be measured; never zero."""
    confirm = BOOK.steps["promote_db"].confirm
    assert confirm is not None
    known, unknown = scope_for("unplanned"), {**scope_for("unplanned"), "steps": {}}

    assert partial(confirm.text, known) == confirm.text
    assert str(render(confirm.text, known)).endswith("Up to 1.8 s of orders can be lost. Promote the database?")
    assert str(render(confirm.text, unknown)).endswith("Up to UNKNOWN s of orders can be lost. Promote the database?")
