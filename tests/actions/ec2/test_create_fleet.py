"""What the rehearsal cannot show: an answer without instances, and who is terminated on undo."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.ec2.create_fleet import CreateFleet, CreateFleetParams
from bot.model.errors import StepBroke
from tests.actions.scripted import play

PARAMS = CreateFleetParams(region="us-west-2", name="orders-dr", template="worker", count=3)
ACTION = CreateFleet()


def crew(*launched: tuple[str, str]) -> Call:
    found: list[dict[str, Any]] = [
        {"InstanceId": name, "State": {"Name": "running"}, "LaunchTime": at} for name, at in launched
    ]
    return Call("ec2", "describe_instances", {"Reservations": [{"Instances": found}]})


OLD, NEW = ("i-old", "2026-01-01T00:00:00Z"), ("i-new", "2026-01-01T12:00:00Z")


def test_only_what_is_missing_is_launched() -> None:
    """One is there already."""
    aws = play([crew(OLD), Call("ec2", "create_fleet", {"Instances": [{"InstanceIds": ["i-1", "i-2"]}]})])

    ACTION.execute(aws, PARAMS, "token")

    sent = aws.parameters("create_fleet")
    assert sent["TargetCapacitySpecification"]["TotalTargetCapacity"] == 2
    assert sent["ClientToken"] == "token-1"


def test_a_zone_without_capacity_is_told_at_once() -> None:
    """An instant fleet answers with what it could not get."""
    empty = {"Instances": [], "Errors": [{"ErrorCode": "InsufficientInstanceCapacity", "ErrorMessage": "none left"}]}

    with pytest.raises(StepBroke, match="none left"):
        ACTION.execute(play([crew(), Call("ec2", "create_fleet", empty)]), PARAMS, "token")


def test_undo_terminates_the_newest_only() -> None:
    """What was there before us stays."""
    aws = play([crew(NEW, OLD), Call("ec2", "terminate_instances", {})])

    ACTION.rollback(aws, PARAMS, {"count": 1}, "token")

    assert aws.parameters("terminate_instances")["InstanceIds"] == ["i-new"]
