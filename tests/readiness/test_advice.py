"""What fits a service's targets: the guide's table, overruled by evidence, and costs that somebody stated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.model.events import RunFinished, StepSettled
from bot.model.plan import Mode
from bot.model.runbook import Clock
from bot.model.service import Costs, RunKind, Strategy
from bot.readiness.advice import Verdict, advise, bill, money
from bot.readiness.history import History, history_of
from bot.readiness.words import cost_words, fit_words
from tests.builders import NOW, a_finished_failover, a_plan, a_read, a_service, records_of

NOTHING = History("orders-api")


@pytest.mark.parametrize(
    ("strategy", "rto", "rpo", "wanted", "verdict"),
    [
        (Strategy.WARM, timedelta(weeks=4), timedelta(days=2), Strategy.WARM, "fits"),
        (Strategy.MIRROR, timedelta(0), timedelta(0), Strategy.MIRROR, "fits"),
        (Strategy.HOT, timedelta(hours=4), timedelta(hours=4), Strategy.HOT, "fits"),
        (Strategy.WARM, timedelta(minutes=30), timedelta(minutes=5), Strategy.MIRROR, "short"),
        (Strategy.COLD, timedelta(hours=4), timedelta(hours=4), Strategy.HOT, "short"),
        (Strategy.HOT, timedelta(hours=4), timedelta(days=60), Strategy.HOT, "fits"),
        (Strategy.HOT, timedelta(days=180), timedelta(hours=4), Strategy.HOT, "fits"),
        (Strategy.HOT, timedelta(days=180), timedelta(days=30), Strategy.COLD, "more_than_needed"),
    ],
)
def test_the_cheapest_type_that_the_guide_trusts(
    strategy: Strategy, rto: timedelta, rpo: timedelta, wanted: Strategy, verdict: Verdict
) -> None:
    """Where nothing was proven, the slowest recovery of each type is held against the targets."""
    advice = advise(a_service(strategy=strategy, rto=rto, rpo=rpo), NOTHING)

    assert (advice.wanted, advice.verdict) == (wanted, verdict)
    assert [fit.strategy for fit in advice.fits if fit.is_current] == [strategy]
    assert next(fit for fit in advice.fits if fit.strategy is wanted).meets


def test_evidence_stands_above_the_table() -> None:
    """A warm standby that came back within half an hour is not told to become a mirror."""
    advice = advise(a_service(), history_of("orders-api", [a_finished_failover(fenced=True)]))

    assert advice.verdict == "proven_beyond"
    assert "the last recovery took" in advice.says


def test_a_loss_that_nobody_can_judge_is_no_evidence() -> None:
    """The old side was left UNFENCED: what was written there meanwhile may be lost, too."""
    assert advise(a_service(), history_of("orders-api", [a_finished_failover()])).verdict == "short"


def test_a_recovery_that_lost_too_much_asks_for_fresher_copies() -> None:
    """With both figures."""
    strict = a_service(rpo=timedelta(seconds=5))

    advice = advise(strict, history_of("orders-api", [a_finished_failover(service=strict)]))

    assert advice.verdict == "short"
    assert any("lost" in line and "the target is 5s: copy more often" in line for line in advice.lines)


def test_a_drill_that_tells_no_loss_does_not_hide_the_one_that_was_measured() -> None:
    """The tasks alone were drilled since; the advice says of the data what the checklist says."""
    clock = Clock(stops="steps.serves")
    plan = a_plan(a_read("serves"), run="drill", kind="drill", clock=clock, impact_started_at=NOW)
    told = StepSettled(step="serves", seen="200"), RunFinished(outcome="completed")
    drill = records_of(*told, plan=plan, every=1200)

    advice = advise(a_service(), history_of("orders-api", [drill, a_finished_failover(fenced=True)]))

    assert advice.verdict == "proven_beyond"
    assert not any("never measured" in line for line in advice.lines)


def looks(*lags: float | None, mode: Mode = Mode.DRY_RUN, kind: RunKind = "failover") -> History:
    """One rehearsal for each look at the backups, oldest first."""
    plan = a_plan(a_read("copies", "backup.recovery_points", region="us-west-2"), mode=mode, kind=kind)
    stories = [
        records_of(
            StepSettled(step="copies", seen="seen", results={"lag_seconds": lag}), RunFinished(outcome="completed"),
            plan=plan.model_copy(update={"run": f"look-{number}"}), every=60 + number,
        )
        for number, lag in enumerate(lags)
    ]  # fmt: skip
    return history_of("orders-api", stories)


@pytest.mark.parametrize(
    ("lags", "said"),
    [
        ((60.0, 7200.0), "backup.recovery_points in us-west-2: the copy was 2h behind at the last look, the target is "
                         "1h. Copy more often."),
        ((7200.0, 60.0), None),
        ((60.0, 60.0), None),
        ((60.0, 300.0, 90.0), "backup.recovery_points in us-west-2: in 3 looks the copy was never more than 5m behind, "
                              "and the target allows 1h. A longer cycle or a cheaper kind of copy would do."),
        ((60.0, 360.0, 90.0), None),
        ((None, True, 60.0, 60.0), None),
    ],
    ids=["too old", "mended since", "two looks", "much fresher", "not that much", "unmeasured"],
)  # fmt: skip
def test_a_copy_is_held_against_its_target_both_ways(lags: tuple[float | None, ...], said: str | None) -> None:
    """Too old by the newest look; fresher than needed only by the oldest that several looks saw."""
    lines = advise(a_service(rpo=timedelta(hours=1)), looks(*lags)).lines

    assert [line for line in lines if "recovery_points" in line] == ([said] if said else [])


def test_the_backup_that_a_restore_chose_is_held_against_nothing() -> None:
    """Somebody went back to before the damage; that is no reason to copy more often."""
    lines = advise(a_service(rpo=timedelta(hours=1)), looks(7200.0, kind="restore")).lines

    assert not any("Copy more often" in line for line in lines)


@pytest.mark.parametrize(
    ("bought", "said"),
    [
        ({}, []),
        ({"reserved": 610}, ["The same standby, bought otherwise, a month: reserved 610 USD."]),
        (
            {"on_demand": 900, "mixed": 420},
            [
                "The same standby, bought otherwise, a month: Spot above a base 420 USD and On-Demand 900 USD.",
                "Spot capacity can be taken back within two minutes, and is scarce while a region fails.",
            ],
        ),
    ],
)
def test_ways_to_buy_the_same_machines_stand_side_by_side(bought: dict[str, float], said: list[str]) -> None:
    """Cheapest first, and what is cheap is not praised for the day on which everybody wants it."""
    lines = advise(a_service(costs=costs(bought=bought)), NOTHING).lines

    assert [line for line in lines if "bought" in line or "Spot" in line] == said


@pytest.mark.parametrize(
    ("strategy", "alternatives", "said"),
    [
        (Strategy.HOT, {"cold": 60}, "A cold standby would cost 840 USD a month less."),
        (Strategy.COLD, {"mirror": 4300}, "A mirror standby would cost 3,400 USD a month more."),
        (Strategy.HOT, {"warm": 60}, None),
        (Strategy.HOT, {"cold": 900}, None),
    ],
)
def test_the_wanted_site_type_says_what_it_would_change_in_the_bill(
    strategy: Strategy, alternatives: dict[str, float], said: str | None
) -> None:
    """Only where somebody stated both figures, and they differ."""
    lax = {"rto": timedelta(days=180), "rpo": timedelta(days=30)} if strategy is Strategy.HOT else {}

    lines = advise(a_service(strategy=strategy, costs=costs(alternatives=alternatives), **lax), NOTHING).lines

    assert [line for line in lines if "would cost" in line] == ([said] if said else [])


def test_the_bill_names_whose_costs_nobody_stated() -> None:
    """A sum over some is not told as the sum of all, and two currencies are not added."""
    stated = a_service(costs=costs()), a_service("other", costs=costs(standby=50, currency="EUR"))

    said = [bill(each) for each in (stated, [*stated, a_service("third")], [a_service()])]

    assert said == [
        "All standbys together cost 50.00 EUR and 900 USD a month, as stated.",
        "Standbys cost 50.00 EUR and 900 USD a month, as stated; UNKNOWN for third.",
        "What the standbys cost is UNKNOWN: no service states its `costs` in catalog.yaml.",
    ]


def costs(**more: Any) -> Costs:
    return Costs(**{"primary": 4200, "standby": 900, "source": "Cost Explorer, October 2026", **more})


def test_costs_are_told_where_somebody_stated_them_and_graded_else() -> None:
    """A share of the primary's, and the alternatives: a figure, or the guide's word."""
    service = a_service(costs=costs(alternatives={"hot": 2600}))

    advice = advise(service, NOTHING)

    said = {fit.strategy: cost_words(fit, "USD") for fit in advice.fits}
    assert "The standby costs 900 USD a month, 21 % of the primary's 4,200 USD (Cost Explorer, October 2026)." in (
        advice.lines
    )
    assert said == {
        Strategy.MIRROR: "cost: very high, by the guide", Strategy.HOT: "2,600 USD a month",
        Strategy.WARM: "900 USD a month", Strategy.COLD: "cost: low, by the guide",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (("failover",), ["No runbook restores orders-api", "No runbook drills orders-api"]),
        (("failover", "restore"), ["No runbook drills orders-api"]),
        (("drill", "restore"), []),
    ],
)
def test_a_failure_that_no_runbook_answers_is_named(kinds: tuple[RunKind, ...], said: list[str]) -> None:
    """What is not written down cannot be untried, so the checklist alone would not miss it."""
    lines = advise(a_service(runbooks={kind: f"orders-api.{kind}" for kind in kinds}), NOTHING).lines

    assert [line.partition(" from")[0].partition(":")[0] for line in lines if "No runbook" in line] == said


def test_unknown_costs_are_unknown() -> None:
    """Never zero; and a primary that costs nothing has no share."""
    assert any("UNKNOWN" in line for line in advise(a_service(), NOTHING).lines)
    free = advise(a_service(costs=costs(primary=0)), NOTHING)
    assert any(line.startswith("The standby costs 900 USD a month (") for line in free.lines)


def test_each_type_says_whether_it_is_ours_and_whether_it_is_quick_enough() -> None:
    """Four different phrases."""
    fits = advise(a_service(), NOTHING).fits

    assert [fit_words(fit) for fit in fits] == [
        "mirror standby: meets the targets by the guide",
        "hot standby: slower than the targets by the guide",
        "warm standby (this service): slower than the targets by the guide",
        "cold standby: slower than the targets by the guide",
    ]


@pytest.mark.parametrize(("amount", "said"), [(900, "900 EUR"), (1234567.8, "1,234,568 EUR"), (12.5, "12.50 EUR")])
def test_money_has_cents_only_where_they_matter(amount: float, said: str) -> None:
    """Thousands are grouped."""
    assert money(amount, "EUR") == said
