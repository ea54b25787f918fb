"""What the rehearsal cannot show: whose image bears the name."""

from __future__ import annotations

from bot.actions.base import Call
from bot.actions.ec2.copy_image import CopyImage, CopyImageParams
from tests.actions.scripted import play

PARAMS = CopyImageParams(region="us-west-2", source_region="us-east-1", image="ami-0a", name="orders-api")


def test_only_our_own_image_is_the_copy() -> None:
    """Anybody may share one of the same name with this account."""
    aws = play([Call("ec2", "describe_images", {"Images": []})])

    CopyImage().verify(aws, PARAMS, {})

    assert aws.parameters("describe_images")["Owners"] == ["self"]
