"""Looks at a plan's targets keep out of each other's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.action import Look, Risk
from bot.model.errors import StepError
from bot.model.plan import Plan
from bot.planning.preflight import THREADS, look_at_all
from bot.ports.aws import Clouds, Reads
from tests.builders import a_plan, a_service, a_step


class Params(dict[str, object]):
    """Whatever the step says."""

    @classmethod
    def model_validate(cls, said: Mapping[str, object]) -> Params:
        return cls(said)


@dataclass
class World:
    """A catalogue of one action, and a cloud in which the primary region never answers."""

    over: threading.Event = field(default_factory=threading.Event)
    tags: dict[str, str] | None = None
    asked: list[object] = field(default_factory=list)
    """The regions, as they were asked."""
    Params = Params

    def __getitem__(self, action: str) -> World:
        return self

    def preflight(self, aws: Reads, params: Params) -> Look:
        self.asked.append(params["region"])
        if params["region"] == "us-east-1":
            self.over.wait(30)
        return Look(state="ready", tags=self.tags)

    def verdict(self, error: Exception, *, mutating: bool) -> StepError:
        return StepError(str(error))


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.over.set()


async def looked(world: World, plan: Plan) -> Plan:
    actions, aws, clouds = cast(Catalogue, world), cast(Reads, world), cast(Clouds, world)
    return await look_at_all(plan, actions, aws, clouds, patience=0.3)


@pytest.mark.parametrize("risk", [Risk.READ, Risk.REVERSIBLE])
async def test_a_silent_region_takes_no_thread_from_one_that_answers(world: World, risk: Risk) -> None:
    """However many steps wait for the lost region, what stands in the other one is looked at."""
    lost = [a_step(f"lost_{number}", region="us-east-1", risk=risk, look=None) for number in range(THREADS + 8)]
    steps = [*lost, a_step("alive", risk=risk, look=None), a_step("scale", look=None)]

    plan = await looked(world, a_plan(*steps))

    states = {step.id: step.look.state for step in plan.steps if step.look is not None}
    assert {states[step.id] for step in lost} == {"unknown"}
    assert (states["alive"], states["scale"]) == ("ready", "ready")


async def test_a_region_that_was_silent_is_not_asked_again(world: World) -> None:
    """A write whose read found nobody there costs nothing more, and says why it is unknown."""
    lost = [a_step(id, region="us-east-1", risk=risk, look=None) for id, risk in _ONE_OF_EACH]

    plan = await looked(world, a_plan(*lost))

    assert world.asked == ["us-east-1"]
    assert [step.look.state for step in plan.steps if step.look is not None] == ["unknown", "unknown"]


_ONE_OF_EACH = (("seen", Risk.READ), ("scaled", Risk.REVERSIBLE))


@pytest.mark.parametrize(
    ("tags", "state"),
    [
        (None, "ready"),
        ({"dr:service": "orders-api"}, "ready"),
        ({"dr:service": "payments"}, "blocked"),
        ({"team": "orders"}, "blocked"),
        ({}, "blocked"),
    ],
    ids=["has no tags by nature", "ours", "somebody else's", "other tags", "not tagged"],
)
async def test_a_target_that_is_not_seen_to_be_ours_blocks(
    world: World, tags: dict[str, str] | None, state: str
) -> None:
    """With a guard tag in the catalogue, what carries no tag at all is not ours either."""
    world.tags = tags

    plan = await looked(world, a_plan(a_step(look=None), service=a_service(guard_tag="dr:service")))

    assert plan.steps[0].look is not None
    assert plan.steps[0].look.state == state
    assert bool(plan.blocking) is (state == "blocked")
