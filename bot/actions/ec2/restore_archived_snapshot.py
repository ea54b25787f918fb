"""Bring an EBS snapshot back from the archive tier.

When to reach for it: the only snapshot that is old enough, or clean enough, has been archived.

What bites: retrieval takes 24 to 72 hours, which decides the recovery time, so it shows in the forecast before
anybody approves. Until it is over, no volume can be made of the snapshot. A repeat is refused while a restore runs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked
from bot.actions.base import Action, Call, Params, Results, action
from bot.actions.ec2.named import first
from bot.actions.shapes import rehearsed
from bot.language import later, told
from bot.model.action import Before, Finding, Idempotency, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.errors import AlreadyThere, StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class RestoreArchivedSnapshotParams(Params):
    """Which snapshot, and for how long."""

    snapshot: str = Field(description="Snapshot id.", pattern=r"^snap-", examples=["snap-0123456789abcdef0"])
    days: int | None = Field(default=None, ge=1, le=180, description="Days to keep it out; for good if left out.")


class RestoreArchivedSnapshotResults(Results):
    """The snapshot."""

    snapshot: str = Field(description="Snapshot id, usable now.")


def _tier(tier: str, operation: str = "archival-completed") -> Call:
    found = {"SnapshotId": "snap-0a", "StorageTier": tier, "LastTieringOperationStatus": operation}
    return Call("ec2", "describe_snapshot_tier_status", {"SnapshotTierStatuses": [found]})


@action(
    "ec2.restore_archived_snapshot",
    risk=Risk.REVERSIBLE,
    costs=told("the snapshot in the standard tier"),
    idempotency=Idempotency.READ_BACK,
    permissions=("ec2:DescribeSnapshotTierStatus", "ec2:RestoreSnapshotTier"),
    irreversible=told("A restored snapshot only costs more; archive it again by hand when it is not needed."),
    typical=timedelta(hours=48),
    by_hand=later("EC2 console in {region}, Snapshots, {snapshot}, Storage tier"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "snapshot": "snap-0a"},
        none=(_tier("archive"),),
        source=(),
        send=(
            _tier("archive"),
            Call("ec2", "restore_snapshot_tier", {"SnapshotId": "snap-0a"}),
        ),
        way=(_tier("archive", "permanent-restore-in-progress"), _tier("standard", "permanent-restore-completed")),
    ),
)
class RestoreArchivedSnapshot(Action[RestoreArchivedSnapshotParams]):
    """Ask for the retrieval, then wait for the standard tier."""

    Params = RestoreArchivedSnapshotParams
    Results = RestoreArchivedSnapshotResults

    def preflight(self, aws: Reads, params: RestoreArchivedSnapshotParams) -> Look:
        try:
            seen = self.verify(aws, params, {})
        except StepBroke as wrong:
            return blocked(wrong, params.snapshot)
        if isinstance(seen, Settled):
            return Look(state="already_done", change=seen.seen, targets=(params.snapshot,))
        slow = Finding(text=told("Retrieval from the archive tier takes 24 to 72 hours; nothing speeds it up."))
        return Look(
            state="ready", change=told("archive tier → standard tier"), findings=(slow,), targets=(params.snapshot,)
        )

    def execute(self, aws: Aws, params: RestoreArchivedSnapshotParams, token: str) -> None:
        seen = self.verify(aws, params, {})
        if not isinstance(seen, NotStarted):
            raise AlreadyThere(told("{seen}; EC2 refuses a second restore.", seen=seen.seen))
        ec2: EC2Client = aws.writer("ec2", params.region)
        term: Any = {"TemporaryRestoreDays": params.days} if params.days else {"PermanentRestore": True}
        ec2.restore_snapshot_tier(SnapshotId=params.snapshot, **term)

    def verify(self, aws: Reads, params: RestoreArchivedSnapshotParams, before: Before) -> Observation:
        ec2: EC2Client = aws.reader("ec2", params.region)
        filters: Any = [{"Name": "snapshot-id", "Values": [params.snapshot]}]
        found = first(ec2.describe_snapshot_tier_status(Filters=filters)["SnapshotTierStatuses"])
        if found is None:
            raise StepBroke(
                told("{snapshot} is not in {region}; correct the id.", snapshot=params.snapshot, region=params.region)
            )
        status = found.get("LastTieringOperationStatus", "")
        seen = told(
            "{snapshot}: {storage_tier} tier, {status}",
            snapshot=params.snapshot,
            storage_tier=found.get("StorageTier"),
            status=status,
        )
        if status.endswith("restore-failed"):
            raise StepBroke(
                told(
                    "{seen}: {last_tiering_operation_status_detail}; retry, or use another.",
                    seen=seen,
                    last_tiering_operation_status_detail=found.get("LastTieringOperationStatusDetail", ""),
                )
            )
        if found.get("StorageTier") == "standard" or status == "temporary-restore-completed":
            return Settled(seen=seen, results={"snapshot": params.snapshot})
        if status.endswith("restore-in-progress"):
            percent = found.get("LastTieringProgress")
            return Pending(
                seen=told("{seen}, {percent} %", seen=seen, percent=percent) if percent else seen,
                look_again=timedelta(minutes=5),
            )
        return NotStarted(seen=seen)
