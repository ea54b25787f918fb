"""What the rehearsal cannot show: vaults that refuse, a resource elsewhere, and how long the point is kept."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.backup.start_backup import StartBackup, StartBackupParams
from bot.actions.base import Call
from tests.actions.scenes import Given, Scene
from tests.actions.scripted import play, refusal
from tests.cloud_fixture import LocalCloud

TABLE = "arn:aws:dynamodb:us-west-2:111122223333:table/quotes"
ACTION = StartBackup()


def asked(**more: Any) -> StartBackupParams:
    return StartBackupParams(**{"region": "us-west-2", "resource": TABLE, "vault": "dr", "role": "arn:r", **more})


def vault(**more: Any) -> Call:
    return Call("backup", "describe_backup_vault", {"BackupVaultName": "dr", "Locked": False, **more})


def a_vault(cloud: LocalCloud) -> Given:
    """A vault for what is there."""
    cloud.client("backup").create_backup_vault(BackupVaultName="dr")
    return {"resource": TABLE, "vault": "dr", "role": "arn:aws:iam::111122223333:role/backup", "keep_days": 35}


SCENES = [Scene("backup.start_backup", "backup.start_backup_job", a_vault)]


@pytest.mark.parametrize(
    ("script", "params", "sentence"),
    [
        ([], asked(resource=TABLE.replace("us-west-2", "us-east-1")), "quotes is in us-east-1; run the step there."),
        ([refusal("backup", "describe_backup_vault", "AccessDeniedException")], asked(), "no vault dr in us-west-2"),
        ([vault(Locked=True, MinRetentionDays=30)], asked(keep_days=7), "keeps points 30 days at least"),
    ],
    ids=["elsewhere", "no vault", "locked"],
)
def test_what_the_job_would_fail_at_is_told_before_anyone_approves(
    script: list[Call], params: StartBackupParams, sentence: str
) -> None:
    """The plan is blocked, with the next move."""
    look = ACTION.preflight(play(script), params)

    assert look.state == "blocked"
    assert sentence in look.findings[0].text


@pytest.mark.parametrize("found", [vault(), vault(Locked=True, MinRetentionDays=7), vault(MinRetentionDays=90)])
def test_a_vault_that_takes_it_is_ready(found: Call) -> None:
    """A lock that is kept, and a limit that nothing enforces, hold nobody up."""
    assert ACTION.preflight(play([found]), asked(keep_days=7)).state == "ready"


@pytest.mark.parametrize(("days", "kept"), [(None, None), (35, {"DeleteAfterDays": 35})])
def test_the_point_is_kept_as_long_as_was_asked(days: int | None, kept: dict[str, int] | None) -> None:
    """For ever when nothing was said; the token is ours."""
    none = Call("backup", "list_backup_jobs", {"BackupJobs": []})
    aws = play([none, Call("backup", "start_backup_job", {"BackupJobId": "1"})])

    ACTION.execute(aws, asked(keep_days=days), "token")

    sent = aws.parameters("start_backup_job")
    assert (sent.get("Lifecycle"), sent["IdempotencyToken"]) == (kept, "token")


def test_a_backup_taken_now_is_the_newest_point(cloud: LocalCloud) -> None:
    """What the check of recovery points reads in the local cloud is what this has made."""
    given = a_vault(cloud)
    backup = cloud.client("backup")
    made = backup.start_backup_job(ResourceArn=TABLE, BackupVaultName="dr", IamRoleArn=given["role"])[
        "RecoveryPointArn"
    ]

    cloud.advance(20)

    points = backup.list_recovery_points_by_resource(ResourceArn=TABLE)["RecoveryPoints"]
    assert points[0]["RecoveryPointArn"] == made
