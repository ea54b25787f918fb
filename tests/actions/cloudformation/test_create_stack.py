"""What the rehearsal cannot show: stacks that are there already, whole or not."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.cloudformation.create_stack import CreateStack, CreateStackParams
from tests.actions.scripted import NOON, play

PARAMS = CreateStackParams(region="us-west-2", stack="orders-dr", template_url="https://dr.example.com/o.yaml")


@pytest.mark.parametrize(
    ("status", "state", "by_hand"),
    [
        ("CREATE_COMPLETE", "already_done", False),
        ("UPDATE_ROLLBACK_COMPLETE", "already_done", False),
        ("UPDATE_ROLLBACK_FAILED", "blocked", False),
        ("CREATE_FAILED", "blocked", True),
        ("ROLLBACK_COMPLETE", "blocked", True),
    ],
)
def test_only_a_stack_that_never_was_whole_is_to_be_deleted(status: str, state: str, by_hand: bool) -> None:
    """A stack whose update was rolled back serves as before; nobody is told to delete it."""
    stack = {"StackName": "orders-dr", "CreationTime": NOON, "StackStatus": status}

    look = CreateStack().preflight(play([Call("cloudformation", "describe_stacks", {"Stacks": [stack]})]), PARAMS)

    assert look.state == state
    assert any("delete it by hand" in finding.text for finding in look.findings) is by_hand
