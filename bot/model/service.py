"""Services and the catalogue: who depends on what, how fast it must be back, and who may decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, Field, JsonValue, PrivateAttr, StringConstraints

from bot.language import ENGLISH, Language
from bot.model.base import Duration, Frozen
from bot.model.errors import NotFound, Problems
from bot.model.people import Person
from bot.model.problem import Problem
from bot.model.roll import NOTHING, Roll

RunKind = Literal["failover", "failback", "restore", "drill"]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
"""Names of services, people and runbook parts: lower case, digits, dash and underscore."""


class Strategy(StrEnum):
    """The four site types of the DR guide (G5)."""

    MIRROR = "mirror"
    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


class Level(Frozen):
    """Who comes in when nobody has decided in time. The places of a gate stay as many as they are."""

    ask: str | None = None
    """`role.<name>`, a group `@…` or, in a runbook, an approver set: from then on they may decide too."""
    as_: str | None = Field(default=None, alias="as")
    """Of a `confirm`: the role that they may fill."""
    tell: str | None = None
    """The same, of people who only hear of it."""


class Objectives(Frozen):
    """How long a service may be down, and how much data, in time, it may lose."""

    rto: Duration
    rpo: Duration


class Health(Frozen):
    """Where the service's own health can be seen."""

    primary_url: str | None = None
    recovery_url: str | None = None
    alarm: str | None = None
    """CloudWatch alarm that tells customer impact."""


class AlarmTrigger(Frozen):
    """An alarm that proposes a failover; the bot never starts one by itself."""

    alarm: str
    region: Region
    proposes: RunKind = "failover"


class Notify(Frozen):
    """Who is told while a run goes on, and how often: channels as `#name` or by id."""

    status_every: Duration | None = None
    to: tuple[str, ...] = ()


Purchase = Literal["on_demand", "reserved", "spot", "mixed"]
"""How EC2 capacity is bought; `reserved` is Reserved Instances or a Savings Plan, `mixed` Spot above a base."""


class Costs(Frozen):
    """What a service's recovery posture costs in a month, and where the figures come from."""

    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    primary: float = Field(ge=0)
    """In the primary region."""
    standby: float = Field(ge=0)
    """What stands ready elsewhere: the standby's machines, copies, backups and their transfer."""
    source: str = Field(min_length=1)
    """Where the figures were read, and for which month; shown beside them."""
    alternatives: dict[Strategy, float] = {}
    """What another site type would cost in its place, where somebody has reckoned it."""
    bought: dict[Purchase, float] = {}
    """What the same standby would cost with its machines bought so, where somebody has reckoned it."""


DRILL_EVERY = timedelta(days=90)
"""How long a proof counts where the catalogue does not say: a quarter."""


def way(kind: RunKind, primary: str, recovery: str) -> tuple[str, str]:
    """The region that a run of this kind leaves, and the one that it goes to."""
    return (recovery, primary) if kind == "failback" else (primary, recovery)


class Service(Frozen):
    """One entry of the catalogue, with the tier's defaults filled in."""

    name: Id
    title: str = ""
    tier: str
    strategy: Strategy
    rto: Duration
    rpo: Duration
    primary_region: Region
    recovery_region: Region
    account: str | None = None
    role: str | None = None
    """IAM role the bot assumes for this service; empty means the bot's own credentials."""
    external_id: str | None = None
    """What the role's trust policy asks for beside the bot's name, when the account belongs to somebody else."""
    owners: tuple[str, ...] = ()
    channel: str
    """Slack channel id or #name where runs are announced."""
    language: Language | None = Field(default=None, exclude_if=lambda language: language is None)
    """What the channel is told in; the catalogue's own language when left out."""
    health: Health = Health()
    resources: dict[str, JsonValue] = {}
    """Logical resources, free in shape; expressions read them as `resources.…`."""
    depends_on: tuple[Id, ...] = ()
    alarms: tuple[AlarmTrigger, ...] = ()
    notify: Notify | None = Field(default=None, exclude_if=lambda notify: notify is None)
    """Where status updates of its runs are posted, unless the runbook says so itself."""
    guard_tag: str | None = None
    """Tag that every target must carry with this service's name as its value, for example `dr:service`."""
    runbooks: dict[RunKind, str] = {}
    """Which runbook serves which kind of run."""
    escalate_to: tuple[Level, ...] | None = Field(default=None, exclude_if=lambda levels: levels is None)
    """Who is asked next at this service's gates that escalate and do not say so themselves; else the catalogue's."""
    drill_every: Duration = Field(default=DRILL_EVERY, exclude_if=lambda every: every == DRILL_EVERY)
    """A proof that is older than this is stale."""
    costs: Costs | None = Field(default=None, exclude_if=lambda costs: costs is None)

    @property
    def objectives(self) -> Objectives:
        return Objectives(rto=self.rto, rpo=self.rpo)


class Tier(Frozen):
    """Defaults for the services of one importance (G6)."""

    rto: Duration
    rpo: Duration
    approvals: int = 1


class RoleRule(Frozen):
    """Who may fill an incident role."""

    groups: tuple[str, ...] = Field(min_length=1)


class GroupRule(Frozen):
    """A group of runbooks that Slack may fill besides the roster; for gates below R3 only."""

    slack_usergroup: str
    """Slack's id of the user group, `S…`: its members may approve, also those that the roster does not list."""


class Freeze(Frozen):
    """A time in which no planned change begins. A failover is no planned change, unless `kinds` names it."""

    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    why: str = Field(min_length=1)
    services: tuple[Id, ...] = ()
    """Empty means all."""
    kinds: tuple[RunKind, ...] = ("failback", "restore", "drill")


class Deny(Frozen):
    """What no run may use. Nobody can lift it but by editing the catalogue."""

    action: str = Field(min_length=1)
    """An action's name, or a pattern such as `rds.*`."""
    why: str = Field(min_length=1)
    services: tuple[Id, ...] = ()
    """Empty means all."""
    regions: tuple[Region, ...] = ()
    """Empty means all."""


class BreakGlass(Frozen):
    """Who may lift a quorum alone, where that is announced at once, and for how long it counts."""

    groups: tuple[str, ...] = Field(min_length=1)
    channel: str
    """A second Slack channel, `#name` or id: whoever reads it is not in the middle of the incident."""
    lasts: Duration = timedelta(minutes=60)


TerminalVotes = Literal["signed", "login", "named"]


Hideable = Literal["service", "person"]
Hidden = Mapping[tuple[Hideable, str], Sequence[Problem]]
"""Entries of the file that were left out, each with its mistakes; under EVERYTHING those of the file as a whole."""
EVERYTHING: tuple[Hideable, str] = ("service", "")
E = TypeVar("E")


class Catalog(Frozen):
    """runbooks/catalog.yaml, checked."""

    tiers: dict[str, Tier]
    people: dict[str, Person]
    roles: dict[str, RoleRule]
    services: dict[str, Service]
    groups: dict[str, GroupRule] = {}
    """Groups, with their `@`, that a Slack user group feeds; R3 and R4 take the roster's word alone."""
    freezes: tuple[Freeze, ...] = ()
    deny: tuple[Deny, ...] = ()
    break_glass: BreakGlass | None = None
    """Left out, nobody may."""
    auditors: tuple[str, ...] = ()
    """Groups that may export timelines; empty means everybody on the roster."""
    terminal_votes: TerminalVotes = "signed"
    """What proves who votes on an R3 gate in a terminal: an SSH signature, the login of the operating system, or
    just the name after `--as`."""
    escalate_to: tuple[Level, ...] = ()
    """Who is asked next at gates that escalate, where neither the gate nor its service says so."""
    language: Language = ENGLISH
    """What channels are told in, and people of whom Slack says nothing."""
    shared_channels: tuple[str, ...] = ()
    """Channels, by id or #name, where runs are told although another organisation reads along (Slack Connect)."""

    drill_reminders: bool = True
    """Whether a service whose proof has gone stale is told so in its channel."""

    def language_of(self, service: str) -> Language:
        """What the channel of a service is told in; also of one that has left the catalogue."""
        known = self.services.get(service)
        return (known.language if known else None) or self.language

    def escalation_of(self, service: Service) -> tuple[Level, ...]:
        """Who is asked next at gates of a service that do not say so themselves."""
        return self.escalate_to if service.escalate_to is None else service.escalate_to

    def service(self, name: str) -> Service:
        """The service a person named; raises NotFound with the nearest names, Problems when mistakes hide it."""
        return self._known("service", name, self.services)

    def person(self, name: str) -> Person:
        """Somebody by the name of their entry; raises as `service` does."""
        return self._known("person", name, self.people)

    def _known(self, kind: Hideable, name: str, entries: Mapping[str, E]) -> E:
        if name in entries:
            return entries[name]
        if hidden_by := self._hidden.get((kind, name)) or self._hidden.get(EVERYTHING):
            raise Problems(hidden_by)
        raise NotFound(kind, name, entries)

    def person_by_slack(self, user_id: str) -> Person | None:
        return next((person for person in self.people.values() if person.slack == user_id), None)

    def person_by_login(self, login: str) -> Person | None:
        return next((person for person in self.people.values() if login in (person.cli, person.id)), None)

    _roll: Roll = PrivateAttr(default=NOTHING)
    _hidden: Hidden = PrivateAttr(default_factory=dict)

    @property
    def roll(self) -> Roll:
        """What Slack last said of its user groups; no part of the file."""
        return self._roll

    def without(self, hidden: Hidden) -> Catalog:
        """The same catalogue, for those who ask for somebody or something that was left out for its mistakes."""
        read = self.model_copy()
        read._hidden = hidden
        return read

    @property
    def hiding(self) -> tuple[Problem, ...]:
        """The mistakes for which somebody or something was left out."""
        return tuple(dict.fromkeys(problem for problems in self._hidden.values() for problem in problems))

    def with_roll(self, roll: Roll) -> Catalog:
        """The same catalogue, for those who are told how old Slack's word is."""
        heard = self.model_copy()
        heard._roll = roll
        return heard

    @property
    def usergroups(self) -> dict[str, str]:
        """Slack's user groups by the groups that they feed."""
        return {group: rule.slack_usergroup for group, rule in self.groups.items()}

    def members(self, groups: tuple[str, ...]) -> tuple[Person, ...]:
        return tuple(person for person in self.people.values() if person.is_in(groups))


GUIDE_RANGES: dict[Strategy, Objectives] = {
    Strategy.MIRROR: Objectives(rto=timedelta(0), rpo=timedelta(0)),
    Strategy.HOT: Objectives(rto=timedelta(hours=4), rpo=timedelta(hours=4)),
    Strategy.WARM: Objectives(rto=timedelta(weeks=3), rpo=timedelta(days=1)),
    Strategy.COLD: Objectives(rto=timedelta(days=90), rpo=timedelta(weeks=3)),
}
"""The slowest recovery each site type stands for in the DR guide's comparison table (G5)."""
GUIDE_COSTS: dict[Strategy, Literal["very high", "high", "medium", "low"]] = {
    Strategy.MIRROR: "very high",
    Strategy.HOT: "high",
    Strategy.WARM: "medium",
    Strategy.COLD: "low",
}
"""What each site type costs in the same table."""
