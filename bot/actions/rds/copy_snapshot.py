"""Copy an RDS or cluster snapshot into this region.

When to reach for it: a cold recovery whose newest snapshot is still in another region, or a backup that should
outlive one. The step's region is where the copy goes; the snapshot is named by its ARN in the other region.

What bites: the first copy across regions moves everything and takes from minutes to hours. An encrypted snapshot
needs a key of the target region. The source region must answer while the copy runs. AWS has no token for this call;
the copy's name is the identity.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from bot.actions.answers import blocked, region_of
from bot.actions.base import Call, Params, Rehearsal, Results, action
from bot.actions.rds.restoring import cluster_snapshots, instance_snapshots, usable
from bot.actions.rehearsing import absent
from bot.actions.shapes import Made, Thing
from bot.language import later, told
from bot.model.action import Finding, Idempotency, Look, Risk
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

Kind = Literal["instance", "cluster"]


class CopySnapshotParams(Params):
    """Which snapshot, and what the copy is called."""

    snapshot: str = Field(
        description="ARN of the snapshot, in the region it is in.",
        pattern=r"^arn:aws[\w-]*:rds:[\w-]+:\d{12}:(cluster-)?snapshot:.+$",
        examples=["arn:aws:rds:us-east-1:111122223333:snapshot:reports-nightly"],
    )
    name: str = Field(description="Identifier of the copy.", examples=["reports-nightly-usw2"])
    kms_key: str | None = Field(default=None, description="Key of the target region, for an encrypted snapshot.")

    @property
    def kind(self) -> Kind:
        return "cluster" if ":cluster-snapshot:" in self.snapshot else "instance"

    @property
    def original(self) -> str:
        """The snapshot's identifier, which has a colon when RDS or AWS Backup took it: `rds:…`, `awsbackup:…`."""
        return self.snapshot.split(":", 6)[6]


class CopySnapshotResults(Results):
    """The copy."""

    name: str = Field(description="Identifier of the copy.")
    arn: str = Field(description="ARN of the copy.")


_FROM = "arn:aws:rds:us-east-1:111122223333"
_TO = "arn:aws:rds:us-west-2:111122223333"


def _one(kind: Kind, status: str, name: str = "copy") -> Call:
    cluster = "Cluster" if kind == "cluster" else ""
    word = "cluster-snapshot" if cluster else "snapshot"
    look = f"describe_db_{'cluster_' if cluster else ''}snapshots"
    if not status:
        return absent("rds", look, f"DB{cluster}SnapshotNotFound{'Fault' if cluster else ''}")
    found = {"Status": status, f"DB{cluster}SnapshotArn": f"{_TO}:{word}:{name}"}
    return Call("rds", look, {f"DB{cluster}Snapshots": [found]})


def _rehearsal(kind: Kind, *also: Rehearsal) -> Rehearsal:
    word = "cluster-snapshot" if kind == "cluster" else "snapshot"
    return Rehearsal(
        params={"region": "us-west-2", "snapshot": f"{_FROM}:{word}:nightly", "name": "copy"},
        calls=(
            _one(kind, ""), _one(kind, "available", "nightly"),  # preflight
            Call("rds", f"copy_db_{'cluster_' if kind == 'cluster' else ''}snapshot", {}),
            _one(kind, "copying"),
            _one(kind, "available"),
        ),
        idle=(_one(kind, ""),),
        also=also,
    )  # fmt: skip


@action(
    "rds.copy_snapshot",
    risk=Risk.REVERSIBLE,
    costs=told("the copy's storage"),
    idempotency=Idempotency.READ_BACK,
    permissions=(
        "rds:DescribeDBSnapshots",
        "rds:DescribeDBClusterSnapshots",
        "rds:CopyDBSnapshot",
        "rds:CopyDBClusterSnapshot",
    ),
    irreversible=told("The copy stays and costs storage until a person deletes it; the original is untouched."),
    typical=timedelta(minutes=30),
    by_hand=later("RDS console in {region}, Snapshots, {name}"),
    rehearsal=_rehearsal("instance", _rehearsal("cluster")),
)
class CopySnapshot(Made[CopySnapshotParams]):
    """Start the copy, then watch until it is available."""

    Params = CopySnapshotParams
    Results = CopySnapshotResults

    def called(self, params: CopySnapshotParams) -> str:
        return params.name

    def thing(self, aws: Reads, params: CopySnapshotParams) -> Thing | None:
        found = _snapshots(aws, params, params.region, params.name)
        if not found:
            return None
        arn = found[0].get("DBSnapshotArn") or found[0].get("DBClusterSnapshotArn", "")
        percent = found[0].get("PercentProgress")
        return Thing(
            state=found[0]["Status"],
            note=told("{percent} %", percent=percent) if percent else "",
            results={"name": params.name, "arn": arn},
        )

    def source(self, aws: Reads, params: CopySnapshotParams) -> Look:
        home, name = region_of(params.snapshot), params.original
        found = usable(_snapshots(aws, params, home, name), name, home)
        change = told(
            "{name} in {home} → {params_name} in {region}",
            name=name,
            home=home,
            params_name=params.name,
            region=params.region,
        )
        if found.get("Encrypted") and home != params.region and not params.kms_key:
            return blocked(
                told("{name} is encrypted; name a kms_key of {region}.", name=name, region=params.region),
                params.name,
                change=change,
            )
        slow = Finding(
            text=told("The copy reads from {home}; if that region is impaired, it may not finish.", home=home)
        )
        return Look(state="ready", change=change, targets=(params.name,), findings=(slow,))

    def execute(self, aws: Aws, params: CopySnapshotParams, token: str) -> None:
        rds: RDSClient = aws.writer("rds", params.region)
        said: dict[str, Any] = {"KmsKeyId": params.kms_key} if params.kms_key else {}
        if region_of(params.snapshot) != params.region:
            said["SourceRegion"] = region_of(params.snapshot)
        if params.kind == "cluster":
            rds.copy_db_cluster_snapshot(
                SourceDBClusterSnapshotIdentifier=params.snapshot, TargetDBClusterSnapshotIdentifier=params.name, **said
            )
        else:
            rds.copy_db_snapshot(
                SourceDBSnapshotIdentifier=params.snapshot, TargetDBSnapshotIdentifier=params.name, **said
            )


def _snapshots(aws: Reads, params: CopySnapshotParams, region: str, name: str) -> list[Any]:
    if params.kind == "cluster":
        return cluster_snapshots(aws, "rds", region, name)
    return instance_snapshots(aws, region, name)
