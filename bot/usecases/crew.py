"""Is anybody left to ask? Every gate of every service's runbooks against the roster, whoever starts the run.

A gate's places come from the tiers and the service's owners, not from the runbook's text alone, so only a plan tells
them. Promises to ask nobody and nothing: plans are made with sample inputs. Refuses to judge groups that Slack feeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pydantic import JsonValue

from bot.approval.policy import asked_of, fits, responders
from bot.approval.quorum import places
from bot.approval.votes import seated
from bot.language import told
from bot.model.action import ActionSpec
from bot.model.errors import UserError
from bot.model.people import Person
from bot.model.plan import GatePlan, Mode, Plan
from bot.model.problem import Problem
from bot.model.runbook import LoadedRunbook
from bot.model.service import Catalog, Service
from bot.planning.compile import Request, compile_plan
from bot.planning.inputs import read_inputs
from bot.runbook.library import Library
from bot.runbook.nodes import key_spot
from bot.runbook.reader import scan
from bot.usecases.samples import sample_inputs

Specs = Mapping[str, ActionSpec]


def nobody_left(library: Library, specs: Specs, now: datetime) -> Iterator[Problem]:
    """A warning for each gate that too few people could open, whoever of the responders starts the run."""
    for service in library.catalog.services.values():
        for name in dict.fromkeys(service.runbooks.values()):
            if name in library.runbooks:
                yield from _of_one(library, specs, service, library.runbooks[name], now)


def imagined(
    loaded: LoadedRunbook, service: Service, requester: Person, library: Library, specs: Specs,
    given: Mapping[str, JsonValue], now: datetime,
) -> Plan:  # fmt: skip
    """The plan as this person would get it, with sample inputs for what is not given; nothing was looked at."""
    values = read_inputs(loaded.runbook, sample_inputs(loaded.runbook, dict(given), now), now=now)
    request = Request(
        run=f"{service.name}-rehearsal", mode=Mode.LIVE, requester=requester, inputs=values, now=now,
        expires_at=now + timedelta(hours=1), reason="rehearsal", impact_evidence=told("made up for the rehearsal"),
    )  # fmt: skip
    return compile_plan(loaded, service, request, library, specs)


def lonely(plan: Plan, catalog: Catalog) -> dict[str, GatePlan]:
    """The gates, by step, that too few people could open when this plan's requester starts."""
    gates = {step.id: step.gate for step in plan.steps if step.gate is not None}
    return {step: gate for step, gate in gates.items() if _is_lonely(gate, catalog, plan.requester)}


def _is_lonely(gate: GatePlan, catalog: Catalog, requester: Person) -> bool:
    widest = gate.at(len(gate.escalation))
    if not catalog.groups.keys().isdisjoint(widest.voters):
        return False
    people = catalog.members(widest.voters)
    return len(seated(widest, [fits(widest, person, requester.id) for person in people])) < len(places(widest))


def _of_one(
    library: Library, specs: Specs, service: Service, loaded: LoadedRunbook, now: datetime
) -> Iterator[Problem]:
    catalog = library.catalog
    try:
        plans = [
            imagined(loaded, service, person, library, specs, {}, now)
            for person in catalog.members(responders(service, catalog))
        ]
    except UserError:
        return  # what cannot be planned is told by whatever plans it
    stuck = [lonely(plan, catalog) for plan in plans]
    if not stuck or not all(stuck):
        return
    step, gate = next(iter(min(stuck, key=len).items()))
    node, _problems = scan(loaded.text, loaded.path)
    assert node is not None  # it was loaded from this text
    spot = key_spot(node, ("steps", step))
    text = told(
        "Whoever starts this for {service}, too few people are left to open {step}: it asks {asked}, besides the "
        "requester. Put more people into these groups.",
        service=service.name, step=step, asked=asked_of(gate),
    )  # fmt: skip
    yield Problem(
        path=loaded.path, line=spot.line, column=spot.column, text=text, code="too-few-people", level="warning"
    )
