"""Readiness as every door says it: signs, states, figures. Refuses to know any door's form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.language import _, later
from bot.model.run import Run
from bot.readiness.advice import GRADES, Fit, money
from bot.readiness.checklist import Item, State, day
from bot.timeline.terms import kind_words, strategy_words

STATES: Mapping[State, str] = {
    "proven": later("✓ PROVEN"),
    "rehearsed": later("? REHEARSED only"),
    "stale": later("! STALE"),
    "untried": later("– NOT TRIED YET"),
    "failed": later("✗ FAILED"),
}


def state_words(state: State) -> str:
    """`✓ PROVEN`: a sign and a word, so that neither colour nor sign carries the meaning alone."""
    return _(STATES[state])


def next_words(item: Item, command: str) -> str:
    """What `command` would do for the answer: prove it, or clear the way."""
    text = later("Rehearse it first: {command}") if item.is_rehearsed_next else later("To prove it: {command}")
    return _(text, command=command)


def due_words(due: datetime | None, now: datetime, begin: str) -> str:
    """When the next drill has to be; until everything is proven, `begin`, the command that comes first."""
    if due is None:
        return _("Next: {command}", command=begin) if begin else _("Next: a healthy runbook for failover and failback.")
    if due <= now:
        late = _("The next drill was due on {day}.", day=day(due))
        return _("{late} Next: {command}", late=late, command=begin) if begin else late
    return _("The next drill is due by {day}.", day=day(due))


def cost_words(fit: Fit, currency: str) -> str:
    """`900 USD a month`, or what the guide says of this site type's cost."""
    if fit.monthly is None:
        return _("cost: {grade}, by the guide", grade=_(GRADES[fit.grade]))
    return _("{amount} a month", amount=money(fit.monthly, currency))


def fit_words(fit: Fit) -> str:
    """One site type in a phrase."""
    name = strategy_words(fit.strategy.value)
    if fit.is_current and fit.meets:
        return _("{name} (this service): meets the targets by the guide", name=name)
    if fit.is_current:
        return _("{name} (this service): slower than the targets by the guide", name=name)
    if fit.meets:
        return _("{name}: meets the targets by the guide", name=name)
    return _("{name}: slower than the targets by the guide", name=name)


def review_words(run: Run, command: str) -> str:
    """That nobody has written down yet what a run taught, and how that is done."""
    return _("The {kind} of {day} has no review yet. What did it teach? {command}", kind=kind_words(run.plan.kind),
             day=day(run.ended_at or run.created_at), command=command)  # fmt: skip
