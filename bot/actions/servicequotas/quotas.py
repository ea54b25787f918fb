"""The value of a service quota, for every action that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.actions.base import Call
from bot.actions.rehearsing import absent
from bot.language import told
from bot.model.errors import StepBroke
from bot.ports.aws import Reads

if TYPE_CHECKING:
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_service_quotas.type_defs import ServiceQuotaTypeDef


def quota_of(aws: Reads, region: str, service: str, code: str) -> ServiceQuotaTypeDef:
    """The quota as it applies to the account, else AWS's default. Raises StepBroke when there is no such quota."""
    quotas: ServiceQuotasClient = aws.reader("service-quotas", region)
    try:
        return quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    except quotas.exceptions.NoSuchResourceException:
        pass  # said of quotas that exist as well, when only the default is known
    try:
        return quotas.get_aws_default_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    except quotas.exceptions.NoSuchResourceException:
        text = told(
            "There is no quota {service}/{quota} in {region}; correct it.", service=service, quota=code, region=region
        )
        raise StepBroke(text) from None


def defaulted(reply: dict[str, Any]) -> tuple[Call, ...]:
    """A rehearsal's look at a quota of which only the default is known."""
    return (
        absent("service-quotas", "get_service_quota", "NoSuchResourceException"),
        Call("service-quotas", "get_aws_default_service_quota", reply),
    )
