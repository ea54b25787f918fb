"""Combinations that nobody draws on a whiteboard: denials, pauses and ways back that meet each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.model.errors import StepBroke
from bot.model.events import PersonChose, RunPaused, RunResumed, VoteCast
from bot.model.plan import GatePlan
from bot.model.run import Phase, Status
from tests.builders import a_step
from tests.engine.stories import Theatre, toy

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


def _refuse_once() -> Any:
    refusals = [StepBroke("quota reached")]

    def trouble(_: str) -> None:
        if refusals:
            raise refusals.pop()

    return trouble
