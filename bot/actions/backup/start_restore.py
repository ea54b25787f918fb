"""Restore whatever AWS Backup holds in a recovery point: a volume, a database, a file system, a table.

When to reach for it: the cold way, from a vault in the recovery region. The metadata that the backup remembers is
used, with yours on top: subnets, security groups and names are of the old region otherwise.

What bites: metadata of the old region makes a restore fail, or come up in a new network. A point in which malware was
found is refused. A point in cold storage takes hours longer. The result is a new resource with a new name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import every, newest_first, short
from bot.actions.base import Call, Params, Results, action
from bot.actions.shapes import LISTED, Job, Thing, followed
from bot.language import later, told
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient


class StartRestoreParams(Params):
    """Which recovery point, as which role, with what changes."""

    vault: str = Field(description="Backup vault name.", examples=["dr-vault"])
    recovery_point: str = Field(description="ARN of the recovery point.")
    role: str = Field(description="ARN of the role that AWS Backup assumes for the restore.")
    metadata: dict[str, str] = Field(default={}, description="What differs from the restore metadata of the backup.")


class StartRestoreResults(Results):
    """What was made."""

    resource: str = Field(description="ARN of the restored resource.")
    job: str = Field(description="Id of the restore job.")


_POINT = "arn:aws:ec2:us-west-2::snapshot/snap-0a"
_MADE = "arn:aws:ec2:us-west-2:111122223333:volume/vol-0c"


def _jobs(*states: str) -> Call:
    found = [
        {"RestoreJobId": f"job-{state}", "RecoveryPointArn": _POINT, "Status": state, "CreatedResourceArn": _MADE}
        for state in states
    ]
    return Call("backup", "list_restore_jobs", {"RestoreJobs": found})


_METADATA = Call("backup", "get_recovery_point_restore_metadata", {"RestoreMetadata": {"availabilityZone": "old"}})


@action(
    "backup.start_restore",
    risk=Risk.REVERSIBLE,
    costs=told("what was restored"),
    idempotency=Idempotency.TOKEN,
    implied=("iam:PassRole",),
    permissions=(
        "backup:DescribeRecoveryPoint",
        "backup:GetRecoveryPointRestoreMetadata",
        "backup:ListRestoreJobs",
        "backup:StartRestoreJob",
    ),
    irreversible=told("What was restored stands beside the original; a person deletes it when it is not needed."),
    typical=timedelta(minutes=30),
    settle=LISTED,
    by_hand=later("AWS Backup console in {region}, Jobs, Restore jobs"),
    rehearsal=followed(
        {"region": "us-west-2", "vault": "dr-vault", "recovery_point": _POINT,
         "role": "arn:aws:iam::111122223333:role/restore", "metadata": {"availabilityZone": "us-west-2a"}},
        source=(
            Call("backup", "describe_recovery_point", {"Status": "COMPLETED", "ResourceType": "EBS",
                                                       "StorageClass": "WARM"}),
        ),
        known=(_jobs("FAILED"),),
        send=(_METADATA, Call("backup", "start_restore_job", {"RestoreJobId": "job-PENDING"})),
        way=(_jobs("PENDING", "FAILED"), _jobs("COMPLETED", "FAILED")),
    ),
)  # fmt: skip
class StartRestore(Job[StartRestoreParams]):
    """Start the job, then follow it."""

    Params = StartRestoreParams
    Results = StartRestoreResults
    mend = told("read its status message in AWS Backup and correct the metadata")

    def called(self, params: StartRestoreParams) -> str:
        return told("restore of {recovery_point}", recovery_point=short(params.recovery_point))

    def source(self, aws: Reads, params: StartRestoreParams) -> Look:
        found = recovery_point(aws, params.region, params.vault, params.recovery_point)
        findings = [*infected(found), *stored(found)]
        return Look(
            state="blocked" if any(finding.blocking for finding in findings) else "ready",
            change=told(
                "nothing → a new {resource_type} from {recovery_point}",
                resource_type=found.get("ResourceType", "resource"),
                recovery_point=short(params.recovery_point),
            ),
            findings=tuple(findings),
            targets=(params.recovery_point,),
        )

    def jobs(self, aws: Reads, params: StartRestoreParams) -> list[Thing]:
        backup: BackupClient = aws.reader("backup", params.region)
        return [
            Thing(
                id=each.get("RestoreJobId", ""),
                state=each.get("Status", ""),
                note=each.get("StatusMessage", "") or each.get("PercentDone", ""),
                results={"resource": each.get("CreatedResourceArn", ""), "job": each.get("RestoreJobId", "")},
            )
            for each in newest_first(every(backup, "list_restore_jobs", "RestoreJobs"), "CreationDate")
            if each.get("RecoveryPointArn") == params.recovery_point
        ]

    def execute(self, aws: Aws, params: StartRestoreParams, token: str) -> None:
        own = self.fresh(self.jobs(aws, params), token)
        look: BackupClient = aws.reader("backup", params.region)
        remembered = look.get_recovery_point_restore_metadata(
            BackupVaultName=params.vault, RecoveryPointArn=params.recovery_point
        )["RestoreMetadata"]
        backup: BackupClient = aws.writer("backup", params.region)
        backup.start_restore_job(
            RecoveryPointArn=params.recovery_point,
            Metadata={**remembered, **params.metadata},
            IamRoleArn=params.role,
            IdempotencyToken=own,
        )


def recovery_point(aws: Reads, region: str, vault: str, arn: str) -> Any:
    """The point, if it is whole. Raises StepBroke with the next move."""
    backup: BackupClient = aws.reader("backup", region)
    try:
        found = backup.describe_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
    except backup.exceptions.ResourceNotFoundException:
        raise StepBroke(
            told(
                "{arn} is not in vault {vault} in {region}; choose another recovery point.",
                arn=short(arn),
                vault=vault,
                region=region,
            )
        ) from None
    if found.get("Status") not in ("COMPLETED", "AVAILABLE"):
        raise StepBroke(
            told("{arn} is {status}; choose a completed recovery point.", arn=short(arn), status=found.get("Status"))
        )
    return found


def infected(found: Any) -> list[Finding]:
    scans = found.get("ScanResults", [])
    bad = any("MALWARE" in scan.get("Findings", []) for scan in scans)
    return [Finding(text=told("Malware was found in this point; choose an older one."), blocking=True)] if bad else []


def stored(found: Any) -> list[Finding]:
    cold = found.get("StorageClass") == "COLD"
    return [Finding(text=told("The point lies in cold storage; the restore takes hours longer."))] if cold else []
