"""What fits a service's targets: the guide's table, overruled by evidence, and costs that somebody stated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.model.events import RunFinished, StepSettled
from bot.model.runbook import Clock
from bot.model.service import Costs, Strategy
from bot.readiness.advice import Verdict, advise, money
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
    advice = advise(a_service(), history_of("orders-api", [a_finished_failover()]))

    assert advice.verdict == "proven_beyond"
    assert "the last recovery took" in advice.says


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

    advice = advise(a_service(), history_of("orders-api", [drill, a_finished_failover()]))

    assert advice.verdict == "proven_beyond"
    assert not any("never measured" in line for line in advice.lines)


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
