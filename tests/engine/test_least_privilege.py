"""The engine asks for one step's access when it changes something under a role, and only then."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from bot.engine.driver import Driver
from bot.engine.steps import Steps
from bot.model.errors import StepError
from bot.model.events import AbortAsked
from bot.model.plan import Plan
from bot.ports.aws import Aws, Errand
from tests.builders import a_plan
from tests.engine.stories import Theatre, toy, watch
from tests.toys import TOYS, ToyAws, ToyCloud

ROLE = "arn:aws:iam::111122223333:role/dr-orders"


@dataclass
class Noting:
    """Clouds that note who asks for what."""

    cloud: ToyCloud
    errands: list[tuple[str | None, str, str | None, Errand]] = field(default_factory=list)
    looks: list[str | None] = field(default_factory=list)

    def for_service(self, role: str | None, *, person: str = "", external_id: str | None = None) -> Aws:
        self.looks.append(external_id)
        return ToyAws(self.cloud)

    def for_step(self, role: str | None, *, person: str, errand: Errand, external_id: str | None = None) -> Aws:
        self.errands.append((role, person, external_id, errand))
        return ToyAws(self.cloud)

    def verdict(self, error: Exception, *, mutating: bool) -> StepError:
        return ToyAws(self.cloud).verdict(error, mutating=mutating)


async def test_a_change_under_a_role_is_an_errand() -> None:
    """Role, person, external id, run and step; a look needs none of it."""
    theatre, noting = await staged(role=ROLE, external_id="s3cret")

    await deliver(theatre, noting)

    ((role, person, external_id, errand),) = noting.errands
    assert (role, person, external_id) == (ROLE, theatre.plan.requester.id, "s3cret")
    assert (errand.run, errand.step) == (theatre.plan.run, "a")
    assert json.loads(errand.policy)["Version"] == "2012-10-17"
    assert set(noting.looks) == {"s3cret"}


async def test_taking_it_back_is_an_errand_too() -> None:
    """The undo needs the same permissions, and no more."""
    theatre, noting = await staged(role=ROLE, external_id=None)
    await deliver(theatre, noting, times=1)
    await theatre.say(AbortAsked(why="test", rollback=True))

    await deliver(theatre, noting)

    assert {errand.step for _, _, _, errand in noting.errands} == {"a"}
    assert theatre.cloud.values["a"] == 0


async def test_without_a_role_there_is_nothing_to_narrow() -> None:
    """The bot's own credentials serve."""
    theatre, noting = await staged(role=None, external_id=None)

    await deliver(theatre, noting)

    assert noting.errands == []
    assert theatre.cloud.values["a"] == 1


async def staged(role: str | None, external_id: str | None) -> tuple[Theatre, Noting]:
    """One change and a look at it, for a service with that role."""
    cloud = ToyCloud({"a": 0})
    plan: Plan = a_plan(toy("a"), watch("b", "a", needs=("a",), params={"at_least": 9}))
    service = plan.service.model_copy(update={"role": role, "external_id": external_id})
    theatre = await Theatre.of(*plan.steps, service=service)
    theatre.cloud = cloud
    return theatre, Noting(cloud)


async def deliver(theatre: Theatre, noting: Noting, times: int = 4) -> None:
    """Drive, and wind the clock to each appointment."""
    steps = Steps(TOYS, noting, theatre.calls, theatre.clock)
    for _ in range(times):
        driver = Driver(
            theatre.plan.run, "a", theatre.journals, steps, theatre.clock, theatre.wakeups, theatre.lease,
        )  # fmt: skip
        driver.park_after = theatre.lease * 0
        due = await driver.drive()
        if due is None:
            return
        theatre.clock.at = max(theatre.clock.at, due)
