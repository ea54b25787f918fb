"""Find the newest complete EBS snapshot of a volume, and measure its age.

When to reach for it: before volumes are made from snapshots; the age is the data loss. Snapshots that were copied from
another region are found by their Name tag.

What bites: a snapshot in the archive tier takes up to three days to come back; it is passed over.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import every
from bot.actions.assessing import Freshness, fresh, looked
from bot.actions.base import Call, Check, Params, action
from bot.actions.rehearsing import MEASURED
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class SnapshotsParams(Params):
    """Which snapshots: by volume, or by the Name tag of copies."""

    volume: str | None = Field(default=None, description="Volume id.", examples=["vol-0123456789abcdef0"])
    name: str | None = Field(default=None, description="Name tag, for copies from another region.")


class SnapshotsResults(Freshness):
    """The newest snapshot."""

    snapshot: str = Field(description="Its id.")


_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SNAPSHOT = {"SnapshotId": "snap-1", "State": "completed", "StartTime": MEASURED}
_LOOK = Call("ec2", "describe_snapshots", {"Snapshots": [_SNAPSHOT]})


@action(
    "ec2.snapshots",
    risk=Risk.READ,
    measures="lag_seconds",
    permissions=("ec2:DescribeSnapshots",),
    rehearsal=looked({"volume": "vol-0123456789abcdef0"}, _LOOK),
)
class Snapshots(Check[SnapshotsParams]):
    """The newest that is complete and at hand."""

    Params = SnapshotsParams
    Results = SnapshotsResults

    def verify(self, aws: Reads, params: SnapshotsParams, before: Before) -> Settled:
        if not params.volume and not params.name:
            raise StepBroke(told("Neither volume nor name is given; set one of them in the runbook."))
        wanted = ("volume-id", params.volume) if params.volume else ("tag:Name", params.name or "")
        ec2: EC2Client = aws.reader("ec2", params.region)
        filters = [{"Name": wanted[0], "Values": [str(wanted[1])]}]
        ready = [
            each
            for each in every(ec2, "describe_snapshots", "Snapshots", OwnerIds=["self"], Filters=filters)
            if each.get("State") == "completed" and each.get("StorageTier", "standard") == "standard"
        ]
        if not ready:
            raise StepBroke(
                told(
                    "{wanted} has no complete snapshot at hand in {region}; check its backup plan.",
                    wanted=wanted[1],
                    region=params.region,
                )
            )
        newest = max(ready, key=lambda each: each.get("StartTime", _LONG_AGO))
        seen = fresh(
            str(wanted[1]), newest.get("StartTime", _LONG_AGO), aws.now(), told("EBS, the newest complete snapshot")
        )
        return Settled(seen=seen.seen, results={**seen.results, "snapshot": newest.get("SnapshotId", "")})
