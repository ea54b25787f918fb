"""Take a backup with AWS Backup now, of whatever it can back up: a volume, a database, a file system, a table.

When to reach for it: before a step that people might want to take back, such as a failback or a migration of the
schema, and where the newest recovery point is older than the data that may be lost.

What bites: the first backup of a resource copies everything and can take hours. A resource outside the vault's region
cannot be backed up into it. The point has the state at the start of the job, and lives as long as `keep_days` says.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import every, newest_first, refusal, region_of, short
from bot.actions.base import Call, Params, Rehearsal, Results, action
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told, told_n
from bot.model.action import Idempotency, Look, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient
    from mypy_boto3_backup.type_defs import DescribeBackupVaultOutputTypeDef, StartBackupJobInputTypeDef


class StartBackupParams(Params):
    """What is backed up, into which vault, as which role."""

    resource: str = Field(
        description="ARN of the resource.",
        pattern=r"^arn:aws[\w-]*:[\w-]+:.+$",
        examples=["arn:aws:dynamodb:us-west-2:111122223333:table/quotes"],
    )
    vault: str = Field(description="Name of the vault that receives the recovery point.", examples=["dr-vault"])
    role: str = Field(description="ARN of the role that AWS Backup assumes for the backup.")
    keep_days: int | None = Field(
        default=None, description="Days until AWS Backup removes the point; for ever when left out.", ge=1
    )


class StartBackupResults(Results):
    """The backup."""

    recovery_point: str = Field(description="ARN of the recovery point.")
    job: str = Field(description="Id of the backup job.")


_RESOURCE = "arn:aws:dynamodb:us-west-2:111122223333:table/quotes"
_POINT = "arn:aws:backup:us-west-2:111122223333:recovery-point:1"
_VAULT = Call("backup", "describe_backup_vault", {"BackupVaultName": "dr-vault", "Locked": False})
_START = Call("backup", "start_backup_job", {"BackupJobId": "job-CREATED", "RecoveryPointArn": _POINT})


def _jobs(*states: str) -> Call:
    found = [{"BackupJobId": f"job-{state}", "State": state, "RecoveryPointArn": _POINT} for state in states]
    return Call("backup", "list_backup_jobs", {"BackupJobs": found})


def _performed(*, also: tuple[Rehearsal, ...] = (), **more: int) -> Rehearsal:
    return followed(
        {"region": "us-west-2", "resource": _RESOURCE, "vault": "dr-vault",
         "role": "arn:aws:iam::111122223333:role/backup", **more},
        source=(_VAULT,),
        known=(_jobs(),),
        send=(_START,),
        way=(_jobs("RUNNING"), _jobs("COMPLETED")),
        also=also,
    )  # fmt: skip


@action(
    "backup.start_backup",
    risk=Risk.REVERSIBLE,
    costs=told("the recovery point's storage"),
    idempotency=Idempotency.TOKEN,
    implied=("iam:PassRole",),
    permissions=("backup:DescribeBackupVault", "backup:ListBackupJobs", "backup:StartBackupJob"),
    irreversible=told("The recovery point stays until its lifecycle ends it; the resource is untouched."),
    typical=timedelta(minutes=20),
    settle=LISTED,
    by_hand=later("AWS Backup console in {region}, Jobs, Backup jobs"),
    rehearsal=_performed(also=(_performed(keep_days=35),)),
)
class StartBackup(Job[StartBackupParams]):
    """Start the job, then follow it."""

    Params = StartBackupParams
    Results = StartBackupResults
    dead = frozenset({"FAILED", "ABORTED", "EXPIRED", "PARTIAL"})
    mend = told("read its status message in AWS Backup")

    def called(self, params: StartBackupParams) -> str:
        return told("backup of {resource}", resource=short(params.resource))

    def source(self, aws: Reads, params: StartBackupParams) -> Look:
        home = region_of(params.resource)
        if home not in ("", params.region):
            text = told("{resource} is in {home}; run the step there.", resource=short(params.resource), home=home)
            raise StepBroke(text)
        _must_keep(_vault(aws, params), params)
        change = told("{resource} → a recovery point in {vault}", resource=short(params.resource), vault=params.vault)
        return Look(state="ready", change=change, targets=(params.resource,))

    def jobs(self, aws: Reads, params: StartBackupParams) -> list[Thing]:
        backup: BackupClient = aws.reader("backup", params.region)
        asked = {"ByResourceArn": params.resource, "ByBackupVaultName": params.vault}
        return [
            Thing(
                id=each.get("BackupJobId", ""),
                state=each.get("State", ""),
                note=each.get("StatusMessage", "") or each.get("PercentDone", ""),
                results={"recovery_point": each.get("RecoveryPointArn", ""), "job": each.get("BackupJobId", "")},
            )
            for each in newest_first(every(backup, "list_backup_jobs", "BackupJobs", **asked), "CreationDate")
        ]

    def execute(self, aws: Aws, params: StartBackupParams, token: str) -> None:
        sent: StartBackupJobInputTypeDef = {
            "BackupVaultName": params.vault,
            "ResourceArn": params.resource,
            "IamRoleArn": params.role,
            "IdempotencyToken": self.fresh(self.jobs(aws, params), token),
        }
        if params.keep_days is not None:
            sent["Lifecycle"] = {"DeleteAfterDays": params.keep_days}
        backup: BackupClient = aws.writer("backup", params.region)
        backup.start_backup_job(**sent)


def _vault(aws: Reads, params: StartBackupParams) -> DescribeBackupVaultOutputTypeDef:
    """Raises StepBroke when there is none: AWS denies access to a vault that does not exist."""
    backup: BackupClient = aws.reader("backup", params.region)
    try:
        return backup.describe_backup_vault(BackupVaultName=params.vault)
    except refusal("ResourceNotFoundException", "AccessDeniedException"):
        text = told(
            "There is no vault {vault} in {region} that the bot may see; name another.",
            vault=params.vault,
            region=params.region,
        )
        raise StepBroke(text) from None


def _must_keep(vault: DescribeBackupVaultOutputTypeDef, params: StartBackupParams) -> None:
    """Raises StepBroke for a span that a locked vault refuses: the job would fail after it was approved."""
    least = vault.get("MinRetentionDays", 0) if vault.get("Locked") else 0
    if params.keep_days is not None and params.keep_days < least:
        text = told_n(
            "{vault} is locked and keeps points {count} day at least.",
            "{vault} is locked and keeps points {count} days at least.",
            least,
            vault=params.vault,
        )
        raise StepBroke(text)
