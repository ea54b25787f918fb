"""A step on its way shows progress every fifteen seconds, and a doubt is told with what to check by hand.

All in virtual time: the longest silence is measured between the records of the journal.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.errors import OutcomeUnknown
from bot.model.events import StepAwaited, StepOutcomeUnknown, StepStarted
from bot.model.plan import CheckPlan
from bot.model.run import Status
from bot.model.runbook import Condition
from bot.model.step_run import Phase
from bot.runbook.library import Library
from tests.builders import a_step
from tests.engine.stories import Theatre, toy
from tests.faults.aws.stage import silences
from tests.planning.test_compile import SHIPPED, plan_of

pytestmark = pytest.mark.asyncio
BY_HAND = "aws toy describe --name mail"


async def test_row_18_an_intermediate_state_shows_progress_every_15_s() -> None:
    """Even when the author asks to look once a minute, and nothing changes for five minutes."""
    check = CheckPlan(
        action="toy.watch", region="us-west-2", params={"name": "db"}, condition=Condition(check="toy.watch", gte=1)
    )
    theatre = await Theatre.of(
        a_step("db", kind="wait", checks=(check,), every=timedelta(minutes=1), timeout=timedelta(minutes=30))
    )
    theatre.cloud.values["db"] = 0
    for _ in range(25):
        due = await theatre.deliver()
        assert due is not None
        theatre.clock.at = due

    assert theatre.clock.at - (await theatre.run()).created_at >= timedelta(minutes=4)
    assert max(await silences(theatre)) <= 15
    kinds = await theatre.kinds("db")
    assert (kinds.count("step_observed"), "step_awaited" in kinds) == (25, False)


async def test_a_call_without_an_answer_is_told_every_15_s() -> None:
    """The call is out and hangs: the card says since when, instead of nothing."""
    answered = threading.Event()
    theatre = await Theatre.of(toy("db"))

    def hang(_: str) -> None:
        answered.wait(5)

    theatre.cloud.trouble = hang
    driver = theatre.driver()
    driving = asyncio.create_task(driver.drive())
    for _ in range(100):
        await asyncio.sleep(0.01)
        if (await theatre.run()).steps["db"].phase is Phase.STARTED:
            break
    theatre.clock.wind(seconds=15)
    theatre.wakeups.heard(theatre.plan.run, 10_000)
    for _ in range(100):
        await asyncio.sleep(0.01)
        if "step_awaited" in await theatre.kinds("db"):
            break
    run = await theatre.run()
    answered.set()
    await asyncio.wait_for(driving, 2)

    assert run.steps["db"].seen == "sent 15s ago, no answer from AWS yet"
    assert run.steps["db"].phase is Phase.STARTED


async def test_a_timed_wait_says_until_when() -> None:
    """Its end is known from its beginning, so it is said once and the run is parked."""
    theatre = await Theatre.of(a_step("soak", kind="wait", wait_for=timedelta(hours=2)))

    due = await theatre.deliver()

    said = [r.fact for r in await theatre.journals.read(theatre.plan.run) if isinstance(r.fact, StepAwaited)]
    assert [each.seen for each in said] == ["waiting until 05:07:00 UTC"]
    assert due == theatre.clock.now() + timedelta(hours=2)


async def test_an_unknown_outcome_is_told_at_once_with_what_to_check_by_hand() -> None:
    """The journal says UNKNOWN in the same moment, and how a person can look."""

    def cut(_: str) -> None:
        raise OutcomeUnknown("no answer within 30 s")

    theatre = await Theatre.of(toy("db", by_hand="aws toy describe --name db"))
    theatre.cloud.lost = cut
    await theatre.deliver()

    told = [r for r in await theatre.journals.read(theatre.plan.run) if isinstance(r.fact, StepOutcomeUnknown)]
    started = [r for r in await theatre.journals.read(theatre.plan.run) if isinstance(r.fact, StepStarted)]

    assert told[0].fact.why == "no answer within 30 s. Check by hand: aws toy describe --name db"  # type: ignore[union-attr]
    assert told[0].at - started[0].at <= timedelta(seconds=30)


async def test_a_takeover_tells_the_doubt_at_once() -> None:
    """The worker died with a call out: UNKNOWN is said by the next one before anything else, then looked at."""
    theatre = await Theatre.of(toy("db", by_hand="aws toy describe --name db"))
    await theatre.dies_holding(StepStarted(step="db", attempt=1, token="t"))

    await theatre.deliver("b")
    run = await theatre.run()
    finished = await theatre.until_parked_or_over("b")

    assert run.steps["db"].phase is Phase.UNKNOWN
    assert run.steps["db"].due is not None
    assert run.steps["db"].due <= run.taken_at + timedelta(seconds=15)  # type: ignore[operator]  # it was taken
    assert "fell silent. Check by hand: aws toy describe --name db" in run.steps["db"].why
    assert (finished.status, theatre.cloud.sent("db")) == (Status.COMPLETED, 1)
    assert max((await silences(theatre))[2:]) <= 15


async def test_an_opaque_doubt_asks_with_what_to_check_by_hand() -> None:
    """The person who is asked whether it was sent is told where to look; once, not twice."""

    def cut(_: str) -> None:
        raise OutcomeUnknown("no answer")

    theatre = await Theatre.of(toy("mail", "toy.publish", by_hand=BY_HAND))
    theatre.cloud.lost = cut
    run = await theatre.until_parked_or_over()

    assert run.steps["mail"].why == f"Was it sent? no answer. Check by hand: {BY_HAND}"


async def test_every_write_of_the_shipped_runbooks_can_be_checked_by_hand() -> None:
    """With the real names filled in, ready to be pasted into a terminal."""
    plan = plan_of(Library.load(SHIPPED, Catalogue.discover().specs), impact_started_at="03:02")

    told = {step.id: step.by_hand for step in plan.steps if step.changes}

    assert told["fence_primary"] == (
        "aws ecs describe-services --region us-east-1 --cluster orders --services orders-api"
    )
    assert all(told.values())
    assert "{" not in "".join(told.values()).replace("${{", "")


@pytest.mark.parametrize("name", sorted(n for n, s in Catalogue.discover().specs.items() if s.risk != "read"))
async def test_the_words_for_checking_name_only_declared_parameters(name: str) -> None:
    """A sentence that cannot be filled in would fail the plan at 3 a.m."""
    spec = Catalogue.discover().specs[name]

    words = spec.by_hand.format_map({field.name: "x" for field in spec.parameters} | {"region": "x"})

    assert "{" not in words
