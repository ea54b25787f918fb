"""Check that an image is in the recovery region's registry.

When to reach for it: before tasks are started there; a task whose image is missing never starts.

What bites: a tag can name different images in different regions; give the digest where that matters. Replication
rules do not copy images that were pushed before the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.assessing import Verdict, judged, looked
from bot.actions.base import Call, Check, Params, action
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecr.type_defs import ImageIdentifierTypeDef


class ImagePresentParams(Params):
    """Which image."""

    repository: str = Field(description="Repository name.", examples=["orders/api"])
    tag: str | None = Field(default=None, description="Image tag.")
    digest: str | None = Field(default=None, description="Image digest, `sha256:…`.")


@action(
    "ecr.image_present",
    risk=Risk.READ,
    measures="ok",
    permissions=("ecr:DescribeImages",),
    rehearsal=looked(
        {"repository": "orders/api", "tag": "2025.11.3"},
        Call("ecr", "describe_images", {"imageDetails": [{"imageDigest": "sha256:0"}]}),
    ),
)
class ImagePresent(Check[ImagePresentParams]):
    """The image by its tag or digest."""

    Params = ImagePresentParams
    Results = Verdict

    def verify(self, aws: Reads, params: ImagePresentParams, before: Before) -> Settled:
        if not params.tag and not params.digest:
            raise StepBroke(told("Neither tag nor digest is given; set one of them in the runbook."))
        image: ImageIdentifierTypeDef = (
            {"imageDigest": params.digest} if params.digest else {"imageTag": params.tag or ""}
        )
        ecr: ECRClient = aws.reader("ecr", params.region)
        name = f"{params.repository}:{params.tag or params.digest}"
        try:
            found = ecr.describe_images(repositoryName=params.repository, imageIds=[image])["imageDetails"]
        except (ecr.exceptions.ImageNotFoundException, ecr.exceptions.RepositoryNotFoundException):
            found = []
        there = told("{name} is in {region}", name=name, region=params.region)
        return judged(
            bool(found), there if found else told("{name} is not in {region}", name=name, region=params.region)
        )
