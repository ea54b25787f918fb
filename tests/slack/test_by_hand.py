"""Work by hand: who is asked, and when it gets louder."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model.events import ManualOpened, RunCreated
from bot.model.incident_events import RoleClaimed
from bot.model.run import Run
from bot.model.runbook import Manual, Nag
from bot.model.service import Catalog, RoleRule
from bot.slack.views.manual import lateness, nagged
from bot.slack.views.words import asked_people, assignees
from tests.builders import ANA, BEN, CHLOE, DEV, Story, a_gate, a_plan, a_service, a_step

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
