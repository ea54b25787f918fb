"""What a run owes is read from its journal: what it changed, how that is paid back, and which later step pays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.model.action import Before, Look
from bot.model.debt import Debt
from bot.model.events import (
    AbortAsked,
    Fact,
    PersonChose,
    RunFinished,
    StepExecuted,
    StepFailed,
    StepNeedsPerson,
    StepOutcomeUnknown,
    StepSettled,
    StepSkipped,
    StepStarted,
    StepUndone,
    UndoFailed,
    UndoStarted,
)
from bot.model.plan import Mode, Plan, PlannedStep, UndoPlan
from bot.model.run import Run
from bot.model.runbook import Manual
from bot.timeline.build import build_timeline
from bot.timeline.debts import debts_of, keys_of, payments, sentence_of, standing, way_back
from tests.builders import NOW, a_finished_failover, a_plan, a_step, records_of

STARTED = StepStarted(step="scale_api", attempt=1, before={"desired": 4}, params={"service": "orders", "desired": 24})
SETTLED = StepSettled(step="scale_api", seen="desired 24")
DONE = (STARTED, StepExecuted(step="scale_api", attempt=1), SETTLED)
LOST = StepOutcomeUnknown(step="scale_api", attempt=1, why="cut", look_at=NOW + timedelta(seconds=5))
ASKED = StepNeedsPerson(step="scale_api", why="cut", choices=("sent", "not_sent", "skip", "abort"))


def run_of(*facts: Fact, plan: Plan | None = None) -> Run:
    return Run.of(records_of(*facts, plan=plan or a_plan(a_step(costs="the tasks"))))


def debt_of(*facts: Fact, plan: Plan | None = None) -> Debt:
    (only,) = debts_of(run_of(*facts, plan=plan))
    return only


def test_a_change_that_stands_is_a_debt() -> None:
    """From what to what, since when, how it is paid back, and what it costs meanwhile."""
    debt = debt_of(*DONE)

    assert (debt.step, debt.change, debt.costs, debt.unsure) == ("scale_api", "desired 4 → 24", "the tasks", False)
    assert debt.since == NOW + timedelta(seconds=10)
    assert debt.pay_back is not None
    assert (debt.pay_back.action, debt.pay_back.before) == ("ecs.set_desired_count", {"desired": 4})
    assert sentence_of(debt) == (
        "Scale api: desired 4 → 24. Set it back with ecs.set_desired_count; it was desired 4. "
        "It costs money meanwhile: the tasks."
    )


def test_an_action_that_does_not_set_its_change_back_names_what_does() -> None:
    """An experiment is not ended by starting it; the author's own way back stands above the action's words."""
    experiment = a_step(action="fis.start_experiment", taken_back="Stop it with fis.stop_experiment.")
    own = UndoPlan(action="fis.stop_experiment", region="us-east-1", params={})

    debts = [debt_of(DONE[0], plan=a_plan(step)) for step in (experiment, experiment.model_copy(update={"undo": own}))]

    assert [way_back(debt) for debt in debts] == [
        "Stop it with fis.stop_experiment.",
        "Set it back with fis.stop_experiment.",
    ]
    assert [debt.pay_back and debt.pay_back.action for debt in debts] == [None, "fis.stop_experiment"]


def test_a_part_of_what_it_was_is_not_told_as_the_whole() -> None:
    """A zone's id alone says nothing of the weights that it had."""
    whole = StepStarted(step="scale_api", attempt=1, before={"desired": 4, "limits": None})
    part = StepStarted(step="scale_api", attempt=1, before={"zone": "Z0", "sets": [{"Weight": 100}]})

    told = [way_back(debt_of(started, *DONE[1:])) for started in (whole, part)]

    assert told == [
        "Set it back with ecs.set_desired_count; it was desired 4.",
        "Set it back with ecs.set_desired_count.",
    ]


@pytest.mark.parametrize(
    ("facts", "owed", "unsure"),
    [
        ((), 0, False),
        ((STARTED,), 1, True),
        ((STARTED, LOST), 1, True),
        ((STARTED, ASKED), 1, True),
        ((STARTED, StepFailed(step="scale_api", attempt=1, why="refused")), 0, False),
        ((STARTED, SETTLED.model_copy(update={"how": "adopted"})), 1, False),
        ((STARTED, SETTLED.model_copy(update={"how": "already"})), 0, False),
        ((STARTED, SETTLED.model_copy(update={"how": "simulated"})), 0, False),
        ((*DONE, UndoStarted(step="scale_api"), StepUndone(step="scale_api")), 0, False),
        ((*DONE, UndoStarted(step="scale_api"), UndoFailed(step="scale_api", why="no")), 1, False),
        ((STARTED, LOST, ASKED, AbortAsked(), StepSkipped(step="scale_api", why="aborted")), 1, True),
        ((STARTED, LOST, ASKED, PersonChose(step="scale_api", choice="not_sent"), AbortAsked(),
          StepSkipped(step="scale_api", why="aborted")), 0, False),
        ((*DONE[:2], StepFailed(step="scale_api", attempt=1, why="still moving")), 1, True),
        ((STARTED, LOST, StepFailed(step="scale_api", attempt=1, why="did not arrive", retry_at=NOW), AbortAsked(),
          StepSkipped(step="scale_api", why="aborted")), 0, False),
    ],
    ids=["nothing sent", "on its way", "cut", "nobody can tell", "refused", "adopted", "there before", "simulated",
         "undone", "undo failed", "aborted in doubt", "aborted, not sent", "given up while it moved", "did not arrive"],
)  # fmt: skip
def test_what_counts_as_done(facts: tuple[Fact, ...], owed: int, unsure: bool) -> None:
    """Only what this run changed and nobody took back; what nobody saw the end of is a debt until somebody looks."""
    found = debts_of(run_of(*facts))

    assert len(found) == owed
    assert [debt.unsure for debt in found] == [unsure] * owed


@pytest.mark.parametrize(
    ("step", "plan", "owed"),
    [
        ({"owes": False}, {}, 0),
        ({}, {"mode": Mode.DRY_RUN}, 0),
        ({}, {"kind": "failback"}, 0),
        ({}, {"kind": "drill"}, 1),
    ],
    ids=["a message", "dry run", "failback", "drill"],
)
def test_what_owes_nothing(step: dict[str, Any], plan: dict[str, Any], owed: int) -> None:
    """A message leaves nothing, a dry run neither, and a failback is a payment; a drill has to be tidied up."""
    assert len(debts_of(run_of(*DONE, plan=a_plan(a_step(**step), **plan)))) == owed


@pytest.mark.parametrize(("before", "costs"), [({"desired": 4}, "the tasks"), ({"desired": 30}, ""), ({}, "the tasks")])
def test_less_than_before_costs_nothing(before: Before, costs: str) -> None:
    """A fence saves money; what nobody remembered may cost."""
    started = STARTED.model_copy(update={"before": before})

    assert debt_of(started, SETTLED).costs == costs


@pytest.mark.parametrize(("facts", "owed"), [(DONE[:2], 1), ((*DONE[:2], LOST), 1), (DONE, 0)])
def test_what_ends_by_itself_owes_only_until_it_has_ended(facts: tuple[Fact, ...], owed: int) -> None:
    """An experiment that runs has to be stopped; of one that is over nothing stands, so nobody is told to begin it."""
    plan = a_plan(a_step(passes=True), kind="drill")

    assert len(debts_of(run_of(*facts, plan=plan))) == owed


def test_what_cannot_be_undone_says_what_to_do_instead() -> None:
    """No pay-back is promised that does not exist."""
    plan = a_plan(a_step(irreversible="Run the failback, a planned switchover."))

    debt = debt_of(*DONE, plan=plan)

    assert debt.pay_back is None
    assert sentence_of(debt) == "Scale api: desired 4 → 24. Run the failback, a planned switchover."


def test_the_authors_way_back_wins() -> None:
    """As in a rollback."""
    own = UndoPlan(action="ecs.other", region="us-west-2", params={"desired": 4})

    debt = debt_of(*DONE, plan=a_plan(a_step(undo=own, irreversible="No way.")))

    assert debt.pay_back is not None
    assert (debt.pay_back.action, debt.pay_back.params, debt.instead) == ("ecs.other", {"desired": 4}, "")


def back(*steps: PlannedStep, run: str = "back", region: str = "us-west-2") -> Plan:
    """A failback that touches what `scale_api` touched, or other steps."""
    own = a_step("rest", region=region, look=Look(state="ready", targets=("ecs:scale_api",)))
    return a_plan(*(steps or (own,)), run=run, kind="failback")


def test_a_failback_pays_what_it_touches() -> None:
    """The same thing, whatever the step is called; another thing stays open."""
    plan = a_plan(a_step(), a_step("scale_workers"))
    owed = debts_of(run_of(*DONE, StepStarted(step="scale_workers", attempt=1), plan=plan))

    paid = payments(owed, back().steps)

    assert [(each.debt.step, each.step) for each in paid] == [("scale_api", "rest"), ("scale_workers", "")]


@pytest.mark.parametrize(("region", "payer"), [("us-west-2", "rest"), ("us-east-1", "")])
def test_a_bare_name_is_a_name_in_its_region(region: str, payer: str) -> None:
    """A group called workers in one region is not the one in the other."""
    look = Look(state="ready", change="0 → 8", targets=("workers",))
    owed = debts_of(run_of(*DONE, plan=a_plan(a_step(look=look))))

    assert payments(owed, back(a_step("rest", region=region, look=look)).steps)[0].step == payer


@pytest.mark.parametrize(("service", "payer"), [("orders", "rest"), ("carts", "")])
def test_what_nobody_could_look_at_is_known_by_its_words(service: str, payer: str) -> None:
    """A fence in a lost region: the same action in the same region with the same names, numbers aside."""
    owed = debts_of(run_of(*DONE, plan=a_plan(a_step(look=None))))
    again = a_step("rest", look=None, params={"service": service, "desired": 6})

    assert payments(owed, back(again).steps)[0].step == payer


@pytest.mark.parametrize(
    ("line", "payer"),
    [("Delete the stack orders in us-west-2", "tidy"), ("Delete the stack orders in us-east-1", ""),
     ("Delete the stack orders-old in us-west-2", "")],
)  # fmt: skip
def test_people_who_are_told_its_name_pay(line: str, payer: str) -> None:
    """What the bot never deletes, a person does; the line names the thing and its region."""
    look = Look(state="ready", change="nothing → orders", targets=("orders",))
    owed = debts_of(run_of(*DONE, plan=a_plan(a_step(look=look))))
    tidy = a_step("tidy", kind="manual", manual=Manual(assignee="ops", do=(line,)))

    assert payments(owed, back(tidy).steps)[0].step == payer


def test_what_stands_over_several_runs() -> None:
    """The failover's change is open until the failback has settled the same thing; a dry one pays nothing."""
    over = run_of(*DONE)
    settled = (StepStarted(step="rest", attempt=1), StepSettled(step="rest", seen="4"))
    done, begun = run_of(*settled, plan=back()), run_of(settled[0], plan=back())
    simulated = run_of(*settled, plan=back().model_copy(update={"mode": Mode.DRY_RUN}))

    assert [debt.step for debt in standing([over])] == ["scale_api"]
    assert standing([over, done]) == ()
    assert standing([over, begun]) == standing([over, simulated]) == standing([over])
    assert standing([done, over]) == standing([over])  # the order counts


@pytest.mark.parametrize(("desired", "left"), [(24, ["scale_api"]), (4, [])])
def test_who_finds_a_change_in_place_has_not_taken_it_over(desired: int, left: list[str]) -> None:
    """A second failover that finds the tasks scaled already owes nothing, so the first one still does.

    Where it finds what was there before, somebody has paid by hand.
    """
    found = SETTLED.model_copy(update={"how": "already"})
    intent = STARTED.model_copy(update={"params": {"service": "orders", "desired": desired}})
    second = run_of(intent, found, plan=a_plan(a_step(), run="second"))

    assert [debt.step for debt in standing([run_of(*DONE), second])] == left


def test_the_end_of_a_run_tells_what_it_owes() -> None:
    """As things left to do, behind what went wrong; while it runs the list is there, and nobody is nagged."""
    over = build_timeline(a_finished_failover(), as_of=NOW)
    open_ = build_timeline(records_of(*DONE), as_of=NOW)

    owed = ["scale_api", "scale_workers", "promote_db", "shift_traffic"]
    assert [debt.step for debt in over.debts] == owed
    assert [left.step for left in over.left_over] == ["fence_primary", "warm_cache", *owed]
    assert over.left_over[4].text.endswith("run orders-api.failback to return.")
    assert ([debt.step for debt in open_.debts], open_.left_over) == (["scale_api"], ())


def test_a_step_that_is_told_already_is_not_told_twice() -> None:
    """An undo that failed is the worse news."""
    facts = (
        *DONE,
        UndoStarted(step="scale_api"),
        UndoFailed(step="scale_api", why="no"),
        RunFinished(outcome="failed"),
    )

    left = build_timeline(records_of(*facts), as_of=NOW).left_over

    assert [each.step for each in left] == ["scale_api"]
    assert "could not be undone" in left[0].text


def test_a_name_that_is_unique_everywhere_is_a_key_as_it_is() -> None:
    """An ARN tells its region; a bare name is one per region."""
    arn, bare = "arn:aws:rds:us-west-2:111122223333:cluster:orders", "orders"
    step = a_step("promote", look=Look(state="ready", targets=(arn, bare)))

    assert keys_of(step) == {arn, "us-west-2/orders"}


def test_a_question_that_was_answered_leaves_no_doubt() -> None:
    """Whether it was sent was asked, and seen since."""
    answered = PersonChose(step="scale_api", choice="sent")

    open_, seen = debt_of(STARTED, LOST, ASKED), debt_of(STARTED, LOST, ASKED, answered, SETTLED)

    assert (open_.unsure, seen.unsure) == (True, False)
