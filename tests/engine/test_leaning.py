"""An approval of the whole plan is weighed again before each disruptive step that rests on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.engine.driver import Driver
from bot.engine.leaning import rests_on, weighed
from bot.engine.machine import Begin, Write, moves
from bot.engine.steps import Steps
from bot.model.action import Risk
from bot.model.events import Fact as AnyFact
from bot.model.events import GateOpened, GlassBroken, ManualAnswered, PersonChose, StepSettled, VoteCast
from bot.model.people import Person
from bot.model.plan import GatePlan, Mode, PlannedStep
from bot.model.run import Run
from bot.model.runbook import Manual
from bot.model.step_run import Phase
from bot.model.tiers import Tier
from bot.ports.roster import Unchanging
from tests.builders import BEN, CHLOE, NOW, Story, a_gate, a_person, a_plan, a_step, an_actor, records_of
from tests.engine.stories import Theatre, toy
from tests.toys import TOYS, ToyAws

FAY = a_person("fay", "Fay Osman", groups=("@eng-directors",))


class House(Unchanging):
    """A roster that people leave."""

    def __init__(self) -> None:
        self.left: set[str] = set()

    def objection(self, person: str, groups: tuple[str, ...], by_roster: bool) -> str:
        return "{name} left the group that decides this" if person in self.left else ""


@dataclass
class Scene(Theatre):
    """A theatre whose approvers may leave the house."""

    house: House = field(default_factory=House)

    def driver(self, owner: str = "a") -> Driver:
        steps = Steps(TOYS, ToyAws(self.cloud), self.calls, self.clock)
        plan = self.plan.run
        return Driver(
            plan, owner, self.journals, steps, self.clock, self.wakeups, self.lease, timedelta(0), roster=self.house
        )

    async def votes(self, step: str, *people: Person, decision: Any = "approve") -> Run:
        round_ = (await self.run()).steps[step].round
        for person in people:
            cast = VoteCast(step=step, round=round_, person=person.id, decision=decision, plan_hash=self.plan.hash)
            await self.say(cast, actor=an_actor(person))
        return await self.until_parked_or_over()

    async def done(self, step: str) -> Run:
        """Somebody has done by hand what held the run."""
        await self.say(ManualAnswered(step=step), StepSettled(step=step, seen="done", how="answered"))
        return await self.until_parked_or_over()

    async def facts(self, *more: AnyFact) -> Run:
        """The run as it is, and as it will be."""
        told = Story(self.plan)
        told.tell(*(record.fact for record in await self.journals.read(self.plan.run)), *more)
        return Run.of(told.records)


def disrupt(id: str, *needs: str, **more: Any) -> PlannedStep:
    return toy(id, needs=needs, risk=Risk.DISRUPTIVE, **more)


def go(**more: Any) -> PlannedStep:
    return a_step("go", kind="approve", title="Go or no go", gate=a_gate(2, text="Go?", **more))


def by_hand(id: str, *needs: str) -> PlannedStep:
    """Holds the run until somebody says that it is done."""
    return a_step(id, kind="manual", manual=Manual(assignee="ops", do=("Call.",)), needs=needs)


async def staged(*steps: PlannedStep, **more: Any) -> Scene:
    scene = await Scene.of(*steps, **more)
    assert isinstance(scene, Scene)
    return scene


async def under_way(*steps: PlannedStep) -> Scene:
    """Ben and Chloé let the whole plan pass; then it waits for somebody's hands."""
    scene = await staged(go(), by_hand("hold", "go"), *steps)
    await scene.until_parked_or_over()
    await scene.votes("go", BEN, CHLOE)
    return scene


async def test_a_step_asks_anew_when_somebody_who_let_the_plan_pass_has_left() -> None:
    """Ben left while the run waited: his vote is void, and the board is asked before anything is sent."""
    scene = await under_way(disrupt("cut", "hold"))
    scene.house.left.add("ben")

    run = await scene.done("hold")

    gate, state = run.gate("cut"), run.steps["cut"]
    assert isinstance(gate, GatePlan)
    assert (gate.count, gate.groups, state.phase, state.instead_of) == (2, a_gate().groups, Phase.GATE, "go")
    assert "“Go or no go” has no quorum any more: Ben Okafor left the group" in await said(scene, "cut")
    assert (await scene.kinds())[-3:] == ["vote_voided", "change_found", "gate_opened"]
    assert [vote.person for vote in run.steps["go"].votes] == ["chloe"]
    assert not scene.cloud.writes


async def test_nobody_is_asked_while_everybody_who_agreed_may_still_decide() -> None:
    """Somebody else leaving is nothing to the run."""
    scene = await under_way(disrupt("cut", "hold"), disrupt("shift", "cut"))
    scene.house.left.add("fay")

    run = await scene.done("hold")

    assert run.outcome == "completed"
    assert "change_found" not in await scene.kinds()


async def test_time_alone_takes_no_approval_of_the_whole_plan_back() -> None:
    """A run may take hours; the gate was open for ten minutes."""
    scene = await under_way(disrupt("cut", "hold"))
    scene.clock.wind(seconds=3 * 3600)

    run = await scene.done("hold")

    assert run.outcome == "completed"


async def test_they_are_asked_once_for_everything_that_rests_on_it() -> None:
    """Two steps side by side and one behind them: one question, and all three go on when it is answered."""
    scene = await under_way(disrupt("cut", "hold"), disrupt("scale", "hold"), disrupt("shift", "cut", "scale"))
    scene.house.left.add("ben")

    asked = await scene.done("hold")
    phases = [asked.steps[step].phase for step in ("cut", "scale", "shift")]
    run = await scene.votes("cut", CHLOE, FAY)

    assert phases == [Phase.GATE, Phase.WAITING, Phase.WAITING]
    assert run.outcome == "completed"
    assert (await scene.kinds()).count("change_found") == 1


async def test_who_agreed_anew_is_weighed_again_too() -> None:
    """Fay agreed in Ben's place and leaves before the next step."""
    scene = await under_way(disrupt("cut", "hold"), by_hand("rest", "cut"), disrupt("shift", "rest"))
    scene.house.left.add("ben")
    await scene.done("hold")
    await scene.votes("cut", CHLOE, FAY)
    scene.house.left.add("fay")

    run = await scene.done("rest")

    assert (run.steps["shift"].phase, run.steps["shift"].instead_of) == (Phase.GATE, "go")
    assert sorted(scene.cloud.values) == ["cut"]


async def test_a_no_keeps_the_others_waiting_until_a_person_has_decided() -> None:
    """Chloé says no: the step asks what to do, the one beside it begins nothing and asks nobody else."""
    scene = await under_way(disrupt("cut", "hold"), disrupt("scale", "hold"))
    scene.house.left.add("ben")
    await scene.done("hold")

    denied = await scene.votes("cut", CHLOE, decision="deny")
    await scene.say(PersonChose(step="cut", choice="skip"))
    left = await scene.until_parked_or_over()

    assert [denied.steps[step].phase for step in ("cut", "scale")] == [Phase.ASKING, Phase.WAITING]
    assert [left.steps[step].phase for step in ("cut", "scale")] == [Phase.SKIPPED, Phase.GATE]
    assert not scene.cloud.writes


async def test_a_denied_gate_that_was_left_out_lets_nothing_below_pass() -> None:
    """The step behind it rests on that very gate; skipping the one is no approval of the other."""
    scene = await staged(disrupt("cut", gate=a_gate(1)), disrupt("shift", "cut"))
    await scene.until_parked_or_over()
    await scene.votes("cut", BEN, decision="deny")
    await scene.say(PersonChose(step="cut", choice="skip"))

    run = await scene.until_parked_or_over()

    assert run.steps["shift"].phase is Phase.GATE
    assert "“Cut” was left out unapproved" in await said(scene, "shift")
    assert not scene.cloud.writes


async def test_the_glass_that_was_broken_for_the_whole_plan_holds_for_the_whole_plan() -> None:
    """It counts for an hour as somebody's word alone; what it let pass is not asked about again afterwards."""
    scene = await staged(go(), by_hand("hold", "go"), disrupt("cut", "hold"))
    await scene.until_parked_or_over()
    until = scene.clock.now() + timedelta(hours=1)
    glass = GlassBroken(step="go", person="ben", name="Ben", reason="all at sea", until=until, groups=("@glass",))
    vote = VoteCast(step="go", round=1, person="ben", decision="approve", role="break-glass", plan_hash=scene.plan.hash)
    await scene.say(glass, vote)
    await scene.until_parked_or_over()
    scene.clock.wind(seconds=2 * 3600)

    run = await scene.done("hold")

    assert run.outcome == "completed"


async def test_whoever_left_between_the_decision_and_the_intent_is_noticed() -> None:
    """The step is on its way to its intent when Ben leaves; it is taken back, and nothing is sent."""
    scene = await under_way(disrupt("cut", "hold"))
    run = await scene.facts(StepSettled(step="hold", seen="done", how="answered"))
    before = list(moves(run, NOW, scene.house.objection))
    scene.house.left.add("ben")

    after = list(moves(run, NOW, scene.house.objection))

    assert [type(move) for move in before] == [Begin]
    assert [type(move) for move in after] == [Write, Write, Write]


NO_GATE_OF_ITS_OWN = [
    (disrupt("cut", "go"), ("go",)),
    (toy("cut", needs=("go",)), ()),
    (toy("cut", needs=("go",), tier=Tier.R2), ("go",)),
    (disrupt("cut", "go", tier=Tier.R3), ()),
    (disrupt("cut", "go", gate=a_gate(1)), ()),
    (toy("cut", "toy.watch", needs=("go",), risk=Risk.READ), ()),
    (disrupt("cut"), ()),
]


@pytest.mark.parametrize(("step", "above"), NO_GATE_OF_ITS_OWN)
def test_only_disruptive_steps_without_a_gate_rest_on_one_further_up(step: PlannedStep, above: tuple[str, ...]) -> None:
    """R1 rests on its requester, R3 and gated steps ask by themselves, a look asks nobody."""
    plan = a_plan(go(), step)
    asked = GateOpened(step="go", text="Go?", expires_at=NOW + timedelta(minutes=10))
    run = Run.of(records_of(asked, plan=plan))

    assert rests_on(run, run.plan.step("cut")) == above


async def test_the_votes_behind_a_step_are_looked_at_only_when_it_may_begin() -> None:
    """While the run waits for something else nobody is asked how the approvers stand."""
    scene = await under_way(disrupt("cut", "hold"))
    waiting = await scene.run()

    ready = await scene.facts(StepSettled(step="hold", seen="done", how="answered"))

    assert weighed(waiting) == ()
    assert weighed(ready) == ("go",)


async def test_a_dry_run_asks_nobody() -> None:
    """Whom it would have asked was said."""
    scene = await staged(go(), disrupt("cut", "go"), mode=Mode.DRY_RUN)
    scene.house.left.update(("ben", "chloe"))

    run = await scene.until_parked_or_over()

    assert run.outcome == "completed"


async def said(scene: Scene, step: str) -> str:
    """The question as people read it."""
    return (await scene.run()).steps[step].gate_text
