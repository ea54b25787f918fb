"""What a steering word would do is said before anybody presses the button, and what is refused when they do."""

from __future__ import annotations

import pytest

from bot.model.errors import Refused
from bot.model.events import AbortAsked, Choice, Fact, PersonChose, StepNeedsPerson, StepSettled, StepStarted
from bot.model.run import Run
from bot.usecases.steer_run import abort, after_abort, choose, pause
from tests.builders import ANA, DEV, a_plan, a_step, records_of
from tests.usecases.desks import Office, caller


def after(changes: int, *stays: str) -> Run:
    """A run that has made so many changes, and can still take back all but those that have no way back."""
    named = [f"step_{number}" for number in range(1, changes + 1)]
    plan = a_plan(*(a_step(name, irreversible="It stays." if name in stays else None) for name in named))
    facts: list[Fact] = []
    for step in plan.steps:
        facts += [StepStarted(step=step.id, attempt=1), StepSettled(step=step.id, seen="done")]
    return Run.of(records_of(*facts, plan=plan))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (1, "1 change can be rolled back: step_1."),
        (3, "3 changes can be rolled back, newest first: step_3, step_2, step_1."),
        (6, "6 changes can be rolled back, newest first: step_6, step_5, step_4, step_3, step_2, step_1."),
        (9, "9 changes can be rolled back, newest first: step_9, step_8, step_7, step_6, step_5, step_4, +3."),
    ],
)
def test_an_abort_counts_what_it_would_undo_and_names_the_newest(changes: int, says: str) -> None:
    """However many there are, the sentence stays one that is read."""
    assert after_abort(after(changes)) == says


@pytest.mark.parametrize(
    ("stays", "says"),
    [
        (
            ("step_2",),
            "2 changes can be rolled back, newest first: step_3, step_1. 1 change cannot be undone and stays: step_2.",
        ),
        (("step_1", "step_2", "step_3"), "3 changes cannot be undone and stay: step_3, step_2, step_1."),
    ],
)
def test_an_abort_promises_no_way_back_where_there_is_none(stays: tuple[str, ...], says: str) -> None:
    """A restore or a call of somebody's function is not said to be undone."""
    assert after_abort(after(3, *stays)) == says


PARALLEL = a_plan(a_step("scale"), a_step("promote", point_of_no_return=True))


async def asking(choices: tuple[Choice, ...], *, promoted: bool) -> Office:
    """One step needs a person; beside it the database was promoted, or not yet."""
    office = await Office.open(PARALLEL)
    await office.tell(StepNeedsPerson(step="scale", why="gave up", choices=choices))
    if promoted:
        await office.tell(StepStarted(step="promote", attempt=1))
    return office


async def chosen(office: Office) -> list[Choice]:
    return [record.fact.choice for record in await office.records() if isinstance(record.fact, PersonChose)]


@pytest.mark.parametrize(("promoted", "choice"), [(False, "rollback"), (False, "retry"), (True, "retry")])
async def test_what_is_offered_can_be_chosen(promoted: bool, choice: Choice) -> None:
    """Once; afterwards nobody is asked any more."""
    office = await asking(("retry", "rollback"), promoted=promoted)

    await choose(office.desk, PARALLEL.run, caller(ANA), "scale", choice)

    with pytest.raises(Refused):
        await choose(office.desk, PARALLEL.run, caller(DEV), "scale", choice)
    assert await chosen(office) == [choice]


@pytest.mark.parametrize(
    ("step", "promoted", "choice", "reason"),
    [
        ("scale", True, "rollback", "past-no-return"),
        ("scale", False, "skip", "stale-card"),
        ("scale", False, "sent", "stale-card"),
        ("promote", False, "retry", "stale-card"),
        ("nothing", False, "retry", "stale-card"),
    ],
)
async def test_what_is_not_offered_now_is_refused(step: str, promoted: bool, choice: Choice, reason: str) -> None:
    """A rollback on a card of before is void once another step has passed the point of no return."""
    office = await asking(("retry", "rollback"), promoted=promoted)

    with pytest.raises(Refused) as refused:
        await choose(office.desk, PARALLEL.run, caller(ANA), step, choice)

    assert refused.value.reason == reason
    assert await chosen(office) == []


async def test_an_abort_takes_nothing_back_behind_the_point_of_no_return() -> None:
    """The old primary must not be let loose beside the new one; ending the run where it is remains."""
    office = await asking(("retry",), promoted=True)

    with pytest.raises(Refused) as refused:
        await abort(office.desk, PARALLEL.run, caller(ANA), rollback=True)

    assert refused.value.reason == "past-no-return"
    assert (await abort(office.desk, PARALLEL.run, caller(ANA))).aborting is not None


async def test_nobody_is_told_that_an_abort_is_paused() -> None:
    """It would go on undoing, whatever the answer said."""
    office = await Office.open(PARALLEL)
    await office.tell(StepStarted(step="scale", attempt=1), AbortAsked(rollback=True))

    with pytest.raises(Refused) as refused:
        await pause(office.desk, PARALLEL.run, caller(ANA))

    assert refused.value.reason == "already-aborting"
