"""What the rehearsal cannot show: change sets that are missing, empty, obsolete."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.cloudformation.execute_change_set import ExecuteChangeSet, ExecuteChangeSetParams
from bot.model.action import Settled
from bot.model.errors import StepBroke
from tests.actions.scripted import play, refusal

PARAMS = ExecuteChangeSetParams(region="us-west-2", stack="orders-dr", name="failover")
ACTION = ExecuteChangeSet()
NOTHING = "The submitted information didn't contain changes. Submit different information to create a change set."


def change_set(**said: Any) -> Call:
    return Call("cloudformation", "describe_change_set", {"Status": "CREATE_COMPLETE", **said})


def test_a_change_set_of_an_earlier_step_is_unknown_yet() -> None:
    """The plan is made before the step that makes it has run."""
    look = ACTION.preflight(play([refusal("cloudformation", "describe_change_set", "ChangeSetNotFound")]), PARAMS)

    assert look.state == "unknown"
    assert "an earlier step has to make it" in look.findings[0].text


def test_an_empty_change_set_is_done() -> None:
    """Nothing differs, so nothing is sent."""
    empty = change_set(Status="FAILED", StatusReason=NOTHING, ExecutionStatus="UNAVAILABLE", Changes=[])
    aws = play([empty, empty])

    ACTION.execute(aws, PARAMS, "token")

    assert isinstance(ACTION.verify(aws, PARAMS, {}), Settled)


@pytest.mark.parametrize("execution", ["EXECUTE_FAILED", "OBSOLETE"])
def test_what_cannot_be_carried_out_ends_the_wait(execution: str) -> None:
    """A failed or overtaken change set needs another one."""
    listed = [{"ResourceChange": {"Action": "Add"}}]

    with pytest.raises(StepBroke, match="make another change set"):
        ACTION.verify(play([change_set(ExecutionStatus=execution, Changes=listed)]), PARAMS, {})


def test_a_change_set_that_could_not_be_made_is_not_an_empty_one() -> None:
    """It lists no changes either, yet nothing of what was wanted is there."""
    failed = change_set(Status="FAILED", StatusReason="Template error", ExecutionStatus="UNAVAILABLE", Changes=[])

    look = ACTION.preflight(play([failed]), PARAMS)

    assert (look.state, "Template error" in look.findings[0].text) == ("blocked", True)
    with pytest.raises(StepBroke, match="Template error"):
        ACTION.verify(play([failed]), PARAMS, {})
