"""Copy an EBS snapshot into this region.

When to reach for it: a cold recovery whose newest snapshot is still in another region.

What bites: EC2 makes another copy for every call it gets and knows no token, so the copy carries a name as its tag
and is looked for first. The first copy moves every block and takes from minutes to hours; `within` buys speed (15
minutes to 48 hours, and costs extra). An encrypted snapshot needs a key of this region.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import blocked, unready
from bot.actions.base import Call, Params, Results, action
from bot.actions.ec2.named import by_name, first, tagged
from bot.actions.shapes import Made, Thing, rehearsed
from bot.language import later, told
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.model.base import Duration
from bot.model.errors import AlreadyThere
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class CopySnapshotParams(Params):
    """Which snapshot, from where, and what the copy is called."""

    snapshot: str = Field(description="Snapshot id.", pattern=r"^snap-", examples=["snap-0123456789abcdef0"])
    source_region: str = Field(description="The region it is in.", examples=["us-east-1"])
    name: str = Field(description="Name tag of the copy; its identity.", examples=["orders-data-nightly"])
    kms_key: str | None = Field(default=None, description="Key of this region, for an encrypted copy.")
    within: Duration | None = Field(default=None, description="Pay to have it done within this time.")


class CopySnapshotResults(Results):
    """The copy."""

    snapshot: str = Field(description="Id of the copy.")


def _copy(*states: str) -> Call:
    found = [{"SnapshotId": "snap-0c", "State": state, "Progress": "40%"} for state in states]
    return Call("ec2", "describe_snapshots", {"Snapshots": found})


@action(
    "ec2.copy_snapshot",
    risk=Risk.REVERSIBLE,
    costs=told("the copy's storage"),
    idempotency=Idempotency.READ_BACK,
    implied=("ec2:CreateTags",),
    permissions=("ec2:DescribeSnapshots", "ec2:CopySnapshot"),
    irreversible=told("The copy stays and costs storage until a person deletes it; the original is untouched."),
    typical=timedelta(minutes=30),
    settle=timedelta(seconds=30),
    by_hand=later("EC2 console in {region}, Snapshots, Name {name}"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "snapshot": "snap-0a", "source_region": "us-east-1", "name": "orders-data"},
        none=(_copy(),),
        source=(_copy("completed"),),
        send=(_copy(), Call("ec2", "copy_snapshot", {"SnapshotId": "snap-0c"})),
        way=(_copy("pending"), _copy("completed")),
    ),
)
class CopySnapshot(Made[CopySnapshotParams]):
    """Start the copy, then watch until it is complete."""

    Params = CopySnapshotParams
    Results = CopySnapshotResults
    ready = frozenset({"completed"})
    dead = frozenset({"error"})

    def called(self, params: CopySnapshotParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: CopySnapshotParams) -> Thing | None:
        ec2: EC2Client = aws.reader("ec2", params.region)
        found = first(ec2.describe_snapshots(Filters=by_name(params.name), OwnerIds=["self"])["Snapshots"])
        if found is None:
            return None
        return Thing(state=found["State"], note=found.get("Progress", ""), results={"snapshot": found["SnapshotId"]})

    def source(self, aws: Reads, params: CopySnapshotParams) -> Look:
        ec2: EC2Client = aws.reader("ec2", params.source_region)
        filters: Any = [{"Name": "snapshot-id", "Values": [params.snapshot]}]
        found = first(ec2.describe_snapshots(Filters=filters)["Snapshots"])
        if found is None or found["State"] != "completed":
            status = found["State"] if found else None
            return blocked(unready(params.snapshot, status, "completed", params.source_region), params.name)
        slow = Finding(
            text=told(
                "The copy reads from {source_region}; it cannot finish if that region is gone.",
                source_region=params.source_region,
            )
        )
        change = told(
            "{snapshot} in {source_region} → {name} in {region}",
            snapshot=params.snapshot,
            source_region=params.source_region,
            name=params.name,
            region=params.region,
        )
        return Look(state="ready", change=change, findings=(slow,), targets=(params.name,))

    def execute(self, aws: Aws, params: CopySnapshotParams, token: str) -> None:
        if self.thing(aws, params):
            raise AlreadyThere(told("{name} is there already; EC2 would make a second one.", name=params.name))
        ec2: EC2Client = aws.writer("ec2", params.region)
        said: dict[str, Any] = {"KmsKeyId": params.kms_key, "Encrypted": True} if params.kms_key else {}
        if params.within:
            said["CompletionDurationMinutes"] = round(params.within.total_seconds() / 60)
        ec2.copy_snapshot(
            SourceSnapshotId=params.snapshot,
            SourceRegion=params.source_region,
            Description=f"dr-bot {token}",
            TagSpecifications=tagged("snapshot", params.name),
            **said,
        )
