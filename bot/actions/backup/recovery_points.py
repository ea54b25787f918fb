"""Find the newest sound AWS Backup recovery point of a resource, and measure its age.

When to reach for it: before a restore; the age is the data loss. Ask the region in which it will be restored.

What bites: a point in which malware was found, or whose backup is not complete, is passed over, and the reason shows.
Continuous backups have later points than this list tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import every, short
from bot.actions.assessing import Freshness, fresh, looked
from bot.actions.base import Call, Check, Params, action
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient


class RecoveryPointsParams(Params):
    """Which resource."""

    resource: str = Field(description="ARN of the resource that was backed up.")


class RecoveryPointsResults(Freshness):
    """The newest sound point."""

    recovery_point: str = Field(description="Its ARN.")
    passed_over: int = Field(description="Points that are incomplete or infected.")


_POINT = {"RecoveryPointArn": "arn:aws:backup:us-west-2:1:recovery-point:1", "Status": "COMPLETED"}
_LOOK = Call(
    "backup",
    "list_recovery_points_by_resource",
    {"RecoveryPoints": [{**_POINT, "CreationDate": MEASURED}]},
)


@action(
    "backup.recovery_points",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=("backup:ListRecoveryPointsByResource",),
    rehearsal=looked({"resource": "arn:aws:ec2:us-west-2:1:volume/vol-1"}, _LOOK),
)
class RecoveryPoints(Check[RecoveryPointsParams]):
    """The newest that is complete and clean."""

    Params = RecoveryPointsParams
    Results = RecoveryPointsResults

    def verify(self, aws: Reads, params: RecoveryPointsParams, before: Before) -> Settled:
        backup: BackupClient = aws.reader("backup", params.region)
        points = every(backup, "list_recovery_points_by_resource", "RecoveryPoints", ResourceArn=params.resource)
        sound = [point for point in points if not _unsound(point)]
        if not sound:
            why = sorted({_unsound(point) for point in points}) or told("none exists")
            raise StepBroke(
                told(
                    "{resource} has no sound recovery point in {region}: {why}.",
                    resource=short(params.resource),
                    region=params.region,
                    why=why,
                )
            )
        newest = max(sound, key=lambda point: point["CreationDate"])
        seen = fresh(
            short(params.resource), newest["CreationDate"], aws.now(), told("AWS Backup, the newest sound point")
        )
        passed = len(points) - len(sound)
        return Settled(
            seen=seen.seen,
            results={**seen.results, "recovery_point": newest["RecoveryPointArn"], "passed_over": passed},
        )


def _unsound(point: Mapping[str, Any]) -> str:
    """Why a point must not be restored; empty when it may."""
    if "MALWARE" in point.get("AggregatedScanResult", {}).get("Findings", []):
        return told("malware was found")
    status = str(point.get("Status", "unknown"))
    return "" if status in ("COMPLETED", "AVAILABLE") else told("it is {status}", status=status)
