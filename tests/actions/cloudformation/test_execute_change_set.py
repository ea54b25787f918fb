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


def change_set(**said: Any) -> Call:
    return Call("cloudformation", "describe_change_set", {"Status": "CREATE_COMPLETE", **said})


def test_a_change_set_of_an_earlier_step_is_unknown_yet() -> None:
    """The plan is made before the step that makes it has run."""
    look = ACTION.preflight(play([refusal("cloudformation", "describe_change_set", "ChangeSetNotFound")]), PARAMS)

    assert look.state == "unknown"
    assert "an earlier step has to make it" in look.findings[0].text


def test_an_empty_change_set_is_done() -> None:
    """Nothing differs, so nothing is sent."""
    empty = change_set(Status="FAILED", ExecutionStatus="UNAVAILABLE", Changes=[])
    aws = play([empty, empty])

    ACTION.execute(aws, PARAMS, "token")

    assert isinstance(ACTION.verify(aws, PARAMS, {}), Settled)


@pytest.mark.parametrize("execution", ["EXECUTE_FAILED", "OBSOLETE"])
def test_what_cannot_be_carried_out_ends_the_wait(execution: str) -> None:
    """A failed or overtaken change set needs another one."""
    listed = [{"ResourceChange": {"Action": "Add"}}]

    with pytest.raises(StepBroke, match="make another change set"):
        ACTION.verify(play([change_set(ExecutionStatus=execution, Changes=listed)]), PARAMS, {})
