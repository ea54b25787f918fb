"""The chain of a journal holds from the bytes that are stored to the records that are read back."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from bot.model.base import canonical
from bot.model.errors import TooNew
from bot.model.events import SCHEMA, NoteAdded, RunCreated
from bot.model.people import BOT
from bot.model.plan import CheckPlan
from bot.model.records import Draft, first_break, seal, unseal
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


def test_a_record_that_only_a_newer_bot_understands_is_named_as_such() -> None:
    """A field nobody here knows, under a newer schema; under our own it is a broken record."""
    draft = Draft(id="1", at=builders.NOW, actor=BOT, fact=NoteAdded(text="x"))
    [(_, body)] = seal([draft], run="r", epoch=1, after=0, prev="")
    said = json.loads(body)
    said["fact"]["urgency"] = "high"

    newer = canonical(said | {"schema": SCHEMA + 1})

    with pytest.raises(TooNew, match="r was carried on by a newer version"):
        unseal(newer, "h")
    with pytest.raises(ValidationError):
        unseal(canonical(said), "h")
