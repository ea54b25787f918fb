"""The part of a run that is about people: who holds which role, and what those outside have been told. Pure folds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.model.incident_events import (
    FileKept,
    OfIncident,
    RoleAccepted,
    RoleClaimed,
    RoleOffered,
    StatusPosted,
    StatusSnoozed,
)


@dataclass(frozen=True, slots=True)
class Held:
    """A role and who has it."""

    person: str
    name: str
    since: datetime
    offered_to: str = ""
    """Who was asked to take it over and has not said yes yet."""
    offered_name: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The last word to those outside."""

    at: datetime
    fact: StatusPosted


@dataclass(frozen=True, slots=True)
class Incident:
    """People around a run."""

    roles: dict[str, Held] = field(default_factory=dict)
    told: Told | None = None
    resting_until: datetime | None = None
    """No reminder to tell others before this moment."""
    stopped: bool = False
    """Nobody wants to be reminded of it any more."""

    def after(self, fact: OfIncident, at: datetime) -> Incident:
        """As it is once `fact` has happened."""
        match fact:
            case RoleClaimed() | RoleAccepted():
                return replace(self, roles={**self.roles, fact.role: Held(fact.person, fact.name, at)})
            case RoleOffered():
                if fact.role not in self.roles:
                    return self
                held = replace(self.roles[fact.role], offered_to=fact.to, offered_name=fact.name)
                return replace(self, roles={**self.roles, fact.role: held})
            case StatusPosted():
                return replace(self, told=Told(at, fact), resting_until=None, stopped=False)
            case StatusSnoozed(until=None):
                return replace(self, stopped=True)
            case StatusSnoozed(until=until):
                return replace(self, resting_until=until)
            case FileKept():
                return self

    def holder(self, role: str) -> str:
        """The person who holds the role; empty when nobody does."""
        held = self.roles.get(role)
        return held.person if held is not None else ""
