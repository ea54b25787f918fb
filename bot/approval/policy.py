"""Who may do what. Default deny; a refusal says why and what to do instead.

Pure decisions over the roster; nothing here knows Slack, Redis or time.
"""

from __future__ import annotations

from bot.model.errors import Refused
from bot.model.people import Person
from bot.model.plan import GatePlan
from bot.model.service import Catalog, Service


def responders(service: Service, catalog: Catalog) -> tuple[str, ...]:
    """Groups whose members may start and steer this service's runs: its owners and everyone who may fill a role."""
    groups = [*service.owners, *(group for role in catalog.roles.values() for group in role.groups)]
    return tuple(dict.fromkeys(groups))


def must_be_responder(person: Person, service: Service, catalog: Catalog, what: str) -> None:
    """Raise Refused unless `person` may start and steer runs of `service`."""
    groups = responders(service, catalog)
    if not person.is_in(groups):
        raise Refused(
            f"{person.name} may not {what} {service.name}: that takes a member of {_any_of(groups)}.",
            reason="not-a-responder",
        )


def eligible(gate: GatePlan, catalog: Catalog, requester: Person) -> tuple[Person, ...]:
    """Everyone whose vote this gate would count."""
    return tuple(
        person for person in catalog.members(gate.voters) if gate.kind == "confirm" or person.id != requester.id
    )


def asked_of(gate: GatePlan) -> str:
    """`2 of @sre-leads or @eng-directors`, `ops and ic`: whom the gate waits for, in words."""
    if gate.kind == "confirm":
        return " and ".join(role for role, _ in gate.roles)
    return f"{gate.count} of {_any_of(gate.groups)}"


def _any_of(groups: tuple[str, ...]) -> str:
    return " or ".join(groups) or "nobody"
