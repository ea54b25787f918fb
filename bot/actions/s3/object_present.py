"""Wait until an object is there, and new enough.

When to reach for it: a marker, dump or manifest that a recovery depends on must have arrived in the recovery region.

What bites: an archived object is there but cannot be read; its storage class is in the results. Replication may
deliver an object long after it was written.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.answers import refusal, stamp
from bot.actions.base import Call, Check, Params, Rehearsal, Results, action
from bot.actions.rehearsing import absent
from bot.language import told
from bot.model.action import Before, Observation, Pending, Risk, Settled
from bot.model.base import Duration
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ObjectPresentParams(Params):
    """Which object, how fresh."""

    bucket: str = Field(description="Bucket name.", examples=["orders-backups"])
    key: str = Field(description="Object key.", examples=["db/latest.dump"])
    newer_than: Duration | None = Field(default=None, description="How old it may be; any age if left out.")


class ObjectPresentResults(Results):
    """What is there."""

    present: bool = Field(description="Whether it is there, and new enough.")
    modified: datetime = Field(description="When it was written.")
    storage_class: str = Field(description="STANDARD, GLACIER, DEEP_ARCHIVE and so on.")


_HEAD = Call("s3", "head_object", {"LastModified": datetime(2026, 1, 1, 12, 0, tzinfo=UTC), "ContentLength": 42})
_NONE = absent("s3", "head_object", "404")


@action(
    "s3.object_present",
    risk=Risk.READ,
    measures="present",
    implied=("s3:ListBucket",),
    permissions=("s3:GetObject",),
    typical=timedelta(seconds=30),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "bucket": "orders-backups", "key": "db/latest.dump"},
        calls=(_NONE, _NONE, _HEAD),
    ),
)
class ObjectPresent(Check[ObjectPresentParams]):
    """There, and new enough."""

    Params = ObjectPresentParams
    Results = ObjectPresentResults

    def verify(self, aws: Reads, params: ObjectPresentParams, before: Before) -> Observation:
        s3: S3Client = aws.reader("s3", params.region)
        name = f"s3://{params.bucket}/{params.key}"
        try:
            head = s3.head_object(Bucket=params.bucket, Key=params.key)
        except refusal("404", "NoSuchKey", "NotFound"):
            return Pending(seen=told("{name} is not there", name=name), results={"present": False})
        modified, storage = head["LastModified"], str(head.get("StorageClass", "STANDARD"))
        seen = told(
            "{name}: {content_length} bytes of {modified} UTC, {storage}",
            name=name,
            content_length=head["ContentLength"],
            modified=f"{modified:%Y-%m-%d %H:%M:%S}",
            storage=storage,
        )
        if params.newer_than and aws.now() - modified > params.newer_than:
            return Pending(seen=told("{seen}, which is too old", seen=seen), results={"present": False})
        return Settled(seen=seen, results={"present": True, "modified": stamp(modified), "storage_class": storage})
