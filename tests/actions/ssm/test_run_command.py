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
    sent = _sent("Success", "dr-bot token")

    with pytest.raises(AlreadyThere):
        RunCommand().execute(play([sent]), PARAMS, "token")


def test_a_command_that_failed_is_sent_again_when_a_person_says_so() -> None:
    """The one that failed carries the old token."""
    failed = _sent("Failed", "dr-bot token")
    aws = play([failed, Call("ssm", "send_command", {})])

    RunCommand().execute(aws, PARAMS, "token")

    assert aws.parameters("send_command")["Comment"] not in ("dr-bot token", "dr-bot ")


def _sent(status: str, comment: str) -> Call:
    told = {"CommandId": "0a1b2c3d-0000-4000-8000-000000000000", "Comment": comment, "Status": status}
    return Call("ssm", "list_commands", {"Commands": [{**told, "InstanceIds": list(PARAMS.instances)}]})


def test_an_agent_that_is_away_blocks_the_plan() -> None:
    """It would be sent and never run."""
    away = [{"InstanceId": "i-0123456789abcdef0", "PingStatus": "ConnectionLost"}]

    look = RunCommand().preflight(
        play([Call("ssm", "describe_instance_information", {"InstanceInformationList": away})]), PARAMS
    )

    assert look.state == "blocked"
    assert "is not online" in look.findings[0].text
