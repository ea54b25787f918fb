"""Bring archived objects back from Glacier or Deep Archive, so that they can be read.

When to reach for it: a handful of objects (a dump, a manifest, an image) is needed from the archive; for thousands,
take s3.batch_restore. The objects stay where they are and are readable for `days`.

What bites: retrieval takes minutes to days. Glacier Flexible Retrieval: Expedited 1 to 5 minutes, Standard 3 to 5
hours, Bulk 5 to 12 hours. Deep Archive: Standard within 12 hours, Bulk within 48 hours, and no Expedited at all. The
archive tiers of Intelligent-Tiering take as long, and what comes back from there stays. The plan shows which applies,
since it decides the recovery time. A repeat for an object that is on its way is refused by S3, so those are left out.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field, JsonValue

from bot.actions.answers import blocked, refusal
from bot.actions.base import Action, Call, Params, Results, action
from bot.actions.shapes import rehearsed
from bot.language import later, told, told_n
from bot.model.action import Before, Finding, Look, NotStarted, Observation, Pending, Risk, Settled
from bot.model.base import Frozen
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Tier = Literal["Expedited", "Standard", "Bulk"]
_FLEXIBLE: dict[Tier, tuple[str, timedelta]] = {
    "Expedited": (told("1 to 5 minutes"), timedelta(minutes=5)),
    "Standard": (told("3 to 5 hours"), timedelta(hours=5)),
    "Bulk": (told("5 to 12 hours"), timedelta(hours=12)),
}
_DEEP: dict[Tier, tuple[str, timedelta]] = {
    "Standard": (told("up to 12 hours"), timedelta(hours=12)),
    "Bulk": (told("up to 48 hours"), timedelta(hours=48)),
}
TIERS = frozenset({"ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"})
"""Where Intelligent-Tiering archives. What is retrieved from there stays readable, so S3 takes no days."""

TAKES = {"GLACIER": _FLEXIBLE, "ARCHIVE_ACCESS": _FLEXIBLE, "DEEP_ARCHIVE": _DEEP, "DEEP_ARCHIVE_ACCESS": _DEEP}
"""In words, and what a plan reckons with: the longer end."""


class RestoreObjectsParams(Params):
    """Which objects, how fast, for how long."""

    bucket: str = Field(description="Bucket name.", examples=["orders-archive"])
    keys: tuple[str, ...] = Field(min_length=1, max_length=50, description="Object keys.", examples=[["db/2025.dump"]])
    tier: Tier = Field(default="Standard", description="Retrieval tier.")
    days: int = Field(default=7, ge=1, description="Days that the restored copies stay readable.")


class RestoreObjectsResults(Results):
    """What can be read now."""

    keys: list[str] = Field(description="Keys that are readable.")


class Archived(Frozen):
    """One object's place."""

    key: str
    storage: str
    asked: bool = False
    readable: bool = False


def _head(restore: str = "") -> Call:
    asked = {"Restore": restore} if restore else {}
    return Call("s3", "head_object", {"StorageClass": "DEEP_ARCHIVE", **asked})


@action(
    "s3.restore_objects",
    risk=Risk.REVERSIBLE,
    costs=told("the readable copies, until they expire"),
    implied=("s3:ListBucket",),
    permissions=("s3:GetObject", "s3:RestoreObject"),
    irreversible=told("Restored copies expire by themselves after their days; the archived objects are untouched."),
    typical=timedelta(hours=12),
    by_hand=later("S3 console, bucket {bucket}, the object's Properties, Storage class"),
    rehearsal=rehearsed(
        {"region": "us-west-2", "bucket": "orders-archive", "keys": ["db/2025.dump"]},
        none=(_head(),),
        source=(),
        send=(_head(), Call("s3", "restore_object", {})),
        way=(_head('ongoing-request="true"'), _head('ongoing-request="false", expiry-date="Fri, 09 Jan 2026"')),
    ),
)
class RestoreObjects(Action[RestoreObjectsParams]):
    """Ask for each object that has not been asked for, then look until all are readable."""

    Params = RestoreObjectsParams
    Results = RestoreObjectsResults

    def preflight(self, aws: Reads, params: RestoreObjectsParams) -> Look:
        targets = tuple(f"s3://{params.bucket}/{key}" for key in params.keys)
        try:
            seen = _read(aws, params)
        except StepBroke as missing:
            return blocked(missing, *targets)
        waiting = [each for each in seen if not each.readable]
        if not waiting:
            return Look(
                state="already_done",
                change=told_n("{count} object is readable", "{count} objects are readable", len(seen)),
                targets=targets,
            )
        classes = sorted({each.storage for each in waiting})
        findings = [_takes(storage, params.tier) for storage in classes]
        return Look(
            state="blocked" if any(finding.blocking for finding in findings) else "ready",
            change=told_n(
                "{count} object in {classes} → readable for {days}",
                "{count} objects in {classes} → readable for {days}",
                len(waiting),
                classes=", ".join(classes),
                days=told_n("{count} day", "{count} days", params.days),
            ),
            findings=tuple(findings),
            targets=targets,
            expected=max((TAKES[each][params.tier][1] for each in classes if params.tier in TAKES[each]), default=None),
        )

    def execute(self, aws: Aws, params: RestoreObjectsParams, token: str) -> None:
        s3: S3Client = aws.writer("s3", params.region)
        for each in _read(aws, params):
            if not (each.asked or each.readable):
                s3.restore_object(
                    Bucket=params.bucket,
                    Key=each.key,
                    RestoreRequest={
                        "GlacierJobParameters": {"Tier": params.tier},
                        **({} if each.storage in TIERS else {"Days": params.days}),
                    },
                )

    def verify(self, aws: Reads, params: RestoreObjectsParams, before: Before) -> Observation:
        seen = _read(aws, params)
        keys: list[JsonValue] = [each.key for each in seen if each.readable]
        readable = told_n(
            "{bucket}: {readable} of {count} object readable",
            "{bucket}: {readable} of {count} objects readable",
            len(seen),
            bucket=params.bucket,
            readable=len(keys),
        )
        if len(keys) == len(seen):
            return Settled(seen=readable, results={"keys": keys})
        missing = [each.key for each in seen if not (each.asked or each.readable)]
        if missing:
            return NotStarted(
                seen=told("{readable}; {missing} has not been asked for", readable=readable, missing=missing[0])
            )
        return Pending(
            seen=told("{readable}; the others are being retrieved", readable=readable), look_again=timedelta(minutes=1)
        )


def _takes(storage: str, tier: Tier) -> Finding:
    takes = TAKES[storage].get(tier)
    if takes is None:
        return Finding(
            text=told("{tier} is not offered for {storage}; choose Standard or Bulk.", tier=tier, storage=storage),
            blocking=True,
        )
    return Finding(
        text=told("{tier} retrieval from {storage} takes {takes}.", tier=tier, storage=storage, takes=takes[0])
    )


def _read(aws: Reads, params: RestoreObjectsParams) -> list[Archived]:
    return [_one(aws, params, key) for key in params.keys]


def _one(aws: Reads, params: RestoreObjectsParams, key: str) -> Archived:
    s3: S3Client = aws.reader("s3", params.region)
    try:
        head = s3.head_object(Bucket=params.bucket, Key=key)
    except refusal("404", "NoSuchKey", "NotFound", "NoSuchBucket"):
        raise StepBroke(
            told("s3://{bucket}/{key} does not exist; correct the key.", bucket=params.bucket, key=key)
        ) from None
    storage = str(head.get("ArchiveStatus") or head.get("StorageClass", "STANDARD"))
    restore = head.get("Restore", "")
    done = bool(re.search(r'ongoing-request="false"', restore))
    return Archived(key=key, storage=storage, asked=bool(restore), readable=done or storage not in TAKES)
