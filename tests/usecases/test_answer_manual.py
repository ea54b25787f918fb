"""Work by hand is said done with a value that fits, or skipped by the one who may, with a reason."""

from __future__ import annotations

import pytest

from bot.model.errors import Refused, UserError
from bot.model.events import ActionRefused, ManualOpened, PersonChose, StepSettled, StepSkipped
from bot.model.people import Person
from bot.model.runbook import Answer, Manual
from bot.model.step_run import Phase
from bot.usecases.answer_manual import answer_manual, skip_manual
from tests.builders import ANA, BEN, DEV, a_plan, a_step
from tests.usecases.desks import ROLES, Office, a_catalog, caller

TICKET = Answer(field="ticket", label="Ticket", pattern="^PSP-[0-9]+$")
FREE = Answer(field="word", label="Word")
EVE = Person(id="eve", name="Eve", groups=("@marketing",))


async def an_office(answer: Answer | None = TICKET, *, is_open: bool = True, commander: bool = True) -> Office:
    """One step that people do by hand, and one that the bot does."""
    by_hand = a_step("allowlist", kind="manual", manual=Manual(assignee="ops", do=("Open the console",), answer=answer))
    roles = ROLES if commander else {name: rule for name, rule in ROLES.items() if name != "ic"}
    office = await Office.open(a_plan(by_hand, a_step("scale")), a_catalog(roles=roles))
    if is_open:
        await office.tell(ManualOpened(step="allowlist", assignee="ops", do=("Open the console",)))
    return office


@pytest.mark.parametrize(
    ("answer", "given", "results"),
    [
        (TICKET, " PSP-4821 ", {"ticket": "PSP-4821"}),
        (FREE, "anything at all", {"word": "anything at all"}),
        (None, "", {}),
        (None, "by the way", {}),
    ],
)
async def test_a_value_that_fits_closes_the_step(answer: Answer | None, given: str, results: dict[str, str]) -> None:
    """It is the step's result under the name that the runbook gave it."""
    office = await an_office(answer)

    run = await answer_manual(office.desk, office.plan.run, caller(ANA), "allowlist", given)

    settled = [each.fact for each in await office.records() if isinstance(each.fact, StepSettled)]
    assert run.steps["allowlist"].phase is Phase.SETTLED
    assert [(fact.results, fact.how, fact.seen) for fact in settled] == [(results, "answered", given.strip() or "done")]


@pytest.mark.parametrize("given", ["", "   ", "4821", "PSP-", "psp-4821", "see PSP-4821!"])
async def test_a_value_that_does_not_fit_changes_nothing(given: str) -> None:
    """The mistake names the label; the step still waits."""
    office = await an_office()

    with pytest.raises(UserError, match="Ticket"):
        await answer_manual(office.desk, office.plan.run, caller(ANA), "allowlist", given)

    assert (await office.desk.run(office.plan.run)).steps["allowlist"].phase is Phase.MANUAL


@pytest.mark.parametrize(("step", "is_open"), [("allowlist", False), ("scale", True), ("nope", True)])
async def test_a_step_that_waits_for_nobody_takes_no_answer(step: str, is_open: bool) -> None:
    """Not begun yet, done by the bot, or of another run: refused on record, answered or skipped."""
    office = await an_office(is_open=is_open)

    for attempt in (
        answer_manual(office.desk, office.plan.run, caller(ANA), step, "PSP-1"),
        skip_manual(office.desk, office.plan.run, caller(BEN), step, "no need"),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.reason == "step-closed"

    assert sum(isinstance(each.fact, ActionRefused) for each in await office.records()) == 2


async def test_the_second_answer_comes_too_late() -> None:
    """The first one stands."""
    office = await an_office()
    await answer_manual(office.desk, office.plan.run, caller(ANA), "allowlist", "PSP-1")

    with pytest.raises(Refused):
        await answer_manual(office.desk, office.plan.run, caller(BEN), "allowlist", "PSP-2")

    assert (await office.desk.run(office.plan.run)).steps["allowlist"].answer == "PSP-1"


async def test_a_stranger_neither_answers_nor_skips() -> None:
    """Whoever may start and steer, may."""
    office = await an_office()

    for attempt in (
        answer_manual(office.desk, office.plan.run, caller(EVE), "allowlist", "PSP-1"),
        skip_manual(office.desk, office.plan.run, caller(EVE), "allowlist", "no need"),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.reason == "not-a-responder"


@pytest.mark.parametrize(
    ("who", "commander", "why"),
    [(BEN, True, f"{BEN.name} as ic: no need"), (DEV, False, f"{DEV.name}: no need")],
)
async def test_a_skip_is_the_commanders_word_where_there_is_one(who: Person, commander: bool, why: str) -> None:
    """Its reason stays on record, with the name and the role."""
    office = await an_office(commander=commander)

    run = await skip_manual(office.desk, office.plan.run, caller(who), "allowlist", " no need ")

    facts = [each.fact for each in await office.records()]
    (skipped,) = [fact for fact in facts if isinstance(fact, StepSkipped)]
    assert run.steps["allowlist"].phase is Phase.SKIPPED
    assert skipped.why == why
    assert [fact.reason for fact in facts if isinstance(fact, PersonChose)] == ["no need"]


async def test_a_skip_takes_the_role_above_and_a_reason() -> None:
    """A responder who may not command is refused on record; a commander without a reason is asked for one."""
    office = await an_office()

    with pytest.raises(Refused) as refused:
        await skip_manual(office.desk, office.plan.run, caller(DEV), "allowlist", "no need")
    with pytest.raises(UserError, match="Say why"):
        await skip_manual(office.desk, office.plan.run, caller(BEN), "allowlist", "  ")

    assert refused.value.reason == "not-the-role-above"
    assert (await office.desk.run(office.plan.run)).steps["allowlist"].phase is Phase.MANUAL
