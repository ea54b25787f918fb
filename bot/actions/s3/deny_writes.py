"""Deny writes to an S3 bucket with a statement in its bucket policy.

When to reach for it: the old side must not put or delete objects any more while the other side takes over. What S3
itself replicates into the bucket is let through.

What bites: a bucket policy has no revision, so an edit by somebody else in that very moment is lost. Presigned URLs
and CloudFront uploads are stopped as well; readers are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.actions.answers import refusal
from bot.actions.arns import partition
from bot.actions.base import Call, Params, action
from bot.actions.fences import fenced, is_fenced, lifted
from bot.actions.setting import Seen, Setting, rehearsed
from bot.actions.states import Fence
from bot.language import told
from bot.model.action import Risk
from bot.model.errors import StepBroke
from bot.ports.aws import Aws, Reads

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class DenyWritesParams(Params):
    """Which bucket, and whose."""

    bucket: str = Field(description="Bucket name.", examples=["orders-documents-use1"])
    account: str = Field(
        description="Account that owns the bucket; a bucket of another is refused.", pattern=r"^\d{12}$"
    )


WRITES = ["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:RestoreObject", "s3:AbortMultipartUpload"]
_OPEN = '{"Statement": [{"Sid": "Theirs"}]}'


def _statement(bucket: str) -> dict[str, Any]:
    """For the bucket of this ARN."""
    return {"Principal": "*", "Action": WRITES, "Resource": f"{bucket}/*"}


def _policy(policy: str) -> Call:
    return Call("s3", "get_bucket_policy", {"Policy": policy})


_PUT = Call("s3", "put_bucket_policy", {})


@action(
    "s3.deny_writes",
    risk=Risk.DISRUPTIVE,
    permissions=("s3:GetBucketPolicy", "s3:PutBucketPolicy"),
    fences={},
    by_hand="aws s3api get-bucket-policy --region {region} --bucket {bucket}",
    taken_back=told("Take its statement out of the bucket's policy."),
    rehearsal=rehearsed(
        {"region": "us-west-2", "bucket": "orders-documents", "account": "111122223333"},
        was=_policy(_OPEN), put=_PUT, back=_PUT,
        now=_policy(fenced(_OPEN, _statement("arn:aws:s3:::orders-documents"))),
    ),
)  # fmt: skip
class DenyWrites(Setting[DenyWritesParams, Fence]):
    """Add or take out the one statement."""

    Params = DenyWritesParams
    State = Fence

    def look(self, aws: Reads, params: DenyWritesParams) -> Seen[Fence]:
        s3: S3Client = aws.reader("s3", params.region)
        try:
            policy = s3.get_bucket_policy(Bucket=params.bucket, ExpectedBucketOwner=params.account)["Policy"]
        except refusal("NoSuchBucket"):
            raise StepBroke(told("Bucket {bucket} does not exist; correct the name.", bucket=params.bucket)) from None
        except refusal("NoSuchBucketPolicy"):
            policy = ""
        arn = f"arn:{partition(params.region)}:s3:::{params.bucket}"
        return Seen(name=params.bucket, target=arn, state=Fence(on=is_fenced(policy)), whole=policy)

    def wanted(self, params: DenyWritesParams, now: Fence) -> Fence:
        return Fence(on=True)

    def put(self, aws: Aws, params: DenyWritesParams, seen: Seen[Fence], state: Fence, token: str) -> None:
        s3: S3Client = aws.writer("s3", params.region)
        without = lifted(seen.whole, params.account, "s3:GetBucketLocation", seen.target)
        s3.put_bucket_policy(
            Bucket=params.bucket,
            ExpectedBucketOwner=params.account,
            Policy=fenced(seen.whole, _statement(seen.target)) if state.on else without,
        )
