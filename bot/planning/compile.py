"""Runbook + service + inputs → Plan: every step rendered as far as it is known. Pure; looking comes after.

Called runbooks are laid in place, `verify` becomes a wait of its own behind its step, and a write that no gate
guards gets one. The engine then knows only four kinds of step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Formatter

from pydantic import JsonValue

from bot.approval.floor import with_floor
from bot.approval.house_rules import denied, frozen
from bot.language import _, together, told
from bot.model.action import HARMS, ActionSpec, ControlPlane, Finding, Risk
from bot.model.errors import Misfits, UserError
from bot.model.people import Person
from bot.model.plan import CheckPlan, Mode, Plan, PlannedStep, UndoPlan
from bot.model.runbook import Clock, Condition, LoadedRunbook, Runbook, RunbookRef, Step
from bot.model.service import Catalog, RunKind, Service
from bot.planning.fences import with_fences
from bot.planning.forecast import data_loss, forecast
from bot.planning.gates import planned_gate
from bot.planning.inputs import read_inputs
from bot.planning.permissions import too_long
from bot.runbook.expressions import partial
from bot.runbook.graph import topological
from bot.runbook.library import Library
from bot.runbook.scope import base_scope

MOST_STEPS = 500
DEEPEST_CALL = 3
WAIT_EXPECTED = timedelta(minutes=2)
"""What a wait without a fixed span is expected to take, within its timeout."""


@dataclass(frozen=True)
class Request:
    """What a plan is made for."""

    run: str
    mode: Mode
    requester: Person
    inputs: dict[str, JsonValue]
    now: datetime
    expires_at: datetime
    reason: str = ""
    impact_evidence: str = ""


def compile_plan(
    loaded: LoadedRunbook, service: Service, request: Request, library: Library, specs: Mapping[str, ActionSpec]
) -> Plan:
    """The plan before anything was looked at. Raises UserError when the runbook cannot serve this request."""
    compiler = _Compiler(service, request, library, specs, _may_be_down(service, loaded.runbook.kind))
    steps = tuple(compiler.steps(loaded.runbook, request.inputs, prefix="", inputs=None, depth=0))
    if not steps:
        raise UserError(
            _(
                "{runbook}: nothing is left to do, since the condition of every step is false with these inputs.",
                runbook=loaded.ref.name,
            )
        )
    if len(steps) > MOST_STEPS:
        raise UserError(
            _(
                "{runbook} comes to {count} steps with the runbooks it calls; {most} fit.",
                runbook=loaded.ref.name, count=len(steps), most=MOST_STEPS,
            )
        )  # fmt: skip
    for step_id, count in Counter(step.id for step in steps).items():
        if count > 1:
            raise UserError(
                _(
                    "{runbook}: {count} steps come to the name {step}; rename the call or the step.",
                    runbook=loaded.ref.name,
                    count=count,
                    step=step_id,
                )
            )
    steps = with_fences(steps, service, loaded.runbook.kind, specs)
    steps = with_floor(steps, _default_approvers(service, library.catalog), service.owners)
    runbook = loaded.runbook
    impact = _moment(request.inputs.get(runbook.impact_input))
    objectives = service.objectives
    return Plan(
        run=request.run,
        mode=request.mode,
        kind=runbook.kind,
        service=service,
        runbook=loaded.ref,
        calls=tuple(compiler.called.values()),
        title=compiler.text(runbook.title, request.inputs),
        memory_items=tuple(compiler.text(each, request.inputs) for each in runbook.memory),
        requester=request.requester,
        reason=request.reason,
        inputs=request.inputs,
        impact_started_at=impact,
        impact_evidence=request.impact_evidence if impact else "",
        created_at=request.now,
        expires_at=request.expires_at,
        steps=steps,
        clock=_clock(runbook, steps),
        on_abort=runbook.on_abort,
        notify=runbook.notify,
        data_loss=data_loss(steps, runbook.clock, objectives.rpo, request.now, request.inputs),
        forecast=forecast(steps, runbook.clock, objectives, impact, request.now),
        findings=(
            *_about_the_whole(steps, service),
            *_rules(steps, service, runbook.kind, library.catalog, request.now),
            *too_long(steps, service, specs),
        ),
    )


class _Compiler:
    """One plan's worth of rendering."""

    def __init__(
        self, service: Service, request: Request, library: Library, specs: Mapping[str, ActionSpec], may_be_down: str
    ) -> None:
        self._service = service
        self._may_be_down = may_be_down
        self._request = request
        self._library = library
        self._specs = specs
        self.called: dict[str, RunbookRef] = {}
        """By name, whatever was laid in place so far."""

    def steps(
        self,
        runbook: Runbook,
        values: Mapping[str, JsonValue],
        *,
        prefix: str,
        inputs: dict[str, JsonValue] | None,
        depth: int,
    ) -> Iterator[PlannedStep]:
        """Planned steps of one runbook; `needs` of left-out and called steps are passed on."""
        stands_for: dict[str, tuple[str, ...]] = {}
        for step_id in topological(runbook.steps):
            step = runbook.steps[step_id]
            needs = tuple(dict.fromkeys(n for need in step.needs for n in stands_for[need]))
            condition = self._partial(step.if_, values)
            if condition is False:
                stands_for[step_id] = needs
            elif step.call is not None:
                if isinstance(condition, str):
                    raise UserError(
                        _(
                            "{step}: whether it is called must be known when the run is planned.",
                            step=f"{prefix}{step_id}",
                        )
                    )
                laid = list(self._called(step, values, prefix=prefix, needs=needs, depth=depth))
                stands_for[step_id] = tuple(each.id for each in laid if not _is_needed(each.id, laid)) or needs
                yield from laid
            else:
                planned = self._step(runbook, step, values, prefix=prefix, needs=needs)
                own = planned.model_copy(
                    update={"inputs": inputs, "if_": condition if isinstance(condition, str) else None}
                )
                yield own
                stands_for[step_id] = (own.id,)
                if step.verify is not None:
                    check = self._verified(runbook, step, own, values)
                    yield check
                    stands_for[step_id] = (check.id,)

    def _step(
        self, runbook: Runbook, step: Step, values: Mapping[str, JsonValue], *, prefix: str, needs: tuple[str, ...]
    ) -> PlannedStep:
        spec = self._specs[step.uses] if step.uses is not None else None
        region = self._region(runbook, step.region, values)
        kind = "approve" if step.kind == "call" else step.kind
        return PlannedStep(
            id=prefix + step.id,
            title=self.text(step.title or step.id.replace("_", " "), values),
            kind=kind,
            needs=needs,
            prefix=prefix,
            action=step.uses,
            region=region,
            params=self._mapping(step.with_, values),
            risk=spec.risk if spec else Risk.READ,
            tier=step.tier if spec else None,
            gate=planned_gate(
                runbook, step, self._service, self._library.catalog, lambda text: self.text(text, values)
            ),
            manual=step.manual.model_copy(update={"do": tuple(self.text(line, values) for line in step.manual.do)})
            if step.manual
            else None,
            checks=tuple(self._check(runbook, each, values) for each in (step.wait.until if step.wait else ())),
            wait_for=step.wait.for_ if step.wait else None,
            every=step.wait.every if step.wait else None,
            timeout=(step.wait.timeout if step.wait else None) or step.timeout or runbook.defaults.timeout,
            on_timeout=step.wait.on_timeout if step.wait else "ask",
            retry=step.retry or runbook.defaults.retry,
            on_failure=str(self._partial(step.on_failure or runbook.defaults.on_failure, values)),
            point_of_no_return=step.point_of_no_return,
            marks=step.marks,
            undo=self._undo(runbook, step, values),
            expected=_expected(step, spec),
            **(self._from_spec(spec, region, step, values) if spec else {}),
        )

    def _from_spec(
        self, spec: ActionSpec, region: str, step: Step, values: Mapping[str, JsonValue]
    ) -> dict[str, object]:
        plane = {ControlPlane.STEP: region, ControlPlane.NONE: ""}.get(spec.control_plane, str(spec.control_plane))
        return {
            "idempotency": spec.idempotency,
            "irreversible": spec.irreversible,
            "control_plane": plane,
            "needs_dying_region": bool(plane) and plane == self._may_be_down,
            "call_budget": spec.call_budget,
            "settle": spec.settle,
            "owes": spec.owes,
            "passes": spec.passes,
            "costs": spec.costs,
            "taken_back": spec.taken_back,
            "by_hand": _by_hand(spec, region, self._mapping(step.with_, values)) if spec.risk is not Risk.READ else "",
        }

    def _check(self, runbook: Runbook, condition: Condition, values: Mapping[str, JsonValue]) -> CheckPlan:
        return CheckPlan(
            action=condition.check,
            region=self._region(runbook, condition.region, values),
            params=self._mapping(condition.with_, values),
            condition=condition,
        )

    def _verified(
        self, runbook: Runbook, step: Step, behind: PlannedStep, values: Mapping[str, JsonValue]
    ) -> PlannedStep:
        """`verify` of an action as a wait of its own, right behind it."""
        assert step.verify is not None  # callers looked
        return PlannedStep(
            id=f"{behind.id}_verified",
            title=f"Verify: {behind.title}",
            kind="wait",
            needs=(behind.id,),
            prefix=behind.prefix,
            inputs=behind.inputs,
            if_=behind.if_,
            checks=tuple(self._check(runbook, each, values) for each in step.verify.until),
            every=step.verify.every,
            timeout=step.verify.timeout or behind.timeout,
            on_failure=behind.on_failure,
            expected=min(WAIT_EXPECTED, step.verify.timeout or behind.timeout),
        )

    def _undo(self, runbook: Runbook, step: Step, values: Mapping[str, JsonValue]) -> UndoPlan | None:
        if step.rollback is None:
            return None
        return UndoPlan(
            action=step.rollback.uses,
            region=self._region(runbook, step.rollback.region or step.region, values),
            params=self._mapping(step.rollback.with_, values),
        )

    def _called(
        self, step: Step, values: Mapping[str, JsonValue], *, prefix: str, needs: tuple[str, ...], depth: int
    ) -> Iterator[PlannedStep]:
        assert step.call is not None  # callers looked
        if depth >= DEEPEST_CALL:
            raise UserError(
                _(
                    "{step}: runbooks call each other more than {most} deep.",
                    step=f"{prefix}{step.id}",
                    most=DEEPEST_CALL,
                )
            )
        found = self._library.find(step.call.runbook)
        self.called[found.ref.name], inner = found.ref, found.runbook
        given = self._mapping(step.call.with_, values)
        if _reads_steps(given):
            raise UserError(
                _("{step}: a called runbook's inputs must be known when the run is planned.", step=f"{prefix}{step.id}")
            )
        try:
            own = read_inputs(inner, given, now=self._request.now)
        except Misfits as wrong:  # inputs of the called runbook, which nobody is asked for
            raise UserError("\n".join(f"{prefix}{step.id}: {each.sentence}" for each in wrong.misfits)) from None
        for each in self.steps(inner, own, prefix=f"{prefix}{step.id}_", inputs=own, depth=depth + 1):
            yield each if each.needs else each.model_copy(update={"needs": needs})

    def _region(self, runbook: Runbook, region: str | None, values: Mapping[str, JsonValue]) -> str:
        rendered = self._partial(region or runbook.defaults.region or self._service.recovery_region, values)
        return str(rendered)

    def text(self, template: str, values: Mapping[str, JsonValue]) -> str:
        return str(self._partial(template, values))

    def _mapping(self, value: dict[str, JsonValue], values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        rendered = self._partial(value, values)
        assert isinstance(rendered, dict)  # a mapping renders to a mapping
        return rendered

    def _partial(self, value: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue:
        request = self._request
        scope = base_scope(self._service, values, run=request.run, mode=request.mode, requester=request.requester.name)
        return partial(value, scope)


def _by_hand(spec: ActionSpec, region: str, params: Mapping[str, JsonValue]) -> str:
    """Where a person looks: the action's own words, else its target in the console.

    What is not known yet stays a template in its place, for the engine to fill in.
    """
    known = {field.name: field.default for field in spec.parameters} | dict(params) | {"region": region}
    if spec.by_hand:
        places = {name for _text, name, _form, _how in Formatter().parse(spec.by_hand) if name}
        return told(spec.by_hand, **{name: known[name] for name in places})
    about = ", ".join(f"{name} {value}" for name, value in params.items() if isinstance(value, str))
    where = told("open {service} in the AWS console, {region}", service=spec.name.partition(".")[0], region=region)
    return together((where, about), ": ") if about else where


def _expected(step: Step, spec: ActionSpec | None) -> timedelta:
    if spec is not None:
        return spec.typical
    if step.wait is not None:
        return step.wait.for_ or min(WAIT_EXPECTED, step.wait.timeout or WAIT_EXPECTED)
    return timedelta(0)


def _is_needed(step_id: str, laid: list[PlannedStep]) -> bool:
    return any(step_id in each.needs for each in laid)


def _reads_steps(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return any(map(_reads_steps, value.values()))
    if isinstance(value, list):
        return any(map(_reads_steps, value))
    return isinstance(value, str) and "${{" in value


def _clock(runbook: Runbook, steps: tuple[PlannedStep, ...]) -> Clock | None:
    """The runbook's clock; it stops behind the `verify` of its step when there is one."""
    clock = runbook.clock
    if clock is None:
        return None
    ids = {step.id for step in steps}
    verified = f"{clock.stops}_verified"
    return clock.model_copy(update={"stops": verified}) if verified.removeprefix("steps.") in ids else clock


def _default_approvers(service: Service, catalog: Catalog) -> tuple[str, ...]:
    """Whom an implied gate asks: everyone who may be incident commander, else the service's owners."""
    commander = catalog.roles.get("ic")
    return commander.groups if commander is not None else service.owners


def _may_be_down(service: Service, kind: RunKind) -> str:
    """The region that may have failed. A failback begins once it is well again, and a drill while it is."""
    return service.primary_region if kind in ("failover", "restore") else ""


def _about_the_whole(steps: tuple[PlannedStep, ...], service: Service) -> Iterator[Finding]:
    dying = [step.id for step in steps if step.needs_dying_region]
    if dying:
        yield Finding(
            text=told(
                "Needs {region}, the region that may be down: {steps}.",
                region=service.primary_region,
                steps=dying,
            )
        )
    for step in steps:
        if step.gate is not None and step.gate.implied:
            yield Finding(
                text=told(
                    "The runbook asks nobody before “{step}” ({risk}), so the bot does.",
                    step=step.title,
                    risk=told(HARMS[step.risk]),
                )
            )


def _rules(
    steps: tuple[PlannedStep, ...], service: Service, kind: RunKind, catalog: Catalog, now: datetime
) -> Iterator[Finding]:
    """The rules of the house that this plan would break; they are asked again when it is started."""
    for rule in (*frozen(service, kind, catalog, now), *denied(steps, service, catalog.deny)):
        yield Finding(text=rule.text, blocking=True)


def _moment(value: JsonValue) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None
