"""Which site type fits a service's targets, and what that costs: the DR guide's table held against what was proven.

Promises: pure; evidence stands above the table; a figure that nobody gave or measured is not made up, only graded as
the guide does. Refuses to decide: it says what fits, what is more than is needed, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.language import _, later
from bot.model.service import GUIDE_COSTS, GUIDE_RANGES, Service, Strategy
from bot.readiness.history import History
from bot.timeline.terms import span_text, strategy_words

Verdict = Literal["fits", "short", "proven_beyond", "more_than_needed"]
GRADES = {
    "very high": later("very high"), "high": later("high"), "medium": later("medium"), "low": later("low"),
}  # fmt: skip
_CHEAPEST_FIRST = (Strategy.COLD, Strategy.WARM, Strategy.HOT, Strategy.MIRROR)


@dataclass(frozen=True)
class Fit:
    """One site type for this service."""

    strategy: Strategy
    is_current: bool
    meets: bool
    """Whether its slowest recovery, by the guide, is within the targets."""
    monthly: float | None
    """What it costs in a month beside the primary, where somebody has reckoned it."""
    grade: str
    """What the guide says of its cost: `very high`, `high`, `medium` or `low`."""


@dataclass(frozen=True)
class Advice:
    """What the table and the evidence say together."""

    verdict: Verdict
    wanted: Strategy
    """The cheapest site type that the guide trusts with these targets."""
    says: str
    lines: tuple[str, ...]
    """Further findings, a sentence each: replication, costs."""
    fits: tuple[Fit, ...]


def advise(service: Service, history: History) -> Advice:
    """Weigh a service's posture."""
    wanted = next(strategy for strategy in _CHEAPEST_FIRST if _meets(strategy, service))
    verdict = _verdict(service, wanted, history)
    lines = [*_replication(service, history), *_costs(service)]
    return Advice(verdict, wanted, _sentence(service, wanted, verdict, history), tuple(lines), _fits(service))


def _meets(strategy: Strategy, service: Service) -> bool:
    slowest = GUIDE_RANGES[strategy]
    return slowest.rto <= service.rto and slowest.rpo <= service.rpo


def _verdict(service: Service, wanted: Strategy, history: History) -> Verdict:
    order = _CHEAPEST_FIRST.index
    if service.strategy is wanted:
        return "fits"
    if order(service.strategy) > order(wanted):
        return "more_than_needed"
    rto, rpo = _proven(history)
    if rto is not None and rpo is not None and rto <= service.rto and rpo <= service.rpo:
        return "proven_beyond"
    return "short"


def _proven(history: History) -> tuple[timedelta | None, timedelta | None]:
    """RTO and RPO of the newest recoveries that told them."""
    fast, whole = history.measured()
    return fast.rto.achieved if fast else None, whole.rpo.achieved if whole else None


def _sentence(service: Service, wanted: Strategy, verdict: Verdict, history: History) -> str:
    has, would = strategy_words(service.strategy.value), strategy_words(wanted.value)
    targets = {"rto": span_text(service.rto), "rpo": span_text(service.rpo)}
    if verdict == "fits":
        return _("A {has} is what the guide names for RTO {rto} and RPO {rpo}.", has=has, **targets)
    if verdict == "more_than_needed":
        return _("A {has} is more than RTO {rto} and RPO {rpo} ask for; by the guide a {would} would do.",
                 has=has, would=would, **targets)  # fmt: skip
    slowest = span_text(GUIDE_RANGES[service.strategy].rto)
    if verdict == "short":
        return _("A {has} may take {slowest} by the guide, and nothing proves RTO {rto} and RPO {rpo}: drill it, or "
                 "move to a {would}.", has=has, slowest=slowest, would=would, **targets)  # fmt: skip
    rto, rpo = _proven(history)
    return _("By the guide a {has} may take {slowest}; the last recovery took {took} and lost {lost}, within the "
             "targets. Drill it often enough that this stays true.",
             has=has, slowest=slowest, took=span_text(rto), lost=span_text(rpo))  # fmt: skip


def _replication(service: Service, history: History) -> list[str]:
    """Whether the copies are as fresh as the target asks (G19)."""
    _rto, lost = _proven(history)
    if lost is None:
        return [_("How much data a recovery loses was never measured.")]
    if lost > service.rpo:
        return [_("The last recovery lost {lost}, the target is {target}: copy more often.", lost=span_text(lost),
                  target=span_text(service.rpo))]  # fmt: skip
    return []


def _costs(service: Service) -> list[str]:
    costs = service.costs
    if costs is None:
        return [_("What the standby costs is UNKNOWN: `costs` of {service} in catalog.yaml says so.",
                  service=service.name)]  # fmt: skip
    share = round(100 * costs.standby / costs.primary) if costs.primary else None
    standby, primary = money(costs.standby, costs.currency), money(costs.primary, costs.currency)
    if share is None:
        return [_("The standby costs {standby} a month ({source}).", standby=standby, source=costs.source)]
    return [_("The standby costs {standby} a month, {share} % of the primary's {primary} ({source}).", standby=standby,
              share=share, primary=primary, source=costs.source)]  # fmt: skip


def _fits(service: Service) -> tuple[Fit, ...]:
    known = dict(service.costs.alternatives) if service.costs is not None else {}
    if service.costs is not None:
        known[service.strategy] = service.costs.standby
    return tuple(
        Fit(each, each is service.strategy, _meets(each, service), known.get(each), GUIDE_COSTS[each])
        for each in reversed(_CHEAPEST_FIRST)
    )


def money(amount: float, currency: str) -> str:
    """`4,200 USD`; cents only where there is less than a hundred."""
    return f"{amount:,.0f} {currency}" if amount >= 100 else f"{amount:,.2f} {currency}"
