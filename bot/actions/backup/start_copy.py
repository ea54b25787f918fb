"""Copy a recovery point of AWS Backup to a vault in another region or account.

When to reach for it: the recovery region has no point that is new enough, and the region that has one still answers.
The step's region is the one that holds the point.

What bites: continuous backups cannot be copied. The destination vault's policy and key must allow it; a composite
point can end PARTIAL, which is reported as broken. It takes from minutes to hours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import every, newest_first, region_of, short
from bot.actions.backup.start_restore import infected, recovery_point
from bot.actions.base import Call, Params, Results, action
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told
from bot.model.action import Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient


class StartCopyParams(Params):
    """Which recovery point, to which vault, as which role."""

    vault: str = Field(description="Name of the vault that holds the point.", examples=["nightly"])
    recovery_point: str = Field(description="ARN of the recovery point.")
    destination: str = Field(
        description="ARN of the vault that receives the copy.",
        pattern=r"^arn:aws[\w-]*:backup:[\w-]+:\d{12}:backup-vault:.+$",
    )
    role: str = Field(description="ARN of the role that AWS Backup assumes for the copy.")


class StartCopyResults(Results):
    """The copy."""

    recovery_point: str = Field(description="ARN of the copied recovery point.")


_POINT = "arn:aws:ec2:us-east-1::snapshot/snap-0a"
_COPY = "arn:aws:ec2:us-west-2::snapshot/snap-0c"


def _jobs(*states: str) -> Call:
    found = [{"CopyJobId": f"copy-{state}", "State": state, "DestinationRecoveryPointArn": _COPY} for state in states]
    return Call("backup", "list_copy_jobs", {"CopyJobs": found})


@action(
    "backup.start_copy",
    risk=Risk.REVERSIBLE,
    costs=told("the copy's storage"),
    idempotency=Idempotency.TOKEN,
    implied=("iam:PassRole",),
    permissions=("backup:DescribeRecoveryPoint", "backup:ListCopyJobs", "backup:StartCopyJob"),
    irreversible=told("The copy stays until its lifecycle ends it; the original is untouched."),
    typical=timedelta(minutes=45),
    settle=LISTED,
    by_hand=later("AWS Backup console in {region}, Jobs, Copy jobs"),
    rehearsal=followed(
        {"region": "us-east-1", "vault": "nightly", "recovery_point": _POINT,
         "destination": "arn:aws:backup:us-west-2:111122223333:backup-vault:dr-vault",
         "role": "arn:aws:iam::111122223333:role/restore"},
        source=(Call("backup", "describe_recovery_point", {"Status": "COMPLETED", "ResourceType": "EBS"}),),
        known=(_jobs(),),
        send=(Call("backup", "start_copy_job", {"CopyJobId": "copy-RUNNING"}),),
        way=(_jobs("RUNNING"), _jobs("COMPLETED")),
    ),
)  # fmt: skip
class StartCopy(Job[StartCopyParams]):
    """Start the job, then follow it."""

    Params = StartCopyParams
    Results = StartCopyResults
    dead = frozenset({"FAILED", "PARTIAL"})
    mend = told("read its status message in AWS Backup")

    def called(self, params: StartCopyParams) -> str:
        return told("copy of {recovery_point}", recovery_point=short(params.recovery_point))

    def source(self, aws: Reads, params: StartCopyParams) -> Look:
        found = recovery_point(aws, params.region, params.vault, params.recovery_point)
        findings = infected(found)
        return Look(
            state="blocked" if findings else "ready",
            change=told(
                "{recovery_point} → {destination} in {region_of}",
                recovery_point=short(params.recovery_point),
                destination=short(params.destination),
                region_of=region_of(params.destination),
            ),
            findings=tuple(findings),
            targets=(params.recovery_point,),
        )

    def jobs(self, aws: Reads, params: StartCopyParams) -> list[Thing]:
        backup: BackupClient = aws.reader("backup", params.region)
        asked = {"ByDestinationVaultArn": params.destination, "BySourceRecoveryPointArn": params.recovery_point}
        return [
            Thing(
                id=each.get("CopyJobId", ""),
                state=each.get("State", ""),
                note=each.get("StatusMessage", ""),
                results={"recovery_point": each.get("DestinationRecoveryPointArn", "")},
            )
            for each in newest_first(every(backup, "list_copy_jobs", "CopyJobs", **asked), "CreationDate")
        ]

    def execute(self, aws: Aws, params: StartCopyParams, token: str) -> None:
        backup: BackupClient = aws.writer("backup", params.region)
        backup.start_copy_job(
            RecoveryPointArn=params.recovery_point,
            SourceBackupVaultName=params.vault,
            DestinationBackupVaultArn=params.destination,
            IamRoleArn=params.role,
            IdempotencyToken=self.fresh(self.jobs(aws, params), token),
        )
