"""Check that a service quota leaves room for what a recovery needs.

When to reach for it: nightly, and at the start of a plan: a quota that is too low stops a scale-out in the middle.

What bites: the quota is a ceiling for the whole account and region; what others use is not counted here, so give what
the whole account will need.
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
    from mypy_boto3_service_quotas import ServiceQuotasClient


class HeadroomParams(Params):
    """Which quota, how much."""

    service: str = Field(description="Service code.", examples=["ec2"])
    quota: str = Field(description="Quota code.", examples=["L-1216C47A"])
    needed: float = Field(description="The least that will do.", gt=0)


@action(
    "servicequotas.headroom",
    risk=Risk.READ,
    measures="ok",
    permissions=("servicequotas:GetServiceQuota",),
    rehearsal=looked(
        {"service": "ec2", "quota": "L-1216C47A", "needed": 96},
        Call("service-quotas", "get_service_quota", {"Quota": {"QuotaName": "On-Demand instances", "Value": 256.0}}),
    ),
)
class Headroom(Check[HeadroomParams]):
    """The quota's value against the need."""

    Params = HeadroomParams
    Results = Verdict

    def verify(self, aws: Reads, params: HeadroomParams, before: Before) -> Settled:
        quotas: ServiceQuotasClient = aws.reader("service-quotas", params.region)
        try:
            quota = quotas.get_service_quota(ServiceCode=params.service, QuotaCode=params.quota)["Quota"]
        except quotas.exceptions.NoSuchResourceException:
            raise StepBroke(
                told(
                    "There is no quota {service}/{quota} in {region}; correct it.",
                    service=params.service,
                    quota=params.quota,
                    region=params.region,
                )
            ) from None
        name, value = quota.get("QuotaName", params.quota), quota.get("Value", 0.0)
        return judged(
            value >= params.needed,
            told("{name} is {value}, {needed} are needed", name=name, value=f"{value:g}", needed=f"{params.needed:g}"),
        )
