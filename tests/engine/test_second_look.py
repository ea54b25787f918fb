"""Right before sending, the bot looks again: what was approved is what is there, or nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from bot.actions.catalogue import Catalogue
from bot.engine.driver import Driver
from bot.engine.second_look import TOLD
from bot.engine.steps import Steps
from bot.model.action import Look, Risk
from bot.model.errors import StepBroke
from bot.model.events import AbortAsked, ChangeFound, PersonChose, StepNeedsPerson, VoteCast
from bot.model.plan import GatePlan, PlannedStep, UndoPlan
from bot.model.run import Run
from bot.model.service import AlarmTrigger, Catalog, Costs, Deny, Freeze, Health, Level, Notify
from bot.model.step_run import Phase
from tests.approval.test_binding import Where, edited, leaves
from tests.builders import BEN, CHLOE, NOW, a_gate, a_service, a_step
from tests.engine.stories import Theatre, toy, watch
from tests.toys import TOYS, SetParams, ToyAws

pytestmark = pytest.mark.asyncio
ARN = "arn:aws:rds:us-west-2:111122223333:cluster:orders"
SERVICE = a_service(
    title="Orders", account="111122223333", role="arn:aws:iam::111122223333:role/dr", external_id="x", language="en",
    alarms=(AlarmTrigger(alarm="a", region="us-west-2"),), guard_tag="dr:service", notify=Notify(to=("#a",)),
    resources={"cluster": "orders"}, depends_on=("payments",), runbooks={"failover": "orders-api.failover"},
    owners=("@orders-sre",), health=Health(primary_url="https://a", recovery_url="https://b", alarm="a"),
    escalate_to=(Level(ask="@vps"),),
    costs=Costs(primary=2, standby=1, source="the bill"),
)  # fmt: skip
CATALOG = Catalog(tiers={}, people={}, roles={}, services={SERVICE.name: SERVICE})


@dataclass
class Place:
    """What a toy's look finds, and the catalogue as it is on disk."""

    targets: tuple[str, ...] = (ARN,)
    catalog: Catalog = CATALOG
    looks: int = field(default=0)


def actions_at(place: Place) -> Catalogue:
    """The toys, with a `toy.set` whose target can become another one."""
    real = type(TOYS["toy.set"])

    class Moving(real):  # type: ignore[misc, valid-type]  # the toy's own class, looked up
        def preflight(self, aws: Any, params: SetParams) -> Look:
            place.looks += 1
            return Look(state="ready", targets=place.targets)

    return Catalogue(Moving(), *(act for name, act in TOYS.items() if name != "toy.set"))


@dataclass
class Scene(Theatre):
    """A theatre where the world may be another by the time of sending."""

    place: Place = field(default_factory=Place)

    def driver(self, owner: str = "a") -> Driver:
        aws = ToyAws(self.cloud)
        steps = Steps(actions_at(self.place), aws, self.calls, self.clock, lambda: self.place.catalog)
        return Driver(self.plan.run, owner, self.journals, steps, self.clock, self.wakeups, self.lease, timedelta(0))

    async def votes(self, step: str, *people: Any) -> Run:
        round_ = (await self.run()).steps[step].round
        for person in people:
            cast = VoteCast(step=step, round=round_, person=person.id, decision="approve", plan_hash=self.plan.hash)
            await self.say(cast)
        return await self.until_parked_or_over()


def promote(**more: Any) -> PlannedStep:
    return toy("promote", look=Look(state="ready", targets=(ARN,)), risk=Risk.DISRUPTIVE, **more)


async def approved(*steps: PlannedStep, targets: tuple[str, ...] = (ARN,)) -> Scene:
    """A run whose first gate is open, if it has one."""
    scene = await Scene.of(*(steps or (promote(gate=a_gate(1)),)), service=SERVICE)
    assert isinstance(scene, Scene)
    scene.place.targets = targets
    await scene.until_parked_or_over()
    return scene


async def test_what_stands_as_it_was_approved_is_sent_after_one_look() -> None:
    """The second look finds the same target: nobody is asked twice."""
    scene = await approved()

    run = await scene.votes("promote", BEN)

    assert run.outcome == "completed"
    assert scene.cloud.sent("promote") == scene.place.looks == 1
    assert "change_found" not in await scene.kinds()


PARTS = ARN.split(":")
OTHERS = [":".join([*PARTS[:n], f"{part}x", *PARTS[n + 1 :]]) for n, part in enumerate(PARTS) if n]


@pytest.mark.parametrize("other", [*OTHERS, "orders"])
async def test_every_part_of_a_targets_name_is_bound(other: str) -> None:
    """Another partition, service, region, account, kind or name: nothing is sent, and both are named."""
    scene = await approved()
    scene.place.targets = (other,)

    run = await scene.votes("promote", BEN)

    state = run.steps["promote"]
    assert not scene.cloud.writes
    assert (state.phase, state.round, state.votes) == (Phase.GATE, 2, ())
    assert f"Approved: {ARN}. There now: {other}." in state.gate_text
    assert await scene.kinds("promote") == [
        "gate_opened", "vote_cast", "gate_granted", "change_found", "vote_voided", "gate_opened",
    ]  # fmt: skip


async def test_what_is_approved_anew_is_sent() -> None:
    """People agree to the target that is there now; the next look compares with that one."""
    scene = await approved()
    scene.place.targets = (ARN + "-b",)
    await scene.votes("promote", BEN)

    run = await scene.votes("promote", CHLOE)

    assert run.outcome == "completed"
    assert scene.cloud.sent("promote") == 1


async def test_a_target_that_moves_once_more_is_asked_about_once_more() -> None:
    """The new approval is bound to what it showed, not to whatever comes."""
    scene = await approved()
    scene.place.targets = (ARN + "-b",)
    await scene.votes("promote", BEN)
    scene.place.targets = (ARN + "-c",)

    run = await scene.votes("promote", CHLOE)

    assert not scene.cloud.writes
    assert run.steps["promote"].round == 3
    assert f"Approved: {ARN}-b. There now: {ARN}-c." in run.steps["promote"].gate_text


async def test_a_target_more_or_less_is_another_call() -> None:
    """Two where one was approved."""
    scene = await approved()
    scene.place.targets = (ARN, ARN + "-b")

    await scene.votes("promote", BEN)

    assert not scene.cloud.writes


async def test_a_thing_that_has_got_its_arn_since_is_the_same_thing() -> None:
    """A copy that did not exist when it was approved is known by its name."""
    step = toy("promote", look=Look(state="ready", targets=("orders",)), gate=a_gate(1))
    scene = await approved(step)

    await scene.votes("promote", BEN)

    assert scene.cloud.sent("promote") == 1


async def test_a_step_whose_target_nobody_could_know_runs_as_the_expression_that_was_approved() -> None:
    """The plan said so; there is nothing to compare, and no look is spent on it."""
    scene = await approved(toy("promote", look=Look(state="unknown"), gate=a_gate(1)))

    await scene.votes("promote", BEN)

    assert (scene.cloud.sent("promote"), scene.place.looks) == (1, 0)


async def test_a_denied_change_asks_a_person_and_trying_again_asks_the_gate() -> None:
    """No way leads from a void approval to AWS but a new one."""
    scene = await approved()
    scene.place.targets = (ARN + "-b",)
    await scene.votes("promote", BEN)
    deny = VoteCast(step="promote", round=2, person="chloe", decision="deny", plan_hash=scene.plan.hash)
    await scene.say(deny)
    await scene.until_parked_or_over()
    await scene.say(PersonChose(step="promote", choice="retry"))

    run = await scene.until_parked_or_over()

    assert not scene.cloud.writes
    assert (run.steps["promote"].phase, run.steps["promote"].round) == (Phase.GATE, 3)
    assert "There now" in run.steps["promote"].gate_text


async def test_a_retried_step_that_changed_is_not_sent_on_the_old_approval() -> None:
    """It failed once under its approval; the second attempt meets another target, and no choice goes round the gate."""
    scene = await approved(promote(gate=a_gate(1), on_failure="pause"))
    scene.cloud.trouble = _refused
    await scene.votes("promote", BEN)
    scene.cloud.trouble = lambda _: None
    scene.place.targets = (ARN + "-b",)
    await scene.say(PersonChose(step="promote", choice="retry"))
    await scene.until_parked_or_over()
    await scene.say(VoteCast(step="promote", round=2, person="b", decision="deny", plan_hash=scene.plan.hash))
    await scene.until_parked_or_over()
    await scene.say(PersonChose(step="promote", choice="retry"))

    run = await scene.until_parked_or_over()

    assert not scene.cloud.writes
    assert run.steps["promote"].phase is Phase.GATE


def _refused(name: str) -> None:
    raise StepBroke("quota reached")


# --- steps that the gate of somebody further up let pass ---------------------------------------------------------


def whole_plan(*steps: PlannedStep, **gate: Any) -> tuple[PlannedStep, ...]:
    go = a_step("go", kind="approve", gate=a_gate(2, text="Go or no go", **gate))
    return (go, *steps)


async def test_a_step_below_a_gate_asks_the_people_of_that_gate() -> None:
    """It has none of its own, so those who let it pass are asked about this one step; both of them."""
    scene = await approved(*whole_plan(promote(needs=("go",))))
    scene.place.targets = (ARN + "-b",)

    run = await scene.votes("go", BEN, CHLOE)

    gate = run.gate("promote")
    assert isinstance(gate, GatePlan)
    assert (gate.count, gate.groups, gate.text) == (2, a_gate().groups, "Promote")
    assert run.steps["go"].phase is Phase.SETTLED
    assert run.steps["promote"].phase is Phase.GATE
    assert not scene.cloud.writes


async def test_it_is_sent_when_all_of_them_agree_and_not_before() -> None:
    """The borrowed gate counts as the one further up does."""
    scene = await approved(*whole_plan(promote(needs=("go",))))
    scene.place.targets = (ARN + "-b",)
    await scene.votes("go", BEN, CHLOE)

    half = await scene.votes("promote", BEN)
    sent_by_half = list(scene.cloud.writes)
    whole = await scene.votes("promote", CHLOE)

    assert half.steps["promote"].phase is Phase.GATE
    assert not sent_by_half
    assert whole.outcome == "completed"


async def test_a_step_that_nobody_was_asked_about_asks_a_person() -> None:
    """A harmless step needs no approval; it still does not go to another target by itself."""
    scene = await approved(promote(), targets=(ARN + "-b",))
    asked = await scene.run()
    await scene.say(PersonChose(step="promote", choice="retry"))

    run = await scene.until_parked_or_over()

    assert asked.steps["promote"].phase is Phase.ASKING
    assert ARN + "-b" in asked.steps["promote"].why
    assert run.outcome == "completed"


# --- the catalogue -----------------------------------------------------------------------------------------------


FIELDS = [where for where in leaves(SERVICE) if where != ("name",)]


@pytest.mark.filterwarnings("ignore:Pydantic serializer")  # an empty tuple's new member fits no model
@pytest.mark.parametrize("where", FIELDS, ids=lambda where: ".".join(map(str, where)))
async def test_every_field_of_the_services_entry_is_bound_or_only_told(where: Where) -> None:
    """What changes what the bot does voids the approval; how people hear of it does not."""
    scene = await approved()
    scene.place.catalog = CATALOG.model_copy(update={"services": {SERVICE.name: edited(SERVICE, where)}})

    run = await scene.votes("promote", BEN)

    told = where[0] in TOLD
    assert scene.cloud.sent("promote") == told
    assert (f"{where[0]} was " in run.steps["promote"].gate_text) is not told


async def test_a_service_that_left_the_catalogue_is_asked_about() -> None:
    """Nobody maintains it any more; that is worth a question."""
    scene = await approved()
    scene.place.catalog = CATALOG.model_copy(update={"services": {}})

    run = await scene.votes("promote", BEN)

    assert not scene.cloud.writes
    assert "it no longer has it" in run.steps["promote"].gate_text


async def test_one_edit_of_the_catalogue_is_asked_about_once_by_the_same_people() -> None:
    """The second step below the same gate goes on with what they were shown for the first."""
    steps = (promote(needs=("go",)), toy("then", needs=("promote",), look=Look(state="ready", targets=(ARN,))))
    scene = await approved(*whole_plan(*steps))
    scene.place.catalog = CATALOG.model_copy(update={"services": {SERVICE.name: edited(SERVICE, ("role",))}})
    await scene.votes("go", BEN, CHLOE)

    run = await scene.votes("promote", BEN, CHLOE)

    assert run.outcome == "completed"
    assert (await scene.kinds()).count("change_found") == 1


async def test_a_question_that_nobody_has_answered_yet_covers_no_other_step() -> None:
    """The first step's people were shown the edit and have not agreed; the second one asks, too."""
    later_on = toy("then", needs=("until",), look=Look(state="ready", targets=(ARN,)))
    scene = await approved(
        *whole_plan(promote(needs=("go",)), watch("until", "sign", params={"at_least": 1}, needs=("go",)), later_on)
    )
    scene.place.catalog = CATALOG.model_copy(update={"services": {SERVICE.name: edited(SERVICE, ("role",))}})
    scene.cloud.values["sign"] = 0
    await scene.votes("go", BEN, CHLOE)
    scene.cloud.values["sign"] = 1

    run = await scene.until_parked_or_over()

    assert run.steps["until"].phase is Phase.SETTLED
    assert [run.steps[step].phase for step in ("promote", "then")] == [Phase.GATE, Phase.GATE]
    assert not scene.cloud.writes


# --- the rules of the house --------------------------------------------------------------------------------------

SOON = {"from": NOW - timedelta(days=1), "to": NOW + timedelta(days=365), "why": "year's end"}
FREEZE = CATALOG.model_copy(update={"freezes": (Freeze.model_validate({**SOON, "kinds": ("failover",)}),)})
DENY = CATALOG.model_copy(update={"deny": (Deny(action="toy.*", why="it broke in March"),)})


@pytest.mark.parametrize(("rules", "said"), [(FREEZE, "year's end"), (DENY, "it broke in March")])
async def test_row_66_a_rule_that_came_after_the_approval_stops_the_step(rules: Catalog, said: str) -> None:
    """Nothing is sent, a person is asked, and trying again meets the same rule until it is gone."""
    scene = await approved()
    scene.place.catalog = rules
    stopped = await scene.votes("promote", BEN)
    await scene.say(PersonChose(step="promote", choice="retry"))
    again = await scene.until_parked_or_over()
    sent = list(scene.cloud.writes)
    scene.place.catalog = CATALOG
    for _ in range(2):
        if (await scene.run()).steps["promote"].phase is Phase.ASKING:
            await scene.say(PersonChose(step="promote", choice="retry"))
        await scene.until_parked_or_over()

    assert stopped.steps["promote"].phase is Phase.ASKING
    assert said in stopped.steps["promote"].why
    assert stopped.steps["promote"].choices == ("retry", "skip", "rollback", "abort")
    assert again.outcome == ""
    assert not sent


async def test_a_rule_about_another_service_stops_nothing() -> None:
    """Its own entry is what counts."""
    scene = await approved()
    elsewhere = (Deny(action="toy.*", why="no", services=("payments",)),)
    scene.place.catalog = CATALOG.model_copy(update={"deny": elsewhere})

    await scene.votes("promote", BEN)

    assert scene.cloud.sent("promote") == 1


async def test_row_66_a_way_back_that_was_forbidden_since_is_left_to_people() -> None:
    """An abort undoes what it may; the rest stays on the list with the rule that forbids it."""
    undo = UndoPlan(action="toy.set", region="us-west-2", params={"name": "promote", "value": 0})
    scene = await approved(promote(gate=a_gate(1), undo=undo), toy("then", "toy.watch", needs=("promote",)))
    await scene.votes("promote", BEN)
    scene.place.catalog = DENY
    await scene.say(AbortAsked(rollback=True))

    run = await scene.until_parked_or_over()

    assert len(scene.cloud.writes) == 1
    assert run.outcome == "rolled_back"
    assert "it broke in March" in run.steps["promote"].why


async def test_the_question_and_its_answer_fit_into_single_appends() -> None:
    """What was found, the votes that fell and the new question are written in one round trip."""
    scene = await approved()
    scene.place.targets = (ARN + "-b",)
    before = scene.journals.appends

    await scene.votes("promote", BEN)

    facts = [record.fact for record in await scene.journals.read(scene.plan.run)]
    assert isinstance(facts[-3], ChangeFound)
    assert not any(isinstance(fact, StepNeedsPerson) for fact in facts)
    assert scene.journals.appends - before == 3  # the vote; the grant; what was found and the new question
