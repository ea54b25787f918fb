"""Plan a run: ask for what is missing, look at every target, say what would happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import JsonValue

from bot.approval.authorize import Act, Situation, must_be_allowed
from bot.language import _, later, told
from bot.model.action import Finding
from bot.model.errors import Misfit, Misfits
from bot.model.plan import Mode, Plan
from bot.model.runbook import LoadedRunbook
from bot.model.secrets import redact
from bot.model.service import RunKind, Service
from bot.planning.compile import Request, compile_plan
from bot.planning.impact import Impact, impact_from_alarm
from bot.planning.inputs import read_inputs
from bot.planning.preflight import look_at_all
from bot.ports.aws import Aws
from bot.timeline.debts import payments
from bot.usecases.debts import service_ledger
from bot.usecases.desk import Caller, Desk
from bot.usecases.pinned import other_content

VALID_FOR = timedelta(minutes=15)
"""A plan older than this is made again: its looks no longer say what is true."""


@dataclass(frozen=True)
class Asked:
    """What a person asked for, as it came through the door."""

    service: str
    kind: RunKind = "failover"
    inputs: dict[str, JsonValue] = field(default_factory=dict)
    """Raw values, as typed; a missing one gets its default."""
    mode: Mode = Mode.LIVE
    reason: str = ""


@dataclass(frozen=True)
class Form:
    """What the start form shows."""

    service: Service
    loaded: LoadedRunbook
    impact: Impact | None
    """When customers first felt it, as the service's alarm tells; offered as the default."""


async def open_form(desk: Desk, service_name: str, kind: RunKind = "failover") -> Form:
    """The service's runbook for this kind of run, and the alarm's evidence."""
    library = desk.library()
    service = library.catalog.service(service_name)
    loaded = library.for_service(service, kind)
    return Form(service, loaded, await impact_from_alarm(_looking(desk, service), service))


async def plan_run(desk: Desk, asked: Asked, caller: Caller) -> Plan:
    """Render the runbook for this service and these inputs, and look at every target in parallel (5 s each).

    Raises Misfits, each with its input and the mend. Changes nothing in AWS.
    """
    form = await open_form(desk, asked.service, asked.kind)
    catalog = desk.library().catalog
    act: Act = "start" if asked.mode is Mode.LIVE else "dry_run"
    must_be_allowed(caller.person, act, Situation(catalog, form.service))
    now = desk.clock.now()
    given = dict(asked.inputs)
    _must_be_open(given)
    felt = form.loaded.runbook.impact_input
    if form.impact is not None and felt:
        given.setdefault(felt, form.impact.started_at.isoformat())
    inputs = read_inputs(form.loaded.runbook, given, now=now)
    request = Request(
        run=f"{form.service.name}-{now:%m%d}-{desk.clock.new_id()[-5:]}",
        mode=asked.mode,
        requester=caller.person,
        reason=redact(asked.reason),
        inputs=inputs,
        impact_evidence=_evidence(form.impact, inputs.get(felt or ""), caller),
        now=now,
        expires_at=now + VALID_FOR,
    )
    draft = compile_plan(form.loaded, form.service, request, desk.library(), desk.actions.specs)
    clouds = _looking(desk, form.service, caller.person.id)
    plan = await look_at_all(draft, desk.actions, clouds, desk.clouds)
    changed = [finding for ref in plan.texts for finding in await other_content(desk, ref)]
    if changed:
        plan = plan.model_copy(update={"findings": (*changed, *plan.findings)})
    return plan if plan.kind != "failback" else await _with_debts(desk, plan)


async def _with_debts(desk: Desk, plan: Plan) -> Plan:
    """With what earlier runs owe, and which of its steps pays it; a lost journal keeps nobody from going home."""
    ledger = await service_ledger(desk, plan.service.name)
    findings = plan.findings
    if ledger.unread:
        text = told(
            "Some earlier runs cannot be read now, so that what they changed is missing here: {runs}.",
            runs=list(ledger.unread),
        )
        findings = (*findings, Finding(text=text))
    return plan.model_copy(update={"pays": payments(ledger.open, plan.steps), "findings": findings})


def _must_be_open(given: dict[str, JsonValue]) -> None:
    """Inputs are shown to everybody who approves and stay in the journal for good."""
    secret = later("{name} looks like a secret. Inputs are shown and kept; give the secret's name instead.")
    found = [Misfit(name, _(secret, name=name)) for name, value in given.items() if redact(str(value)) != str(value)]
    if found:
        raise Misfits(found)


def _looking(desk: Desk, service: Service, person: str = "") -> Aws:
    return desk.clouds.for_service(service.role, person=person, external_id=service.external_id)


def _evidence(impact: Impact | None, given: JsonValue, caller: Caller) -> str:
    if impact is not None and _same_moment(given, impact.started_at):
        return impact.evidence
    return told("given by {person}", person=caller.person.name)


def _same_moment(value: JsonValue, moment: datetime) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value) == moment
