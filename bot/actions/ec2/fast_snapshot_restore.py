"""Have volumes of a snapshot come up at full speed in some zones.

When to reach for it: ahead of restoring large volumes, so that the first read of each block does not go to S3.

What bites: it takes about an hour per TiB to be ready, and bills per zone and hour until it is disabled, which is
what rolling back does. A volume made before it is enabled gains nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import refusal
from bot.actions.base import Call, Params, Results, action
from bot.actions.setting import Seen, Setting, rehearsed
from bot.language import told
from bot.model.action import Finding, Risk
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class FastSnapshotRestoreParams(Params):
    """Which snapshot, in which zones."""

    snapshot: str = Field(description="Snapshot id.", pattern=r"^snap-", examples=["snap-0123456789abcdef0"])
    zones: tuple[str, ...] = Field(min_length=1, description="Availability Zones.", examples=[["us-west-2a"]])


class FastSnapshotRestoreResults(Results):
    """Where it is fast."""

    zones: list[str] = Field(description="Zones in which it is enabled.")


class Zones(Frozen):
    """Where a snapshot restores fast, or is about to."""

    fast: tuple[str, ...]

    def __str__(self) -> str:
        return told("fast in {fast}", fast=", ".join(self.fast)) if self.fast else told("fast nowhere")


def _states(**states: str) -> Call:
    found = [
        {"SnapshotId": "snap-0a", "AvailabilityZone": f"us-west-{zone}", "State": state}
        for zone, state in states.items()
    ]
    return Call("ec2", "describe_fast_snapshot_restores", {"FastSnapshotRestores": found})


@action(
    "ec2.fast_snapshot_restore",
    risk=Risk.REVERSIBLE,
    costs=told("every hour that fast restore is on, in each zone"),
    permissions=(
        "ec2:DescribeFastSnapshotRestores",
        "ec2:DescribeSnapshots",
        "ec2:EnableFastSnapshotRestores",
        "ec2:DisableFastSnapshotRestores",
    ),
    typical=timedelta(minutes=60),
    by_hand="aws ec2 describe-fast-snapshot-restores --region {region}",
    taken_back=told("Turn it off: aws ec2 disable-fast-snapshot-restores."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "snapshot": "snap-0a", "zones": ["us-west-2a"]},
        was=_states(),
        asked=Call("ec2", "describe_snapshots", {}),
        put=Call("ec2", "enable_fast_snapshot_restores", {}),
        moving=_states(**{"2a": "optimizing"}),
        now=_states(**{"2a": "enabled"}),
        back=Call("ec2", "disable_fast_snapshot_restores", {}),
    ),
)
class FastSnapshotRestore(Setting[FastSnapshotRestoreParams, Zones]):
    """Enable it, then wait until every zone is ready."""

    Params = FastSnapshotRestoreParams
    Results = FastSnapshotRestoreResults
    State = Zones

    def look(self, aws: Reads, params: FastSnapshotRestoreParams) -> Seen[Zones]:
        ec2: EC2Client = aws.reader("ec2", params.region)
        found = ec2.describe_fast_snapshot_restores(Filters=[{"Name": "snapshot-id", "Values": [params.snapshot]}])
        states = {each["AvailabilityZone"]: each["State"] for each in found["FastSnapshotRestores"]}
        fast = tuple(sorted(zone for zone, state in states.items() if not state.startswith("disabl")))
        moving = sorted({state for state in states.values() if state not in ("enabled", "disabled")})
        return Seen(
            name=params.snapshot, state=Zones(fast=fast), moving=", ".join(moving), results={"zones": list(fast)}
        )

    def wanted(self, params: FastSnapshotRestoreParams, now: Zones) -> Zones:
        return Zones(fast=tuple(sorted({*now.fast, *params.zones})))

    def put(self, aws: Aws, params: FastSnapshotRestoreParams, seen: Seen[Zones], state: Zones, token: str) -> None:
        ec2: EC2Client = aws.writer("ec2", params.region)
        if more := sorted({*state.fast} - {*seen.state.fast}):
            answer = ec2.enable_fast_snapshot_restores(AvailabilityZones=more, SourceSnapshotIds=[params.snapshot])
            refused = [
                f"{zone.get('AvailabilityZone')}: {zone.get('Error', {}).get('Message')}"
                for each in answer.get("Unsuccessful", [])
                for zone in each.get("FastSnapshotRestoreStateErrors", [])
            ]
            if refused:
                raise StepBroke(
                    told(
                        "EC2 does not make {snapshot} fast in {refused}; choose other zones.",
                        snapshot=params.snapshot,
                        refused="; ".join(refused),
                    )
                )
        else:
            fewer = sorted({*seen.state.fast} - {*state.fast})
            ec2.disable_fast_snapshot_restores(AvailabilityZones=fewer, SourceSnapshotIds=[params.snapshot])

    def findings(self, aws: Reads, params: FastSnapshotRestoreParams, seen: Seen[Zones]) -> list[Finding]:
        ec2: EC2Client = aws.reader("ec2", params.region)
        try:
            ec2.describe_snapshots(SnapshotIds=[params.snapshot])
        except refusal("InvalidSnapshot*"):
            return [
                Finding(
                    text=told(
                        "{snapshot} is not in {region}; correct the id.", snapshot=params.snapshot, region=params.region
                    ),
                    blocking=True,
                )
            ]
        return [Finding(text=told("It bills per zone and hour until it is disabled again."))]
