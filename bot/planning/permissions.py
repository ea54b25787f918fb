"""Which permissions a runbook needs: every action it names, whether or not a run comes by it.

Promises to leave nothing out: steps under any `if`, ways back, checks, and called runbooks count; parameters narrow the
resources only where the catalogue already tells them. Also says, before anybody approves, which step's session policy
would be too long for AWS. Refuses to ask AWS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from bot.actions.policies import SESSION_LIMIT, Need, needs_of, session_policy
from bot.language import told
from bot.model.action import ActionSpec, Finding
from bot.model.errors import UserError
from bot.model.plan import PlannedStep
from bot.model.runbook import Condition, Runbook, Step
from bot.model.service import Service
from bot.planning.signs import sign_permissions
from bot.runbook.expressions import partial
from bot.runbook.library import Library
from bot.runbook.scope import base_scope

Specs = Mapping[str, ActionSpec]

_DEEPEST = 4


def runbook_needs(runbook: Runbook, service: Service | None, library: Library, specs: Specs) -> tuple[Need, ...]:
    """Every permission of a runbook, as it would run for `service`; without one, resources stay open."""
    return tuple(_needs(runbook, service, library, specs, _DEEPEST))


def service_needs(service: Service, library: Library, specs: Specs) -> tuple[Need, ...]:
    """Every permission of every runbook that serves a service, and of the look for signs of a disaster."""
    books = [library.find(name).runbook for name in dict.fromkeys(service.runbooks.values())]
    runs = [need for book in books for need in runbook_needs(book, service, library, specs)]
    return (*runs, *(Need(permission) for permission in sign_permissions(specs)))


def catalogue_needs(specs: Specs) -> tuple[Need, ...]:
    """Every permission of every action, wherever."""
    return tuple(Need(permission) for spec in specs.values() for permission in (*spec.permissions, *spec.implied))


def step_needs(spec: ActionSpec, params: Mapping[str, JsonValue], region: str, service: Service) -> tuple[Need, ...]:
    """What one planned step asks for."""
    return needs_of(spec, params, region=region, account=service.account)


def too_long(steps: Iterable[PlannedStep], service: Service, specs: Specs) -> Iterator[Finding]:
    """Blocking findings for steps whose session policy AWS would refuse; only a service with a role has sessions."""
    for step in steps if service.role else ():
        spec = specs.get(step.action or "")
        if spec is None or not step.changes:
            continue
        length = len(session_policy(step_needs(spec, step.params, step.region, service)))
        if length > SESSION_LIMIT:
            text = told(
                "{step}: the session policy of {action} has {length} characters and AWS takes {limit}. "
                "Split the step, or shorten the names it works on.",
                step=step.id,
                action=spec.name,
                length=length,
                limit=SESSION_LIMIT,
            )
            yield Finding(text=text, blocking=True)


@dataclass(frozen=True)
class _Use:
    """One place where an action is named."""

    action: str
    params: dict[str, JsonValue]
    region: str | None


def _needs(runbook: Runbook, service: Service | None, library: Library, specs: Specs, deepest: int) -> Iterator[Need]:
    for step in runbook.steps.values():
        for use in _uses(step):
            params = {name: _known(value, service) for name, value in use.params.items()}
            region = str(_known(use.region or runbook.defaults.region or _home(service), service) or "*")
            account = service.account if service else None
            yield from needs_of(specs[use.action], params, region=region, account=account)
        if step.call is not None and deepest:
            yield from _needs(library.find(step.call.runbook).runbook, service, library, specs, deepest - 1)


def _uses(step: Step) -> Iterator[_Use]:
    if step.uses is not None:
        yield _Use(step.uses, step.with_, step.region)
    if step.rollback is not None:
        yield _Use(step.rollback.uses, step.rollback.with_, step.rollback.region or step.region)
    for condition in _conditions(step):
        yield _Use(condition.check, condition.with_, condition.region)


def _conditions(step: Step) -> tuple[Condition, ...]:
    return (*(step.wait.until if step.wait else ()), *(step.verify.until if step.verify else ()))


def _home(service: Service | None) -> str | None:
    return service.recovery_region if service else None


def _known(value: JsonValue, service: Service | None) -> JsonValue:
    """The value as the catalogue tells it; None when it takes an input, a result, or a service to know."""
    if not (isinstance(value, str) and "${{" in value):
        return value
    if service is None:
        return None
    try:
        told = partial(value, base_scope(service, {}, run="", mode="live", requester=""))
    except UserError:
        return None
    return None if isinstance(told, str) and "${{" in told else told
