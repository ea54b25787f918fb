"""Check that a service quota leaves room for what a recovery needs.

When to reach for it: nightly, and at the start of a plan: a quota that is too low stops a scale-out in the middle.

What bites: the quota is a ceiling for the whole account and region; what others use is not counted here, so give what
the whole account will need.
"""

from __future__ import annotations

from pydantic import Field, JsonValue

from bot.actions.assessing import Verdict, judged, looked
from bot.actions.base import Call, Check, Params, action
from bot.actions.servicequotas.quotas import defaulted, quota_of
from bot.language import told
from bot.model.action import Before, Risk, Settled
from bot.ports.aws import Reads


class HeadroomParams(Params):
    """Which quota, how much."""

    service: str = Field(description="Service code.", examples=["ec2"])
    quota: str = Field(description="Quota code.", examples=["L-1216C47A"])
    needed: float = Field(description="The least that will do.", gt=0)


_NEED: dict[str, JsonValue] = {"service": "ec2", "quota": "L-1216C47A", "needed": 96}
_QUOTA = {"Quota": {"QuotaName": "On-Demand instances", "Value": 256.0}}


@action(
    "servicequotas.headroom",
    risk=Risk.READ,
    measures="ok",
    permissions=("servicequotas:GetServiceQuota", "servicequotas:GetAWSDefaultServiceQuota"),
    rehearsal=looked(
        _NEED,
        Call("service-quotas", "get_service_quota", _QUOTA),
        also=(looked(_NEED, *defaulted(_QUOTA)),),
    ),
)
class Headroom(Check[HeadroomParams]):
    """The quota's value against the need."""

    Params = HeadroomParams
    Results = Verdict

    def verify(self, aws: Reads, params: HeadroomParams, before: Before) -> Settled:
        quota = quota_of(aws, params.region, params.service, params.quota)
        name, value = quota.get("QuotaName", params.quota), quota.get("Value", 0.0)
        return judged(
            value >= params.needed,
            told("{name} is {value}, {needed} are needed", name=name, value=f"{value:g}", needed=f"{params.needed:g}"),
        )
