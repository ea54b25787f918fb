"""What a fence is follows from what actions declare, not from how a step is called."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.action import Risk
from bot.model.plan import PlannedStep
from bot.model.service import RunKind
from bot.planning.fences import with_fences
from tests.builders import a_service, a_step

SPECS = Catalogue.discover().specs
SERVICE = a_service()
EAST, WEST = SERVICE.primary_region, SERVICE.recovery_region
RULE: dict[str, Any] = {"action": "events.set_rule_state", "params": {"rule": "nightly", "enabled": False}}


def called(*steps: PlannedStep, kind: RunKind = "failover") -> list[str]:
    """The names of the fences among the steps and a promotion that rests on them all."""
    promotion = a_step("promote", action="aurora.failover_global_cluster", needs=tuple(step.id for step in steps))
    return [step.id for step in with_fences((*steps, promotion), SERVICE, kind, SPECS) if step.fences]


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("events.set_rule_state", {"rule": "nightly", "enabled": False}),
        ("ecs.set_desired_count", {"cluster": "a", "service": "b", "desired": 0}),
        ("autoscaling.resize_group", {"group": "a", "desired": 0, "allow_shrink": True}),
        ("lambda.set_reserved_concurrency", {"function": "a", "reserved": 0}),
        ("s3.deny_writes", {"bucket": "a", "account": "111122223333"}),
    ],
)
def test_what_stops_writers_on_the_old_side_is_a_fence(action: str, params: dict[str, Any]) -> None:
    """Whatever its name."""
    assert called(a_step("quiet", action=action, params=params, region=EAST)) == ["quiet"]


@pytest.mark.parametrize(
    ("action", "params", "region"),
    [
        ("events.set_rule_state", {"rule": "nightly", "enabled": True}, EAST),
        ("ecs.set_desired_count", {"cluster": "a", "service": "b", "desired": 24}, EAST),
        ("autoscaling.resize_group", {"group": "a", "desired": 0}, EAST),
        ("lambda.set_reserved_concurrency", {"function": "a"}, EAST),
        ("cloudwatch.set_alarm_actions", {"alarms": ["a"], "enabled": False}, EAST),
        ("events.set_rule_state", {"rule": "nightly", "enabled": False}, WEST),
    ],
)
def test_a_name_makes_no_fence(action: str, params: dict[str, Any], region: str) -> None:
    """What lets writers go on, or acts on the side that takes over."""
    assert called(a_step("unfence_primary", action=action, params=params, region=region)) == []


@pytest.mark.parametrize(
    ("kind", "fenced"), [("failover", ["east"]), ("failback", ["west"]), ("restore", ["east"]), ("drill", [])]
)
def test_the_side_that_is_left_depends_on_the_way(kind: RunKind, fenced: list[str]) -> None:
    """A drill leaves none."""
    both = (a_step("east", region=EAST, **RULE), a_step("west", region=WEST, **RULE))

    assert called(*both, kind=kind) == fenced


def test_what_no_change_rests_on_only_tidies_up() -> None:
    """A standby that is brought back to its size after all is done, and a look behind it."""
    rest = a_step("rest_workers", region=WEST, **RULE)
    look = a_step("look", action="aws.preflight", risk=Risk.READ, needs=("rest_workers",))

    assert not any(step.fences for step in with_fences((rest, look), SERVICE, "failback", SPECS))


def test_an_authors_mark_makes_a_fence_of_what_no_action_can_know() -> None:
    """By hand, or by a script of one's own; the mark is the word itself and no part of another."""
    marked = a_step("call_psp", kind="manual", marks=("fence",))
    other = a_step("open", kind="manual", marks=("unfenced",))

    assert called(marked, other) == ["call_psp"]
