"""Which site type fits a service's targets, and what that costs: the DR guide's table held against what was proven.

Promises: pure; evidence stands above the table; a figure that nobody gave or measured is not made up, only graded as
the guide does. Refuses to decide: it says what fits, what is more than is needed, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.language import _, later
from bot.model.service import GUIDE_COSTS, GUIDE_RANGES, Purchase, Service, Strategy
from bot.readiness.history import History
from bot.timeline.terms import listed, span_text, strategy_words

Verdict = Literal["fits", "short", "proven_beyond", "more_than_needed"]
GRADES = {
    "very high": later("very high"), "high": later("high"), "medium": later("medium"), "low": later("low"),
}  # fmt: skip
PURCHASES: Mapping[Purchase, str] = {
    "on_demand": later("On-Demand"), "reserved": later("reserved"), "spot": later("Spot"),
    "mixed": later("Spot above a base"),
}  # fmt: skip
ENOUGH_LOOKS = 3
"""How many looks at a copy say something of its cycle."""
MUCH_FRESHER = 10
"""How many times fresher than the target a copy has to be before it is called more than is needed."""
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
    costs = [*_costs(service), *_difference(service, wanted), *_bought(service)]
    lines = [*_unanswered(service), *_replication(service, history), *_copies(service, history), *costs]
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
    is_judged = not any(each is not None and each.is_unfenced for each in history.measured())
    if rto is not None and rpo is not None and rto <= service.rto and rpo <= service.rpo and is_judged:
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


def _unanswered(service: Service) -> list[str]:
    """Kinds of failure that no runbook answers: a checklist over the runbooks that exist would not miss them (G20)."""
    lines = []
    if "restore" not in service.runbooks:
        lines.append(_("No runbook restores {service} from a backup: what is deleted or damaged by mistake is so on "
                       "the standby, too.", service=service.name))  # fmt: skip
    if "drill" not in service.runbooks:
        lines.append(_("No runbook drills {service}: a part that breaks is met for the first time on the day.",
                       service=service.name))  # fmt: skip
    return lines


def _replication(service: Service, history: History) -> list[str]:
    """Whether the copies are as fresh as the target asks (G19)."""
    _rto, lost = _proven(history)
    if lost is None:
        return [_("How much data a recovery loses was never measured.")]
    if lost > service.rpo:
        return [_("The last recovery lost {lost}, the target is {target}: copy more often.", lost=span_text(lost),
                  target=span_text(service.rpo))]  # fmt: skip
    return []


def _copies(service: Service, history: History) -> list[str]:
    """Each copy that looks have timed: older than the target allows, or kept much fresher than anybody asked for (G19).

    One look tells when a copy is too old. That it is fresher than needed takes several, by the oldest it ever was: a
    copy that is made once a day is an hour old, too, an hour after it was made.
    """
    lines = []
    for (action, region), lags in history.lags().items():
        newest, oldest = lags[0], max(lags)
        named = {"action": action, "region": region, "target": span_text(service.rpo)}
        if newest > service.rpo:
            lines.append(_("{action} in {region}: the copy was {age} behind at the last look, the target is {target}. "
                           "Copy more often.", age=span_text(newest), **named))  # fmt: skip
        elif len(lags) >= ENOUGH_LOOKS and oldest * MUCH_FRESHER < service.rpo:
            lines.append(_("{action} in {region}: in {count} looks the copy was never more than {age} behind, and the "
                           "target allows {target}. A longer cycle or a cheaper kind of copy would do.",
                           count=len(lags), age=span_text(oldest), **named))  # fmt: skip
    return lines


def _difference(service: Service, wanted: Strategy) -> list[str]:
    """What the site type that the guide names would cost more or less, where both figures were stated."""
    costs = service.costs
    other = costs.alternatives.get(wanted) if costs is not None and wanted is not service.strategy else None
    if costs is None or other is None or other == costs.standby:
        return []
    amount, would = money(abs(other - costs.standby), costs.currency), strategy_words(wanted.value)
    if other < costs.standby:
        return [_("A {would} would cost {amount} a month less.", would=would, amount=amount)]
    return [_("A {would} would cost {amount} a month more.", would=would, amount=amount)]


def bill(services: Iterable[Service]) -> str:
    """What all standbys cost together, and whose nobody has stated: a sum without them would pass for the whole."""
    sums, unstated = dict[str, float](), list[str]()
    for service in services:
        if service.costs is None:
            unstated.append(service.name)
        else:
            sums[service.costs.currency] = sums.get(service.costs.currency, 0) + service.costs.standby
    if not sums:
        return _("What the standbys cost is UNKNOWN: no service states its `costs` in catalog.yaml.")
    total = listed([money(amount, currency) for currency, amount in sorted(sums.items())])
    if unstated:
        return _("Standbys cost {total} a month, as stated; UNKNOWN for {services}.",
                 total=total, services=listed(unstated))  # fmt: skip
    return _("All standbys together cost {total} a month, as stated.", total=total)


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


def _bought(service: Service) -> list[str]:
    """The same standby with its machines bought otherwise, cheapest first; what is cheap may not be had on the day."""
    costs = service.costs
    if costs is None or not costs.bought:
        return []
    ways = [
        _("{way} {amount}", way=_(PURCHASES[way]), amount=money(amount, costs.currency))
        for way, amount in sorted(costs.bought.items(), key=lambda pair: pair[1])
    ]
    lines = [_("The same standby, bought otherwise, a month: {ways}.", ways=listed(ways))]
    if {"spot", "mixed"} & costs.bought.keys():
        lines.append(_("Spot capacity can be taken back within two minutes, and is scarce while a region fails."))
    return lines


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
