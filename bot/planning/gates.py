"""Whom a step asks: the groups behind approver sets and roles, and who is asked next when nobody decides in time.

Promises: pure; names are resolved once, when the plan is made, so that its hash covers everybody who may ever decide.
Refuses to know people and tiers: what a tier asks for is in approval/floor.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bot.language import _
from bot.model.errors import UserError
from bot.model.plan import GatePlan, NextLevel
from bot.model.runbook import Confirm, Gate, Runbook, Step, groups_behind
from bot.model.service import Catalog, Level, Service

Say = Callable[[str], str]
"""A template, filled in as far as is known when the run is planned."""


def planned_gate(runbook: Runbook, step: Step, service: Service, catalog: Catalog, say: Say) -> GatePlan | None:
    """The gate as the author wrote it; None where the step asks nobody. Raises UserError for a name nobody has."""
    ask = step.approve or step.confirm
    if ask is None:
        return None
    gate = _approve(runbook, ask, catalog, say) if isinstance(ask, Gate) else _confirm(runbook, ask, catalog, say)
    if ask.on_expiry != "escalate":
        return gate
    levels = catalog.escalation_of(service) if ask.escalate_to is None else ask.escalate_to
    return gate.model_copy(update={"escalation": tuple(_levels(gate, _planned(gate, levels, runbook, catalog)))})


def _approve(runbook: Runbook, ask: Gate, catalog: Catalog, say: Say) -> GatePlan:
    return GatePlan(
        kind="approve",
        groups=_groups(ask.from_, runbook, catalog),
        count=ask.count,
        typed=say(ask.typed) if ask.typed else None,
        text=say(ask.text or ""),
        show=ask.show,
        expires=ask.expires,
        on_expiry=ask.on_expiry,
    )


def _confirm(runbook: Runbook, ask: Confirm, catalog: Catalog, say: Say) -> GatePlan:
    return GatePlan(
        kind="confirm",
        roles=tuple((role, _groups(f"role.{role}", runbook, catalog)) for role in ask.by),
        count=len(ask.by),
        typed=say(ask.typed) if ask.typed else None,
        text=say(ask.text),
        expires=ask.expires,
        on_expiry=ask.on_expiry,
    )


def _planned(gate: GatePlan, levels: Iterable[Level], runbook: Runbook, catalog: Catalog) -> Iterator[NextLevel]:
    """Who has no place to fill, since every place of a `confirm` is a role's, is told."""
    roles = dict(gate.roles)
    for level in levels:
        asked, hears = (
            _groups(source, runbook, catalog) if source is not None else () for source in (level.ask, level.tell)
        )
        if gate.kind == "approve":
            yield NextLevel(groups=asked, hears=hears)
        elif level.as_ in roles:
            yield NextLevel(groups=asked, place=level.as_ or "", hears=hears)
        else:
            yield NextLevel(hears=(*asked, *hears))


def _levels(gate: GatePlan, levels: Iterable[NextLevel]) -> Iterator[NextLevel]:
    """Without those who are asked already: a level at which nobody new comes in would only let time pass."""
    asked = {(place, group) for place, groups in (("", gate.groups), *gate.roles) for group in groups}
    for level in levels:
        new = tuple(group for group in dict.fromkeys(level.groups) if (level.place, group) not in asked)
        asked |= {(level.place, group) for group in new}
        if new or level.hears:
            yield level.model_copy(update={"groups": new})


def _groups(source: str, runbook: Runbook, catalog: Catalog) -> tuple[str, ...]:
    found = groups_behind(source, runbook, catalog)
    if found is not None:
        return found
    raise UserError(
        _(
            "{runbook}: nobody is called {name}; see approvers and the catalogue's roles.",
            runbook=runbook.runbook, name=repr(source),
        )
    )  # fmt: skip
