"""Check that a KMS key is enabled in the recovery region, and a multi-Region one when it has to be.

When to reach for it: nothing that is encrypted can be restored or read without its key in the same region.

What bites: a key that is pending deletion or disabled looks well until the first decrypt. An alias can point to
different keys in different regions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bot.actions.assessing import Verdict, judged, looked
from bot.actions.base import Call, Check, Params, action
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class KeyReadyParams(Params):
    """Which key."""

    key: str = Field(description="Key id, ARN or alias.", examples=["alias/orders"])
    multi_region: bool = Field(default=False, description="Whether it must be a multi-Region key.")


@action(
    "kms.key_ready",
    risk=Risk.READ,
    measures="ok",
    permissions=("kms:DescribeKey",),
    rehearsal=looked(
        {"key": "alias/orders", "multi_region": True},
        Call("kms", "describe_key", {"KeyMetadata": {"KeyId": "mrk-1", "KeyState": "Enabled", "MultiRegion": True}}),
    ),
)
class KeyReady(Check[KeyReadyParams]):
    """State and kind."""

    Params = KeyReadyParams
    Results = Verdict

    def verify(self, aws: Reads, params: KeyReadyParams, before: Before) -> Settled:
        kms: KMSClient = aws.reader("kms", params.region)
        try:
            found = kms.describe_key(KeyId=params.key)["KeyMetadata"]
        except kms.exceptions.NotFoundException:
            return judged(
                False, told("{key} is not in {region}; replicate the key there", key=params.key, region=params.region)
            )
        state, multi = found.get("KeyState", "unknown"), found.get("MultiRegion", False)
        kind = told("multi-Region") if multi else told("single-Region")
        return judged(
            state == "Enabled" and (multi or not params.multi_region),
            told("{key} is {state}, {kind}", key=params.key, state=state, kind=kind),
        )
