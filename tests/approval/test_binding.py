"""What was approved is what is run: no field of a plan may change without every approval of it being void."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.approval.votes import Ballot, judge
from bot.engine.gates import binding, voided
from bot.model.action import Finding, Look, Risk
from bot.model.base import replace
from bot.model.errors import Refused
from bot.model.events import GateGranted, GateOpened, VoteCast
from bot.model.plan import CheckPlan, Mode, NextLevel, Plan, UndoPlan
from bot.model.run import Run
from bot.model.runbook import Answer, Clock, Condition, Manual, Nag, OnAbort
from bot.model.service import AlarmTrigger, Costs, Level, Notify
from bot.model.tiers import Tier
from tests.builders import ANA, BEN, NOW, a_gate, a_plan, a_service, a_step, records_of

CONDITION = Condition(check="http.probe", gte=1.0, gt=1.0, lte=1.0, lt=1.0, eq=1, region="us-west-2", with_={"a": 1})
FULL = a_step(
    "promote_db", title="Promote", needs=("scale_api",), prefix="inner_", inputs={"a": 1}, if_="${{ true }}",
    params={"cluster": "orders"}, risk=Risk.DATA_LOSS, tier=Tier.R3, wait_for=timedelta(seconds=1),
    every=timedelta(seconds=1), marks=("writes-moved",), irreversible="it stays", control_plane="us-west-2",
    by_hand="look", undo=UndoPlan(action="a.b", region="us-west-2", params={"a": 1}),
    checks=(CheckPlan(action="http.probe", region="us-west-2", params={"a": 1}, condition=CONDITION),),
    gate=a_gate(2, roles=(("owner", ("@orders-sre",)),), typed="orders", text="Go?", show=("plan",), strict=True,
                implied=True, joined=("@vps",), hears=("@comms",),
                escalation=(NextLevel(groups=("@vps",), place="owner", hears=("@comms",)),)),
    manual=Manual(assignee="ops", do=("look",), answer=Answer(field="ticket", label="Ticket", pattern="x"),
                  nag=Nag(every=timedelta(minutes=1))),
    look=Look(state="ready", findings=(Finding(text="fine"),), change="1 → 2", targets=("db",), tags={"a": "b"},
              results={"a": 1}),
)  # fmt: skip
PLAN = a_plan(
    a_step("scale_api"), FULL, memory_items=("claim",), clock=Clock(stops="steps.promote_db", recovery_point="steps.x"),
    on_abort=OnAbort(), notify=Notify(status_every=timedelta(minutes=5), to=("#status",)),
    requester=ANA.model_copy(update={"cli": "ana", "keys": ("ssh-ed25519 AAAA",)}),
    findings=(Finding(text="old"),),
    service=a_service(account="111122223333", role="arn:aws:iam::111122223333:role/dr", external_id="x", language="en",
                      alarms=(AlarmTrigger(alarm="a", region="us-west-2"),), guard_tag="dr:service",
                      notify=Notify(to=("#a",)), resources={"a": 1}, depends_on=("payments",),
                      runbooks={"failover": "orders-api.failover"},
                      escalate_to=(Level(ask="@vps", as_="ic", tell="@comms"),),
                      costs=Costs(primary=2, standby=1, source="the bill")),
)  # fmt: skip
Where = tuple[str | int, ...]
pytestmark = pytest.mark.filterwarnings("ignore:Pydantic serializer")  # an empty tuple's new member fits no model


def leaves(value: Any, where: Where = ()) -> Iterator[Where]:
    """Every field of a plan, found by looking at its models, so that a new one cannot be forgotten."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from leaves(getattr(value, name), (*where, name))
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel | tuple):
        for number, each in enumerate(value):
            yield from leaves(each, (*where, number))
    else:
        yield where


def other(value: Any) -> Any:
    """Another value of the same kind; text for what is not set."""
    match value:
        case bool():
            return not value
        case Enum():
            return next(each for each in type(value) if each is not value)
        case datetime() | timedelta():
            return value + timedelta(seconds=1)
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case tuple() if value:
            return (*value[:-1], other(value[-1]))
        case tuple():
            return ("another",)
        case dict():
            return {**value, "another": "value"}
        case _:
            raise AssertionError(f"no other value is known for {value!r}")


def _set(model: BaseModel, name: str) -> Any:
    """A fitting value for a field that is not set."""
    kind: Any = type(model).model_fields[name].annotation
    for value in (
        timedelta(seconds=1),
        NOW,
        "us-west-2",
        Tier.R3,
        {"a": 1},
        {"a": "b"},
        FULL.gate,
        FULL.manual,
        FULL.undo,
    ):
        with suppress(ValidationError):
            return TypeAdapter[Any](kind).validate_python(value)
    raise AssertionError(f"nothing fits {type(model).__name__}.{name}")


def edited(value: Any, where: Where) -> Any:
    """The plan with one field changed."""
    if not where:
        return other(value)
    first, rest = where[0], where[1:]
    if isinstance(value, tuple):
        return tuple(edited(each, rest) if number == first else each for number, each in enumerate(value))
    old = getattr(value, str(first))
    return value.model_copy(update={str(first): _set(value, str(first)) if old is None else edited(old, rest)})


FIELDS = list(leaves(PLAN))


def test_every_field_of_every_part_is_looked_at() -> None:
    """None of a plan's parts is empty here, so that none of their fields is missed."""
    parts = {type(part).__name__ for part in _parts(PLAN)}

    assert len(FIELDS) > 120
    assert parts >= {"Plan", "PlannedStep", "GatePlan", "CheckPlan", "Condition", "UndoPlan", "Look", "Finding",
                     "Manual", "Answer", "Service", "Person", "DataLoss", "Forecast", "RunbookRef", "Clock",
                     "OnAbort", "Notify", "Retry", "Health", "AlarmTrigger"}  # fmt: skip


def _parts(value: Any) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from _parts(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _parts(each)


@pytest.mark.parametrize("where", FIELDS, ids=lambda where: ".".join(map(str, where)))
def test_any_changed_field_voids_the_approval(where: Where) -> None:
    """The vote on the old plan is refused, and one that was counted already falls before the step begins."""
    changed: Plan = edited(PLAN, where)
    opened = GateOpened(
        step="promote_db", text="Go?", expires_at=NOW + timedelta(hours=1), bound=binding(_fresh(), FULL)
    )
    cast = VoteCast(step="promote_db", round=1, person="ben", decision="approve", plan_hash=PLAN.hash)
    run = Run.of(records_of(opened, cast, GateGranted(step="promote_db", by=("ben",)), plan=PLAN))
    now = replace(run, plan=changed)
    late = replace(Run.of(records_of(opened, plan=PLAN)), plan=changed)

    state = now.steps["promote_db"]
    void = voided(now, changed.steps[1], state, NOW + timedelta(seconds=40), lambda person, groups, by_roster: "")

    assert changed.hash != PLAN.hash
    assert [fact.kind for fact in void] == ["vote_voided", "gate_opened"]
    with pytest.raises(Refused) as refused:
        judge(late, Ballot("promote_db", BEN, "approve", PLAN.hash), NOW)
    assert refused.value.reason in ("plan-changed", "not-a-gate")


def _fresh() -> Run:
    return Run.of(records_of(plan=PLAN))


def test_an_unchanged_plan_voids_nothing() -> None:
    """The same plan, read back from its own text, is the same plan."""
    again = Plan.model_validate_json(PLAN.model_dump_json())

    assert again.hash == PLAN.hash
    assert PLAN.mode is Mode.LIVE
