"""The recovery-test checklist: only what was really tried counts, only for a while, and each answer names its proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.events import Fact, ManualAnswered, RunFinished, StepFailed, StepSettled, StepStarted
from bot.model.plan import Mode, PlannedStep
from bot.model.records import Record
from bot.model.runbook import Call, Clock, LoadedRunbook, Runbook, RunbookRef, Step
from bot.model.service import DRILL_EVERY, RunKind
from bot.readiness.checklist import (
    BACKUPS,
    INTEGRITY,
    INTEGRITY_MARK,
    QUESTIONS,
    RESTORES,
    Item,
    ItemName,
    State,
    checklist,
    due,
    next_move,
    overall,
)
from bot.readiness.evidence import Evidence
from bot.readiness.history import history_of
from tests.builders import NOW, a_finished_failover, a_plan, a_read, a_service, a_step, records_of

ACTIONS = Catalogue.discover()
SOON = NOW + timedelta(days=1)
LATE = NOW + DRILL_EVERY + timedelta(days=2)
KINDS: tuple[RunKind, ...] = ("failover", "failback", "restore")
SERVICE = a_service(runbooks={kind: f"orders-api.{kind}" for kind in KINDS})


def a_book(kind: RunKind = "failover", digest: str = "5f2c" * 16) -> LoadedRunbook:
    """A healthy runbook; by default with the content that `a_plan` was made from."""
    ref = a_plan().runbook.model_copy(update={"name": f"orders-api.{kind}", "digest": digest})
    restoring = {"copy": Step(id="copy", uses="rds.restore_from_snapshot", marks=(INTEGRITY_MARK,), **{"with": {}})}
    steps = restoring if kind == "restore" else {}
    book = Runbook.model_construct(runbook=ref.name, version=4, title="x", kind=kind, when="x", steps=steps)
    return LoadedRunbook.model_construct(runbook=book, ref=ref, path="x.yaml", text="")


BOOKS = {kind: a_book(kind) for kind in KINDS}
BOTH_WAYS: dict[RunKind, LoadedRunbook] = {"failover": BOOKS["failover"], "failback": BOOKS["failback"]}


def a_run(
    *steps: PlannedStep, facts: Sequence[Fact] = (), outcome: Any = "completed", after: float = 0, **plan: Any
) -> tuple[Record, ...]:
    """A run of orders-api that is over; `after` is the seconds between its records."""
    made = a_plan(*steps, **{"service": SERVICE, **plan})
    return records_of(*facts, RunFinished(outcome=outcome), plan=made, every=after or 10)


def a_back(**plan: Any) -> tuple[Record, ...]:
    """A failback that went through, an hour after."""
    return a_run(a_step(), facts=settled("scale_api"), kind="failback", run="back", after=3600, **plan)


def settled(step: str, seen: str = "as wanted") -> list[Fact]:
    return [StepStarted(step=step, attempt=1, token="t"), StepSettled(step=step, seen=seen)]


def answered(
    *journals: Sequence[Record],
    now: datetime = SOON,
    books: dict[RunKind, LoadedRunbook] = BOOKS,
    service: Any = SERVICE,
    digests: dict[str, str] | None = None,
) -> dict[ItemName, Item]:
    items = checklist(Evidence(service, history_of("orders-api", journals), books, now, digests or {}))
    assert [item.name for item in items] == [*QUESTIONS]
    return {item.name: item for item in items}


def test_a_service_that_was_never_tried_says_so_everywhere() -> None:
    """What is written down is no proof either; and each answer has the command that would make it better."""
    items = answered()

    assert {name: item.state for name, item in items.items()} == dict.fromkeys(QUESTIONS, "untried")
    assert items["backups"].next == "failover orders-api dry-run"
    assert items["restore"].next == items["integrity"].next == "restore orders-api"
    assert "orders-api.failover 4" in items["documented"].says
    assert items["documented"].next == "failover orders-api dry-run"


def test_a_failover_proves_what_it_showed_and_nothing_else() -> None:
    """The lag it measured, the way it went, the targets it met; not the restore, not the way back."""
    items = answered(a_finished_failover(fenced=True, service=SERVICE))

    assert {name: item.state for name, item in items.items()} == {
        "backups": "proven", "integrity": "untried", "documented": "untried", "restore": "untried",
        "scenarios": "untried", "targets": "proven",
    }  # fmt: skip
    assert items["targets"].run == "01JPFAILOVER"
    assert "of 30m" in items["targets"].says
    assert "failover: proven on 2026-03-14; failback: never tried" in items["scenarios"].says
    assert items["scenarios"].next == "failback orders-api dry-run"


@pytest.mark.parametrize(
    ("mode", "outcome", "acted", "now", "state"),
    [
        (Mode.LIVE, "completed", True, SOON, "proven"),
        (Mode.LIVE, "completed", True, LATE, "stale"),
        (Mode.LIVE, "aborted", True, SOON, "failed"),
        (Mode.LIVE, "aborted", False, SOON, "untried"),
        (Mode.DRY_RUN, "completed", True, SOON, "rehearsed"),
        (Mode.DRY_RUN, "completed", True, LATE, "untried"),
        (Mode.DRY_RUN, "aborted", True, SOON, "untried"),
    ],
)
def test_only_what_was_tried_counts(mode: Mode, outcome: str, acted: bool, now: datetime, state: State) -> None:
    """A rehearsal shows that the way is clear, a run that it leads anywhere; what people called off shows neither."""
    run = a_run(a_step(), facts=settled("scale_api") if acted else (), outcome=outcome, mode=mode)

    assert answered(run, books={"failover": a_book()}, now=now)["scenarios"].state == state


def test_a_failure_after_a_proof_counts_and_another_services_run_does_not() -> None:
    """The newest word stands."""
    good = a_run(a_step(), facts=settled("scale_api"), run="good")
    bad = a_run(a_step(), facts=settled("scale_api"), run="bad", outcome="failed", after=3600)
    others = records_of(RunFinished(outcome="failed"), plan=a_plan(service=a_service("payments"), run="other"))

    item = answered(good, bad, others, books={"failover": a_book()})["scenarios"]

    assert (item.state, item.run) == ("failed", "bad")


@pytest.mark.parametrize("phase", ["settled", "failed"])
def test_what_a_check_saw_of_the_backups_is_the_answer(phase: str) -> None:
    """Also in a rehearsal, whose reads are real; a check that failed is no good backup."""
    fact: Fact = StepFailed(step="copies", attempt=1, why="the newest is 40h old")
    facts = settled("copies", "the newest is 2h old") if phase == "settled" else [fact]
    run = a_run(a_read("copies", "backup.recovery_points"), facts=facts, mode=Mode.DRY_RUN)

    item = answered(run)["backups"]

    assert item.state == ("proven" if phase == "settled" else "failed")
    assert "backup.recovery_points on 2026-03-14: the newest is" in item.says


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("restore", a_step("again", action="backup.start_restore", title="Restore the newest point")),
        ("integrity", a_step("compare", marks=(INTEGRITY_MARK,), title="Compare the rows")),
        ("integrity", a_step("canary", action="synthetics.canary")),
    ],
)
def test_a_real_step_answers_and_a_simulated_one_does_not(name: ItemName, step: PlannedStep) -> None:
    """A dry run restores nothing and compares nothing."""
    real = a_run(step, facts=settled(step.id), kind="restore")
    simulated = a_run(step, facts=settled(step.id), kind="restore", mode=Mode.DRY_RUN)

    assert answered(real)[name].state == "proven"
    assert answered(simulated)[name].state == "untried"


def test_a_step_that_people_do_is_named_by_its_title() -> None:
    """Its id is the author's word, not theirs; no look or call ever said another title."""
    step = a_step("orders_whole", kind="manual", title="Are the orders whole?", marks=(INTEGRITY_MARK,))

    item = answered(
        a_run(
            step,
            facts=[ManualAnswered(step=step.id, value="ORD-7"), StepSettled(step=step.id, seen="said by a person")],
            kind="drill",
        )
    )["integrity"]

    assert item.says == "“Are the orders whole?” on 2026-03-14: ORD-7"


def test_no_command_is_named_that_could_not_prove_it() -> None:
    """Where no runbook restores or compares anything, running one again proves nothing; a called one may do it."""
    calling = a_book()
    steps = {"rest": Step(id="rest", call=Call(runbook="shared.restore"))}
    calling = calling.model_copy(update={"runbook": calling.runbook.model_copy(update={"steps": steps})})

    alone, through = answered(books={"failover": a_book()}), answered(books={"failover": calling})

    assert (alone["restore"].next, alone["integrity"].next) == ("", "")
    assert "dr new orders-api restore" in alone["restore"].says
    assert through["restore"].next == through["integrity"].next == "failover orders-api dry-run"


def test_a_restore_that_found_its_work_done_has_restored_nothing() -> None:
    """Somebody had made the copy before; whether the backup can be read, the run did not see."""
    step = a_step("copy", action="rds.restore_from_snapshot")
    already = [StepSettled(step="copy", seen="was there already", how="already")]

    item = answered(a_run(step, facts=already, kind="restore"))["restore"]

    assert (item.state, item.run) == ("untried", "")


@pytest.mark.parametrize(
    ("ahead", "state"),
    [(timedelta(minutes=59), "proven"), (timedelta(minutes=61), "untried"), (timedelta(days=3650), "untried")],
)
def test_a_proof_from_the_future_proves_nothing(ahead: timedelta, state: State) -> None:
    """A clock ten years ahead would make it fresh for ten years; a few minutes are how clocks are."""
    journal = a_run(a_step("copy", action="rds.restore_from_snapshot"), facts=settled("copy"), kind="restore")
    ended = journal[-1].at
    now = ended - ahead

    items = answered(journal, now=now, books={"restore": a_book("restore")})

    assert items["scenarios"].state == state
    assert ("a clock was wrong" in items["scenarios"].says) is (state == "untried")
    assert due(SERVICE, items.values()) is None, "no drill is put off by it"


def test_a_runbook_edited_since_its_proof_is_not_the_proven_one() -> None:
    """The digest decides, not the version somebody may forget to raise."""
    run = a_run(a_step(), facts=settled("scale_api"))

    item = answered(run, books={**BOOKS, "failover": a_book(digest="0" * 64)})["documented"]

    assert (item.state, item.next) == ("stale", "failover orders-api dry-run")
    assert "orders-api.failover 4 changed since" in item.says


@pytest.mark.parametrize(("digest", "state"), [("a" * 64, "proven"), ("b" * 64, "stale")])
def test_an_edit_of_what_a_runbook_calls_is_an_edit_of_it(digest: str, state: State) -> None:
    """A run went by all the texts that its steps came from."""
    called = RunbookRef(name="shared.dns", version="1", digest="a" * 64)
    run = a_run(a_step(), facts=settled("scale_api"), calls=(called,))

    item = answered(run, a_back(), books=BOTH_WAYS, digests={"shared.dns": digest})["documented"]

    assert item.state == state
    assert ("shared.dns changed since" in item.says) is (state == "stale")


def test_a_procedure_is_proven_both_ways_or_not_at_all() -> None:
    """The evidence is the older of the two runs, and grows old with it."""
    over, back = a_finished_failover(fenced=True, service=SERVICE), a_back()

    half, both, late = (
        answered(*journals, now=now)["documented"]
        for journals, now in (((over,), SOON), ((over, back), SOON), ((over, back), LATE))
    )

    assert (half.state, half.next) == ("untried", "failback orders-api dry-run")
    assert "Not proven yet: failback" in half.says
    assert (both.state, both.run, both.next) == ("proven", "01JPFAILOVER", "")
    assert (late.state, late.next) == ("stale", "failover orders-api dry-run")


def test_what_moves_users_is_rehearsed_first_and_then_proven() -> None:
    """A rehearsal proves nothing, so once it went through the command is the real one; an edit asks for another."""
    over = a_run(a_step(), facts=settled("scale_api"), mode=Mode.DRY_RUN, run="try")
    edited = {**BOOKS, "failover": a_book(digest="0" * 64)}
    failed = a_run(a_step(), facts=settled("scale_api"), outcome="failed", run="real", after=3600)

    fresh, clear, changed, broken, old = (
        answered(*journals, books=books, now=now)["documented"]
        for journals, books, now in (
            ((), BOOKS, SOON), ((over,), BOOKS, SOON), ((over,), edited, SOON), ((failed, over), BOOKS, SOON),
            ((over,), BOOKS, LATE),
        )
    )  # fmt: skip

    assert [item.next for item in (fresh, changed, broken, old)] == ["failover orders-api dry-run"] * 4
    assert clear.next == "failover orders-api"
    assert (fresh.is_rehearsed_next, clear.is_rehearsed_next) == (True, False)
    assert not answered()["backups"].is_rehearsed_next  # a look is real in a rehearsal, too


def test_the_next_move_mends_the_weakest_answer() -> None:
    """In the order of the guide; none where all is proven, and none where no command helps."""
    items = answered(a_finished_failover(fenced=True, service=SERVICE))
    proven = [item for item in items.values() if item.state == "proven"]
    bookless = answered(books={})

    assert next_move(answered().values()) == "failover orders-api dry-run"
    assert next_move(items.values()) == items["integrity"].next == "restore orders-api"
    assert next_move(proven) == next_move(bookless.values()) == ""


def test_a_service_without_a_way_back_is_half_documented() -> None:
    """A failover that nobody can come home from."""
    item = answered(books={"failover": a_book()})["documented"]

    assert item.state == "failed"
    assert "no healthy runbook for failback" in item.says


def test_a_missed_target_is_a_failed_answer_and_an_unknown_one_no_proof() -> None:
    """The data lost by far, and a run whose loss nobody measured."""
    strict = SERVICE.model_copy(update={"rpo": timedelta(seconds=5)})
    unmeasured = a_run(a_step(), facts=settled("scale_api"))

    assert answered(a_finished_failover(fenced=True, service=strict), service=strict)["targets"].state == "failed"
    assert answered(unmeasured)["targets"].state == "untried"
    assert "RPO UNKNOWN of 5m, never measured." in answered(unmeasured)["targets"].says


@pytest.mark.parametrize(
    ("fact", "state", "said"),
    [
        (StepSettled(step="points", seen="1h behind", results={"lag_seconds": 3600}), "proven", "1h behind"),
        (StepFailed(step="points", attempt=1, why="no recovery point"), "failed", "no recovery point"),
    ],
)
def test_backups_are_as_good_as_the_weakest_copy_that_a_run_looked_at(fact: Fact, state: State, said: str) -> None:
    """A template that is there, which was looked at last, says nothing of the data."""
    steps = (a_read("points", "backup.recovery_points"), a_read("template", "s3.object_present"))

    item = answered(a_run(*steps, facts=(fact, StepSettled(step="template", seen="0 bytes"))))["backups"]

    assert item.state == state
    assert said in item.says


def test_a_loss_beside_an_open_fence_proves_no_target() -> None:
    """It is said, and what is to be run again is what measures a loss: a drill of the tasks alone does not."""
    drill = a_book("drill")
    telling = a_book("failover")
    clock = Clock(stops="steps.x", recovery_point="steps.lag.outputs.last_consistent_at")
    telling = telling.model_copy(update={"runbook": telling.runbook.model_copy(update={"clock": clock})})
    service = a_service(runbooks={"failover": "orders-api.failover", "drill": "orders-api.drill"})
    history = history_of("orders-api", [a_finished_failover(service=service)])

    items = checklist(Evidence(service, history, {"failover": telling, "drill": drill}, SOON))
    item = next(each for each in items if each.name == "targets")

    assert item.state == "untried"
    assert "UNFENCED" in item.says
    assert item.next.startswith("failover orders-api")


def test_each_figure_is_told_by_the_newest_run_that_measured_it() -> None:
    """A drill of the tasks alone says how long it takes, and leaves the data loss to the failover before it."""
    clock = Clock(starts="steps.inject", stops="steps.serves")
    steps = a_step("inject", action="fis.start_experiment"), a_read("serves", "http.probe")
    facts = [*settled("inject"), *settled("serves")]
    drill = a_run(*steps, facts=facts, kind="drill", run="drill", after=7200, clock=clock, impact_started_at=None)

    alone = answered(drill)["targets"]
    both = answered(drill, a_finished_failover(fenced=True, service=SERVICE), now=SOON)["targets"]

    assert alone.state == "failed"
    assert "RPO UNKNOWN of 5m, never measured." in alone.says
    assert both.run == "01JPFAILOVER"
    assert "RPO 42s of 5m, 2026-03-14." in both.says
    assert "RTO 6h of 30m" in both.says  # from the fault's intent to the probe's answer, three records later


@pytest.mark.parametrize(
    ("measures", "to_type"), [("drill", "drill orders-api"), ("failover", "failover orders-api dry-run")]
)
def test_what_is_lacking_is_asked_of_the_runbook_that_can_tell_it(measures: RunKind, to_type: str) -> None:
    """A drill that measures no data loss is not worth running again for it."""
    clock = Clock(stops="steps.serves", recovery_point="steps.lag.outputs.last_consistent_at")
    books = {kind: a_book(kind) for kind in ("drill", *KINDS)}
    told = books[measures].runbook.model_copy(update={"clock": clock})
    books[measures] = books[measures].model_copy(update={"runbook": told})
    steps = a_step("inject", action="fis.start_experiment"), a_read("serves", "http.probe")
    fast = Clock(starts="steps.inject", stops="steps.serves")
    facts = [*settled("inject"), *settled("serves")]

    item = answered(a_run(*steps, facts=facts, kind="drill", clock=fast, impact_started_at=None), books=books)[
        "targets"
    ]

    assert (item.state, item.next) == ("untried", to_type)


def test_the_next_drill_is_due_a_while_after_the_oldest_proof() -> None:
    """As the service's own `drill_every` says; while something is not proven, no day is named."""
    monthly = a_service(runbooks={"failover": "orders-api.failover"}, drill_every=timedelta(days=30))
    over = a_finished_failover(fenced=True, service=monthly)
    back = a_back(service=monthly)
    history = history_of("orders-api", [back, over])

    items = checklist(Evidence(monthly, history, {"failback": a_book("failback"), "failover": a_book()}, SOON))

    assert [each.run.id for each in history.tries] == ["back", "01JPFAILOVER"]
    assert due(monthly, items) == history.tries[1].at + timedelta(days=30)
    assert due(SERVICE, tuple(answered().values())) is None


def test_a_service_is_as_ready_as_its_weakest_answer() -> None:
    """And one of which nothing is known was never tried."""
    items = answered(a_finished_failover(fenced=True, service=SERVICE))

    assert overall(items.values()) == "untried"
    assert overall([items["targets"], items["backups"]]) == "proven"
    assert overall([]) == "untried"


@pytest.mark.parametrize("name", sorted(BACKUPS | RESTORES | INTEGRITY))
def test_each_action_that_proves_something_exists(name: str) -> None:
    """A renamed action would never prove anything again."""
    assert name in ACTIONS
