"""What the rehearsal cannot show: quotas of which AWS only knows the default, and those that do not exist."""

from __future__ import annotations

import pytest

from bot.actions.base import Call
from bot.actions.servicequotas.headroom import Headroom, HeadroomParams
from bot.model.errors import StepBroke
from tests.actions.scripted import play, refusal

PARAMS = HeadroomParams(region="us-west-2", service="ec2", quota="L-1216C47A", needed=96)
NOT_APPLIED = refusal("service-quotas", "get_service_quota", "NoSuchResourceException")


def test_a_quota_that_nobody_ever_raised_is_judged_by_its_default() -> None:
    """Service Quotas does not know an applied value for every quota that exists."""
    default = Call("service-quotas", "get_aws_default_service_quota", {"Quota": {"QuotaName": "vCPUs", "Value": 5.0}})

    seen = Headroom().verify(play([NOT_APPLIED, default]), PARAMS, {})

    assert not seen.results["ok"]
    assert "vCPUs is 5" in seen.seen


def test_a_wrong_code_is_said() -> None:
    """Neither applied nor a default: the name is wrong."""
    unknown = refusal("service-quotas", "get_aws_default_service_quota", "NoSuchResourceException")

    with pytest.raises(StepBroke, match="no quota ec2/L-1216C47A in us-west-2"):
        Headroom().verify(play([NOT_APPLIED, unknown]), PARAMS, {})
