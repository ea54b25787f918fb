"""What the rehearsal cannot show: the whole schedule goes back with nothing lost."""

from __future__ import annotations

from bot.actions.base import Call
from bot.actions.scheduler.set_schedule_state import SetScheduleState, SetScheduleStateParams
from tests.actions.scripted import play

WHOLE = {
    "Name": "settle",
    "GroupName": "default",
    "State": "ENABLED",
    "ScheduleExpression": "cron(0 3 * * ? *)",
    "ScheduleExpressionTimezone": "Europe/Berlin",
    "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
    "Target": {"Arn": "arn:aws:lambda:us-west-2:1:function:f", "RoleArn": "arn:aws:iam::1:role/r", "Input": "{}"},
    "Description": "nightly",
    "CreationDate": "2026-01-01T00:00:00Z",
    "Arn": "arn:aws:scheduler:us-west-2:111122223333:schedule/default/settle",
}


def test_every_field_is_sent_back() -> None:
    """The API replaces the object: what is left out is lost."""
    arn = {"ScheduleArn": "arn:aws:scheduler:us-west-2:1:schedule/default/x"}
    aws = play([Call("scheduler", "get_schedule", WHOLE), Call("scheduler", "update_schedule", arn)])

    SetScheduleState().execute(aws, SetScheduleStateParams(region="us-west-2", schedule="settle", enabled=False), "t")

    sent = aws.parameters("update_schedule")
    kept = {name: value for name, value in WHOLE.items() if name not in ("Arn", "CreationDate", "State")}
    assert sent == {**kept, "State": "DISABLED", "ClientToken": "t"}
