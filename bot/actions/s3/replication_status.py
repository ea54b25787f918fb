"""Check that a bucket replicates, and, with a key, that this object has arrived.

When to reach for it: before the copy in another region is relied on. Name an object that was written lately.

What bites: objects that were there before the rule was made are not replicated by it. FAILED means permissions or
keys; S3 does not try again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import refusal, short
from bot.actions.assessing import Verdict, judged, looked
from bot.actions.base import Call, Check, Params, Rehearsal, action
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class ReplicationStatusParams(Params):
    """Which bucket, the source; and an object of it."""

    bucket: str = Field(description="Source bucket.", examples=["orders-documents-use1"])
    key: str | None = Field(default=None, description="An object to look at; the rules alone without it.")


_RULE: dict[str, Any] = {"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::orders-documents-copy"}}
_RULES = Call(
    "s3",
    "get_bucket_replication",
    {"ReplicationConfiguration": {"Role": "arn:aws:iam::1:role/r", "Rules": [_RULE]}},
)
_OBJECT = Call("s3", "head_object", {"ReplicationStatus": "COMPLETED"})


@action(
    "s3.replication_status",
    risk=Risk.READ,
    measures="ok",
    implied=("s3:ListBucket",),
    permissions=(
        "s3:GetReplicationConfiguration",
        "s3:GetObject",
    ),
    rehearsal=Rehearsal(
        params={"region": "us-west-2", "bucket": "orders-documents", "key": "newest"},
        calls=(_RULES, _OBJECT, _RULES, _OBJECT),
        also=(looked({"bucket": "orders-documents"}, _RULES),),
    ),
)
class ReplicationStatus(Check[ReplicationStatusParams]):
    """Rules that are on, and one object's status."""

    Params = ReplicationStatusParams
    Results = Verdict

    def verify(self, aws: Reads, params: ReplicationStatusParams, before: Before) -> Settled:
        s3: S3Client = aws.reader("s3", params.region)
        try:
            rules = s3.get_bucket_replication(Bucket=params.bucket)["ReplicationConfiguration"]["Rules"]
        except refusal("NoSuchBucket"):
            raise StepBroke(told("Bucket {bucket} does not exist; correct the name.", bucket=params.bucket)) from None
        except refusal("ReplicationConfigurationNotFoundError"):
            return judged(False, told("{bucket} does not replicate", bucket=params.bucket))
        on = [short(rule["Destination"]["Bucket"]) for rule in rules if rule.get("Status") == "Enabled"]
        if not on or params.key is None:
            return judged(
                bool(on), told("{bucket} replicates to {on}", bucket=params.bucket, on=", ".join(on) or told("nowhere"))
            )
        status = str(s3.head_object(Bucket=params.bucket, Key=params.key).get("ReplicationStatus", "not replicated"))
        return judged(
            status in ("COMPLETED", "COMPLETE", "REPLICA"),
            told("{key} in {bucket}: {status}", key=params.key, bucket=params.bucket, status=status),
        )
