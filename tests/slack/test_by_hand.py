"""Work by hand: who is asked, when it gets louder, how it is skipped; by four people, in both languages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.local.workspace.words import text_of
from bot.model.events import ManualOpened, PersonChose, RunCreated, StepSkipped
from bot.model.incident_events import RoleClaimed
from bot.model.run import Phase, Run
from bot.model.runbook import Manual, Nag
from bot.model.service import Catalog, RoleRule
from bot.slack.views.manual import lateness, nagged
from bot.slack.views.words import asked_people, assignees
from tests.builders import ANA, BEN, CHLOE, DEV, Story, a_gate, a_plan, a_service, a_step
from tests.slack.test_incident import Company, company, has

__all__ = ["company"]
NAG = Nag(every=timedelta(minutes=3), escalate_after=timedelta(minutes=9))
CATALOG = Catalog(
    tiers={}, people={person.id: person for person in (ANA, BEN, CHLOE, DEV)},
    roles={"ops": RoleRule(groups=("@orders-sre",)), "ic": RoleRule(groups=("@sre-leads", "@eng-directors"))},
    services={"orders-api": a_service()},
)  # fmt: skip


def a_waiting_run(assignee: str = "ops", *held: tuple[str, str]) -> Run:
    """One step that people do by hand, and who holds which role."""
    work = Manual(assignee=assignee, do=("Open the console",), nag=NAG)
    plan = a_plan(a_step("allow", kind="manual", manual=work))
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA)
    story.tell(*(RoleClaimed(role=role, person=person, name=person) for role, person in held))
    story.tell(ManualOpened(step="allow", assignee=assignee, do=work.do))
    return Run.of(story.records)


@pytest.mark.parametrize(("number", "late"), [(1, 0), (2, 0), (3, 1), (5, 1), (6, 2), (60, 2)])
def test_reminders_get_louder_twice(number: int, late: int) -> None:
    """After the step's patience, and after twice of it."""
    assert lateness(a_waiting_run(), "allow", number) == late


@pytest.mark.parametrize(
    ("run", "number", "people"),
    [
        (a_waiting_run(), 1, ("ana", "dev")),
        (a_waiting_run("ops", ("ops", "dev")), 1, ("dev",)),
        (a_waiting_run("ops", ("ops", "dev")), 3, ("dev", "ben", "chloe")),
        (a_waiting_run("ops", ("ops", "dev"), ("ic", "ben")), 3, ("dev", "ben")),
        (a_waiting_run("ops", ("ops", "dev"), ("ic", "ben")), 6, ("ana", "ben", "chloe", "dev")),
        (a_waiting_run("ic", ("ic", "ben")), 3, ("ana", "ben", "chloe", "dev")),
    ],
)
def test_the_holder_is_asked_then_the_role_above_then_everybody(run: Run, number: int, people: tuple[str, ...]) -> None:
    """Nobody is woken before those whose work it is."""
    assert {person.id for person in nagged(run, "allow", number, CATALOG)} == set(people)


def test_a_holder_who_left_the_roster_is_not_asked() -> None:
    """The role's members are, then."""
    assert [person.id for person in assignees("ops", a_waiting_run("ops", ("ops", "gone")), CATALOG)] == ["ana", "dev"]


def test_a_confirmation_asks_the_holder_of_the_role_first() -> None:
    """Others may confirm too, but the one who leads is named first."""
    run = a_waiting_run("ops", ("ic", "chloe"))
    gate = a_gate(2, kind="confirm", groups=(), roles=(("ops", ("@orders-sre",)), ("ic", ("@eng-directors",))))

    people = asked_people(gate, CATALOG, run, run.steps["allow"])

    assert [person.id for person in people] == ["chloe", "ana", "dev"]


async def test_a_step_by_hand_is_skipped_by_the_commander_with_a_reason(company: Company) -> None:
    """Carol may answer but not skip; Alice skips, the message says so, and the engine hears it."""
    bench = company.bench
    run = await bench.a_run(bench.by_hand())
    ask = await company.carol.wait_for(has("manual.skip"))
    await company.carol.click(ask["ts"], "manual.skip")
    await company.carol.wait_for_view(lambda view: view["callback_id"] == "manual.skip.submit")
    await company.carol.submit({"reason": "I would rather not"})
    await company.carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and "@sre-leads" in text_of(m))
    assert (await bench.desk.run(run.id)).steps["allowlist"].phase is Phase.MANUAL

    await company.alice.click(ask["ts"], "manual.skip")
    await company.alice.wait_for_view(lambda view: view["callback_id"] == "manual.skip.submit")
    await company.alice.submit({"reason": "The provider allows every address today"})
    await company.until(lambda run: run.steps["allowlist"].phase is Phase.SKIPPED, run.id)
    await company.dave.wait_for(lambda m: m["ts"] == ask["ts"] and not has("manual.answer")(m))

    facts = [record.fact for record in await bench.desk.records(run.id)]
    assert [fact.choice for fact in facts if isinstance(fact, PersonChose)] == ["skip"]
    (skipped,) = [fact for fact in facts if isinstance(fact, StepSkipped)]
    assert skipped.why == "Alice Kim as ic: The provider allows every address today"


async def test_the_value_is_read_back_in_its_form_by_whoever_holds_the_role(company: Company) -> None:
    """A wrong form is told inline; the right one closes the step for everybody."""
    bench = company.bench
    run = await bench.a_run(bench.by_hand())
    ask = await company.carol.wait_for(has("manual.answer"))
    await company.carol.click(ask["ts"], "manual.answer")
    await company.carol.wait_for_view(lambda view: view["callback_id"] == "manual.submit")

    wrong = await company.carol.submit({"answer": "4711"})
    await company.carol.submit({"answer": "PSP-4711"})
    await company.until(lambda run: run.steps["allowlist"].phase is Phase.SETTLED, run.id)
    await company.min.wait_for(lambda m: m["ts"] == ask["ts"] and "PSP-4711" in text_of(m))

    assert list(wrong["errors"]) == ["answer"]
