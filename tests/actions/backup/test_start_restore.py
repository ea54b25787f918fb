"""What the rehearsal cannot show: points that must not or should not be restored, and whose metadata wins."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.backup.start_restore import StartRestore, StartRestoreParams
from bot.actions.base import Call
from tests.actions.scripted import play, refusal

PARAMS = StartRestoreParams(
    region="us-west-2", vault="dr", recovery_point="arn:p/1", role="arn:r", metadata={"subnet": "new"}
)


@pytest.mark.parametrize(
    ("found", "state", "sentence"),
    [
        ({"Status": "COMPLETED", "ScanResults": [{"Findings": ["MALWARE"]}]}, "blocked", "choose an older one"),
        ({"Status": "COMPLETED", "StorageClass": "COLD"}, "ready", "hours longer"),
        ({"Status": "EXPIRED"}, "blocked", "choose a completed"),
        (None, "blocked", "is not in vault dr"),
    ],
)
def test_an_approver_sees_what_is_wrong_with_the_point(found: dict[str, Any] | None, state: str, sentence: str) -> None:
    """Malware and unfinished points are refused; cold storage is a matter of time."""
    missing = refusal("backup", "describe_recovery_point", "ResourceNotFoundException")
    answer = Call("backup", "describe_recovery_point", found) if found else missing

    look = StartRestore().preflight(play([answer]), PARAMS)

    assert look.state == state
    assert sentence in look.findings[0].text


def test_ours_wins_over_what_the_backup_remembers() -> None:
    """The rest of the metadata goes back as it came, and our token with it."""
    remembered = {"RestoreMetadata": {"subnet": "old", "encrypted": "true"}}
    aws = play(
        [
            Call("backup", "list_restore_jobs", {"RestoreJobs": []}),
            Call("backup", "get_recovery_point_restore_metadata", remembered),
            Call("backup", "start_restore_job", {}),
        ]
    )

    StartRestore().execute(aws, PARAMS, "token")

    sent = aws.parameters("start_restore_job")
    assert sent["Metadata"] == {"subnet": "new", "encrypted": "true"}
    assert sent["IdempotencyToken"] == "token"
