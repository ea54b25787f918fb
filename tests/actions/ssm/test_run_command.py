"""What the rehearsal cannot show: a command that was sent already, and agents that are away."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.ssm.run_command import RunCommand, RunCommandParams
from bot.model.errors import AlreadyThere
from tests.actions.scripted import play

PARAMS = RunCommandParams(region="us-west-2", instances=("i-0123456789abcdef0",), commands=("true",))


def test_a_command_is_never_sent_twice() -> None:
    """Run Command has no token; ours is in the comment of what was sent."""
    aws = play([Call("ssm", "list_commands", {"Commands": [{"Comment": "dr-bot token"}]})])

    with pytest.raises(AlreadyThere):
        RunCommand().execute(aws, PARAMS, "token")


def test_an_agent_that_is_away_blocks_the_plan() -> None:
    """It would be sent and never run."""
    away = [{"InstanceId": "i-0123456789abcdef0", "PingStatus": "ConnectionLost"}]

    look = RunCommand().preflight(
        play([Call("ssm", "describe_instance_information", {"InstanceInformationList": away})]), PARAMS
    )

    assert look.state == "blocked"
    assert "is not online" in look.findings[0].text
