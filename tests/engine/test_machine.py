"""Combinations that nobody draws on a whiteboard: denials, pauses and ways back that meet each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.model.errors import OutcomeUnknown, StepBroke
from bot.model.events import (
    AbortAsked,
    Fact,
    PersonChose,
    RunPaused,
    RunResumed,
    StepExecuted,
    StepStarted,
    UndoStarted,
    VoteCast,
)
from bot.model.plan import GatePlan, Mode, UndoPlan
from bot.model.run import Status
from bot.model.step_run import Phase
from bot.timeline.build import build_timeline
from tests.builders import a_step
from tests.engine.stories import Theatre, toy, watch

pytestmark = pytest.mark.asyncio
GATE = GatePlan(kind="approve", groups=("@g",), count=1, expires=timedelta(minutes=10))


def cast(theatre: Theatre, step: str, decision: Any = "approve", *, round: int = 1) -> VoteCast:
    return VoteCast(step=step, round=round, person="bob", decision=decision, plan_hash=theatre.plan.hash)


async def test_a_denied_approval_cannot_be_stepped_around() -> None:
    """A step that only asks for approval guards what comes after it: after a no, people ask again or end the run."""
    theatre = await Theatre.of(a_step("go", kind="approve", gate=GATE), toy("one", needs=["go"]))
    await theatre.until_parked_or_over()

    await theatre.say(cast(theatre, "go", "deny"))
    run = await theatre.until_parked_or_over()

    assert run.steps["go"].choices == ("retry", "abort")


async def test_an_approval_whose_condition_is_unknown_is_asked_for_rather_than_left_out() -> None:
    """Nobody knows whether the gate is needed, so the safe answer is to ask."""
    gate = a_step("go", kind="approve", gate=GATE, if_="${{ steps.lag.outputs.seconds > 5 }}")
    theatre = await Theatre.of(gate, toy("one", needs=["go"]))
    asked = await theatre.until_parked_or_over()

    await theatre.say(PersonChose(step="go", choice="retry"))
    run = await theatre.until_parked_or_over()

    assert asked.steps["go"].choices == ("retry", "abort")
    assert run.steps["go"].phase is Phase.GATE


async def failed_behind_its_gate() -> Theatre:
    """A change that was agreed to, and that AWS refused; it would take it now."""
    theatre = await Theatre.of(toy("one", gate=GATE))
    theatre.cloud.trouble = _refuse_once()
    await theatre.until_parked_or_over()
    await theatre.say(cast(theatre, "one"))
    await theatre.until_parked_or_over()
    return theatre


async def test_a_retry_rests_on_the_approval_for_as_long_as_that_lasts() -> None:
    """Nobody is asked twice within the minutes for which they agreed."""
    theatre = await failed_behind_its_gate()
    theatre.clock.wind(minutes=5)

    await theatre.say(PersonChose(step="one", choice="retry"))
    run = await theatre.until_parked_or_over()

    assert (run.status, run.steps["one"].round, theatre.cloud.sent("one")) == (Status.COMPLETED, 1, 1)


@pytest.mark.parametrize(("decision", "sent"), [("approve", 1), ("deny", 0)])
async def test_a_retry_whose_approval_is_too_old_is_asked_about_anew(decision: str, sent: int) -> None:
    """What was agreed to last night is not sent this morning, and a no to it is not stepped around by retrying."""
    theatre = await failed_behind_its_gate()
    theatre.clock.wind(hours=9)

    await theatre.say(PersonChose(step="one", choice="retry"))
    asked = await theatre.until_parked_or_over()
    sent_unasked = theatre.cloud.sent("one")
    await theatre.say(cast(theatre, "one", decision, round=2))
    await theatre.until_parked_or_over()
    await theatre.say(PersonChose(step="one", choice="retry"))
    run = await theatre.until_parked_or_over()

    assert (asked.steps["one"].phase, asked.steps["one"].round, sent_unasked) == (Phase.GATE, 2, 0)
    assert theatre.cloud.sent("one") == sent
    assert run.status is (Status.COMPLETED if sent else Status.WAITING)


async def test_a_retry_chosen_while_paused_begins_after_the_resume() -> None:
    """A pause begins nothing, whatever people answer meanwhile."""
    theatre = await Theatre.of(toy("one"))
    theatre.cloud.trouble = _refuse_once()
    await theatre.until_parked_or_over()
    await theatre.say(RunPaused(why="hold"), PersonChose(step="one", choice="retry"))

    paused = await theatre.until_parked_or_over()
    sent = theatre.cloud.sent("one")
    await theatre.say(RunResumed())
    run = await theatre.until_parked_or_over()

    assert (paused.steps["one"].phase, sent) == (Phase.ASKING, 0)
    assert (run.status, theatre.cloud.sent("one")) == (Status.COMPLETED, 1)


@pytest.mark.parametrize("answer", [AbortAsked(), PersonChose(step="mail", choice="skip")])
async def test_a_doubt_outlives_the_run_that_is_ended_over_it(answer: Fact) -> None:
    """Nobody knows whether it was sent, so what is left to do says that somebody has to look."""
    theatre = await Theatre.of(toy("mail", "toy.publish"))
    theatre.cloud.lost = _lose
    await theatre.until_parked_or_over()

    await theatre.say(answer)
    run = await theatre.until_parked_or_over()

    (left,) = build_timeline(await theatre.journals.read(run.id), as_of=theatre.clock.now()).left_over
    assert run.status.is_over
    assert left.text.startswith("“Mail” has an UNKNOWN outcome; look in AWS")
    assert "Was it sent?" in left.text


async def test_a_way_back_without_effect_is_given_up_when_its_time_is_over() -> None:
    """A way back that AWS takes and that changes nothing is said to have failed; it is not sent for ever."""
    theatre = await Theatre.of(
        toy("one", timeout=timedelta(seconds=30)), a_step("go", kind="approve", needs=["one"], gate=GATE)
    )
    await theatre.until_parked_or_over()
    theatre.cloud.deaf = True

    await theatre.say(AbortAsked(rollback=True))
    run = await theatre.until_parked_or_over()

    assert (run.outcome, run.steps["one"].how) == ("rolled_back", "undo_failed")
    assert "not back after 30s" in run.steps["one"].why


async def test_a_way_back_whose_effect_shows_late_is_sent_once() -> None:
    """Describes lag: within the settle window an absence is not believed."""
    theatre = await Theatre.of(
        toy("one", settle=timedelta(seconds=10)), a_step("go", kind="approve", needs=["one"], gate=GATE)
    )
    await theatre.until_parked_or_over()
    theatre.cloud.lag = 2

    await theatre.say(AbortAsked(rollback=True))
    run = await theatre.until_parked_or_over()

    assert (run.outcome, theatre.cloud.sent("one")) == ("rolled_back", 2)


OPAQUE_WAY_BACK = UndoPlan(action="toy.publish", region="us-west-2", params={"name": "mail"})


WAY_BACK_BY_JOB = UndoPlan(action="toy.run", region="us-west-2", params={"name": "job"})


@pytest.mark.parametrize("undo", [OPAQUE_WAY_BACK, WAY_BACK_BY_JOB], ids=["opaque", "by a job"])
async def test_a_way_back_by_another_action_is_sent_once_and_believed(undo: UndoPlan) -> None:
    """By AWS's answer, which is all the evidence of an opaque one, or by what was noted before the job.

    The token is a UUID, which some services insist on, and not the step's own.
    """
    theatre = await Theatre.of(toy("one", undo=undo), a_step("go", kind="approve", needs=["one"], gate=GATE))
    await theatre.until_parked_or_over()

    await theatre.say(AbortAsked(rollback=True))
    run = await theatre.until_parked_or_over()

    name = str(undo.params["name"])
    tokens = {name: UUID(token) for name, _, token in theatre.cloud.writes}
    assert (run.steps["one"].phase, theatre.cloud.sent(name)) == (Phase.UNDONE, 1)
    assert tokens["one"] != tokens[name]


async def test_an_opaque_way_back_whose_answer_was_lost_is_left_to_people() -> None:
    """Nobody can see whether it was sent, so it is neither believed nor sent again."""
    theatre = await Theatre.of(toy("one", undo=OPAQUE_WAY_BACK), a_step("go", kind="approve", needs=["one"], gate=GATE))
    await theatre.until_parked_or_over()
    theatre.cloud.lost = _lose

    await theatre.say(AbortAsked(rollback=True))
    run = await theatre.until_parked_or_over()

    assert (run.steps["one"].how, theatre.cloud.sent("mail")) == ("undo_failed", 1)
    assert "Was it sent?" in run.steps["one"].why


async def test_an_opaque_way_back_whose_worker_died_is_left_to_people() -> None:
    """An intent without outcome: nobody can see whether it was sent."""
    theatre = await Theatre.of(toy("one", undo=OPAQUE_WAY_BACK), a_step("go", kind="approve", needs=["one"], gate=GATE))
    await theatre.until_parked_or_over()
    await theatre.say(AbortAsked(rollback=True))
    await theatre.dies_holding(UndoStarted(step="one"))

    run = await theatre.until_parked_or_over("b")

    assert (run.steps["one"].how, theatre.cloud.sent("mail")) == ("undo_failed", 0)


async def test_a_way_back_by_a_job_is_not_sent_again_after_its_worker_died() -> None:
    """The next worker holds what it sees against what the dead one noted."""
    theatre = await Theatre.of(toy("one", undo=WAY_BACK_BY_JOB), a_step("go", kind="approve", needs=["one"], gate=GATE))
    await theatre.until_parked_or_over()
    await theatre.say(AbortAsked(rollback=True))
    await theatre.dies_holding(UndoStarted(step="one", before={"value": None}))
    theatre.cloud.values["job"] = 1

    run = await theatre.until_parked_or_over("b")

    assert (run.steps["one"].phase, theatre.cloud.sent("job")) == (Phase.UNDONE, 0)


async def test_a_way_back_that_breaks_the_bot_ends_the_run_and_says_so() -> None:
    """A bug of ours in a way back is told like any failed one; the run does not spin."""
    undo = UndoPlan(action="toy.gone", region="us-west-2", params={})
    theatre = await Theatre.of(toy("one", undo=undo), a_step("go", kind="approve", needs=["one"], gate=GATE))
    await theatre.until_parked_or_over()

    await theatre.say(AbortAsked(rollback=True))
    run = await theatre.until_parked_or_over()

    assert (run.outcome, run.steps["one"].how) == ("rolled_back", "undo_failed")


async def test_after_an_outage_of_ours_a_step_is_looked_at_before_it_is_given_up() -> None:
    """The bot was away for an hour; what AWS finished meanwhile is seen, and not rolled back as too late."""
    theatre = await Theatre.of(toy("one", on_failure="rollback"))
    await theatre.dies_holding(StepStarted(step="one", attempt=1, token="t"), StepExecuted(step="one", attempt=1))
    theatre.cloud.values["one"] = 1
    theatre.clock.wind(hours=1)

    run = await theatre.until_parked_or_over("b")

    assert run.status is Status.COMPLETED


async def test_a_wait_is_looked_at_before_its_time_is_said_to_be_over() -> None:
    """The same for a wait that ends the run when it is not met."""
    theatre = await Theatre.of(watch("one", "lag", timeout=timedelta(minutes=5), on_failure="abort"))
    await theatre.dies_holding(StepStarted(step="one", attempt=1))
    theatre.cloud.values["lag"] = 1
    theatre.clock.wind(hours=1)

    run = await theatre.until_parked_or_over("b")

    assert run.status is Status.COMPLETED


async def test_a_doubt_that_nobody_can_clear_up_is_put_to_a_person_when_the_step_s_time_is_over() -> None:
    """The region answers neither the call nor the looks: the run does not hang in doubt for ever."""
    theatre = await Theatre.of(toy("one", timeout=timedelta(minutes=2)))
    theatre.cloud.lost = _lose_all
    theatre.cloud.blind = True

    run = await theatre.until_parked_or_over(most=200)

    assert run.steps["one"].phase is Phase.ASKING
    assert run.steps["one"].choices == ("wait_on", "retry", "skip", "rollback", "abort")
    assert theatre.cloud.sent("one") == 1


async def test_a_dry_run_ends_by_itself_whatever_a_real_run_would_find_out() -> None:
    """What only a real run will know is said and passed over, and a span of waiting is not waited."""
    unknown = "${{ steps.one.outputs.value > 5 }}"
    theatre = await Theatre.of(
        toy("one"),
        toy("two", needs=["one"], if_=unknown),
        toy("three", needs=["one"], params={"name": "three", "value": "${{ steps.one.outputs.value }}"}),
        watch("four", "x", needs=["one"], params={"at_least": "${{ steps.one.outputs.value }}"}),
        a_step("cool", kind="wait", wait_for=timedelta(minutes=30), needs=("two", "three")),
        mode=Mode.DRY_RUN,
    )
    began = theatre.clock.now()

    run = await theatre.until_parked_or_over()

    assert (run.status, theatre.cloud.writes) == (Status.COMPLETED, [])
    assert theatre.clock.now() - began < timedelta(minutes=1)


def _lose_all(name: str) -> None:
    raise OutcomeUnknown("the connection was cut")


def _lose(name: str) -> None:
    if name == "mail":
        raise OutcomeUnknown("the connection was cut")


def _refuse_once() -> Any:
    refusals = [StepBroke("quota reached")]

    def trouble(_: str) -> None:
        if refusals:
            raise refusals.pop()

    return trouble
