"""What the rehearsal cannot show: a completed job with a failed server, and jobs that are not ours."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.base import Call
from bot.actions.drs.start_recovery import StartRecovery, StartRecoveryParams
from bot.model.action import NotStarted, Pending
from bot.model.errors import StepBroke
from tests.actions.scripted import play

SERVER, OTHER = "s-0123456789abcdef0", "s-0123456789abcdef1"
PARAMS = StartRecoveryParams(region="us-west-2", servers=(SERVER,))
ACTION = StartRecovery()


def jobs(status: str, launch: str, server: str = SERVER) -> Call:
    job: dict[str, Any] = {
        "jobID": "drsjob-0123456789abcdef0", "status": status, "creationDateTime": "2026-01-01T12:00:00Z",
        "participatingServers": [{"sourceServerID": server, "launchStatus": launch}],
    }  # fmt: skip
    return Call("drs", "describe_jobs", {"items": [job]})


def test_a_completed_job_with_a_failed_server_is_a_failure() -> None:
    """The job's own status tells nothing."""
    with pytest.raises(StepBroke, match=f"{SERVER} failed to launch"):
        ACTION.verify(play([jobs("COMPLETED", "FAILED")]), PARAMS, {"known": []})


def test_launched_before_the_job_is_over_is_still_on_its_way() -> None:
    """Post-launch actions may still fail."""
    assert isinstance(ACTION.verify(play([jobs("STARTED", "LAUNCHED")]), PARAMS, {"known": []}), Pending)


@pytest.mark.parametrize(
    ("script", "known"),
    [(jobs("COMPLETED", "LAUNCHED"), ["drsjob-0123456789abcdef0"]), (jobs("COMPLETED", "LAUNCHED", OTHER), [])],
)
def test_a_job_that_is_not_ours_is_not_success(script: Call, known: list[str]) -> None:
    """It was there before, or it is about other servers."""
    assert isinstance(ACTION.verify(play([script]), PARAMS, {"known": known}), NotStarted)


def test_an_approver_hears_of_a_stalled_server() -> None:
    """Its newest writes are lost."""
    stalled = {"dataReplicationState": "STALLED", "lagDuration": "PT2H"}
    script = Call(
        "drs", "describe_source_servers", {"items": [{"sourceServerID": SERVER, "dataReplicationInfo": stalled}]}
    )

    look = ACTION.preflight(play([script]), PARAMS)

    assert look.state == "ready"
    assert "STALLED, lag PT2H" in look.findings[0].text
