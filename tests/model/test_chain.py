"""The chain of a journal holds from the bytes that are stored to the records that are read back."""

from __future__ import annotations

from bot.model.events import Draft, RunCreated, first_break, seal, unseal
from bot.model.people import BOT
from bot.model.plan import CheckPlan
from bot.model.runbook import Condition
from tests import builders


def test_what_is_read_back_hashes_to_what_was_stored() -> None:
    """A plan with aliased keys (`with`) seals to the bytes that its record gives after a round trip."""
    condition = Condition.model_validate({"check": "elbv2.healthy_targets", "with": {"target_group": "api"}, "gte": 20})
    check = CheckPlan(action=condition.check, region="us-west-2", params={}, condition=condition)
    plan = builders.a_plan(builders.a_step("wait", kind="wait", checks=(check,)))
    draft = Draft(id="1", at=builders.NOW, actor=BOT, fact=RunCreated(plan=plan))

    ((sealed, body),) = seal([draft], run="orders-api-1", epoch=0, after=0, prev="")

    assert first_break([unseal(body, sealed.hash)]) is None
    assert first_break([sealed]) is None
