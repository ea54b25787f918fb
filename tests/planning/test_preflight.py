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
from bot.planning.preflight import THREADS, look_at_all
from bot.ports.aws import Clouds, Reads
from tests.builders import a_plan, a_step


class Params(dict[str, object]):
    """Whatever the step says."""

    @classmethod
    def model_validate(cls, said: Mapping[str, object]) -> Params:
        return cls(said)


@dataclass
class World:
    """A catalogue of one action, and a cloud in which the primary region never answers."""

    over: threading.Event = field(default_factory=threading.Event)
    Params = Params

    def __getitem__(self, action: str) -> World:
        return self

    def preflight(self, aws: Reads, params: Params) -> Look:
        if params["region"] == "us-east-1":
            self.over.wait(30)
        return Look(state="ready")

    def verdict(self, error: Exception, *, mutating: bool) -> StepError:
        return StepError(str(error))


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.over.set()


@pytest.mark.parametrize("risk", [Risk.READ, Risk.REVERSIBLE])
async def test_a_silent_region_takes_no_thread_from_one_that_answers(world: World, risk: Risk) -> None:
    """However many steps wait for the lost region, what stands in the other one is looked at."""
    lost = [a_step(f"lost_{number}", region="us-east-1", risk=risk, look=None) for number in range(THREADS + 8)]
    steps = [*lost, a_step("alive", risk=risk, look=None), a_step("scale", look=None)]

    actions, aws, clouds = cast(Catalogue, world), cast(Reads, world), cast(Clouds, world)
    plan = await look_at_all(a_plan(*steps), actions, aws, clouds, patience=0.3)

    states = {step.id: step.look.state for step in plan.steps if step.look is not None}
    assert {states[step.id] for step in lost} == {"unknown"}
    assert (states["alive"], states["scale"]) == ("ready", "ready")
