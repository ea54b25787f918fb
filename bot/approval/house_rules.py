"""What may not run, whoever asks: change freezes and the deny list of the catalogue.

Promises: a refusal names the rule, its reason and its end. Refuses to know people: no approval, no role and no haste
lifts a rule; who wants it lifted edits the catalogue, where it is reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Literal

from bot.language import told
from bot.model.plan import Plan, PlannedStep
from bot.model.service import Catalog, Deny, Freeze, RunKind, Service


@dataclass(frozen=True, slots=True)
class Forbidden:
    """One rule that stands in the way."""

    reason: Literal["freeze", "denied"]
    text: str


def forbidden(plan: Plan, catalog: Catalog, now: datetime) -> list[Forbidden]:
    """Every rule of `catalog` that this plan breaks at `now`; empty when it may run."""
    return [*frozen(plan.service, plan.kind, catalog, now), *denied(plan.steps, plan.service, catalog.deny)]


def frozen(service: Service, kind: RunKind, catalog: Catalog, now: datetime) -> Iterator[Forbidden]:
    """The change freezes that are on for this kind of run."""
    for freeze in catalog.freezes:
        if _is_on(freeze, service, kind, now):
            until = f"{freeze.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            text = told(
                "A change freeze is on until {until}: {why}. No {kind} of {service} begins before that.",
                until=until, why=freeze.why, kind=kind, service=service.name,
            )  # fmt: skip
            yield Forbidden("freeze", text)


def denied(steps: Sequence[PlannedStep], service: Service, rules: Iterable[Deny]) -> Iterator[Forbidden]:
    """The steps that would change something with what the deny list names, as their action or as their way back."""
    for rule in rules:
        for step in steps:
            if rule.services and service.name not in rule.services:
                continue
            for action, region in _calls(step):
                if fnmatchcase(action, rule.action) and (not rule.regions or region in rule.regions):
                    text = told(
                        "{step}: {action} in {region} is on the deny list: {why}.",
                        step=step.id, action=action, region=region, why=rule.why,
                    )  # fmt: skip
                    yield Forbidden("denied", text)


def _is_on(freeze: Freeze, service: Service, kind: RunKind, now: datetime) -> bool:
    concerns = not freeze.services or service.name in freeze.services
    return concerns and kind in freeze.kinds and freeze.since <= now < freeze.until


def _calls(step: PlannedStep) -> Iterator[tuple[str, str]]:
    if step.action is not None and step.changes:  # a look does no harm
        yield step.action, step.region
    if step.undo is not None:
        yield step.undo.action, step.undo.region
