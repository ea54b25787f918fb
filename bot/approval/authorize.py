"""Who may do what: one table for every door. A forbid wins over every permit, and what nobody permits is denied.

Promises: pure and quick (about a microsecond); a denial carries a stable reason id and a sentence that says what it
would take. A principal is a person behind a verified account, never a name somebody typed.
Refuses to know time and state: quorum, expiry and the plan's hash are judged in votes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from bot.approval.policy import any_of, responders
from bot.language import _, later
from bot.model.errors import Refused
from bot.model.people import Person
from bot.model.plan import GatePlan
from bot.model.service import Catalog, Service

Act = Literal[
    "look", "start", "dry_run", "vote", "answer", "pause", "resume", "abort", "decide", "skip", "note", "export",
    "rebuild", "claim", "tell", "assess", "break_glass", "review",
]  # fmt: skip
"""Everything that anybody can ask for."""
Standing = Literal["member", "bot", "deactivated", "other_team", "guest", "unknown"]
"""What the door has verified about the account: only a full member's click is a person's."""


class Role(StrEnum):
    """What a person is, in one situation; they may be several things at once."""

    VIEWER = "viewer"
    """Any full member of the workspace."""
    COLLEAGUE = "colleague"
    """Somebody on the roster."""
    RESPONDER = "responder"
    """Starts and steers: an owner of the service, or whoever may fill an incident role."""
    APPROVER = "approver"
    """In a group that the gate asks."""
    OWNER = "owner"
    """In a group that owns the service and its runbooks."""
    BREAK_GLASS = "break_glass"
    """May lift a quorum alone."""
    AUDITOR = "auditor"
    """May take the story out of the house."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the person on the roster, or None for a stranger, behind an account that was verified."""

    person: Person | None
    standing: Standing = "member"


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision is about; whatever is left out gives nobody a role."""

    catalog: Catalog | None = None
    service: Service | None = None
    gate: GatePlan | None = None
    requester: str = ""
    """Person id of who started the run."""
    approves: bool = False
    """Of a vote: whether it says yes."""
    holds_glass: bool = False
    """Whether this very person has lifted the quorum, and it still counts."""
    breaker: str = ""
    """Of a review: who broke the glass."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, or no with the rule that said so."""

    allowed: bool
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Forbid:
    """A rule that no role outweighs."""

    reason: str
    applies: Callable[[Principal, Situation], bool]
    text: str
    acts: frozenset[Act] = field(default_factory=frozenset)
    """Empty means all."""


def _stands(standing: Standing) -> Callable[[Principal, Situation], bool]:
    return lambda who, where: who.standing == standing


def _is_requester(who: Principal, where: Situation) -> bool:
    """A confirmation below R3 may hold its requester: challenge and response takes whoever calls the step."""
    gate = where.gate
    own = who.person is not None and who.person.id == where.requester
    banned = gate is not None and (gate.kind == "approve" or gate.strict)
    return own and banned and where.approves and not where.holds_glass


def _is_breaker(who: Principal, where: Situation) -> bool:
    return who.person is not None and who.person.id == where.breaker


def _is_stranger(who: Principal, where: Situation) -> bool:
    return who.person is None


FORBIDS: tuple[Forbid, ...] = (
    Forbid("bot-account", _stands("bot"), later("Bots may not act here.")),
    Forbid("deactivated-account", _stands("deactivated"), later("This account is deactivated.")),
    Forbid(
        "other-team", _stands("other_team"), later("You belong to another workspace, so nothing was done.")
    ),
    Forbid(
        "guest-account", _stands("guest"),
        later("Guests may not use this bot. Ask a full member on the roster."),
    ),
    Forbid("identity-unknown", _stands("unknown"), later("Nobody vouches for who you are, so nothing was done.")),
    Forbid(
        "self-approval", _is_requester,
        later("You started this run, so your approval does not count. Ask another approver."),
        frozenset({"vote"}),
    ),
    Forbid(
        "own-glass", _is_breaker,
        later("You broke the glass yourself, so somebody else must review it."),
        frozenset({"review"}),
    ),
    Forbid(
        "not-on-roster", _is_stranger,
        later("You are not on the roster, so you can look but not act. Ask for an entry in catalog.yaml."),
        frozenset({
            "start", "dry_run", "vote", "answer", "pause", "resume", "abort", "decide", "skip", "note", "export",
            "rebuild", "claim", "tell", "assess", "break_glass", "review",
        }),
    ),
)  # fmt: skip

_RUNS = (Role.RESPONDER,)
PERMITS: Mapping[Act, tuple[Role, ...]] = {
    "look": (Role.VIEWER,),
    "note": (Role.COLLEAGUE,),
    "start": _RUNS,
    "dry_run": _RUNS,
    "answer": _RUNS,
    "pause": _RUNS,
    "resume": _RUNS,
    "abort": _RUNS,
    "decide": _RUNS,
    "skip": _RUNS,
    "claim": _RUNS,
    "tell": _RUNS,
    "assess": _RUNS,
    "rebuild": _RUNS,
    "vote": (Role.APPROVER,),
    "export": (Role.AUDITOR,),
    "break_glass": (Role.BREAK_GLASS,),
    "review": (Role.RESPONDER, Role.AUDITOR),
}
"""One of these roles is enough; an act that is missing here is nobody's."""

_DENIALS: Mapping[Act, tuple[str, str]] = {
    "look": ("not-a-viewer", later("Only full members of the workspace may look.")),
    "note": ("not-on-roster", later("Only people on the roster write notes.")),
    "vote": ("not-an-approver", later("This needs {groups}; {who} is not among them.")),
    "export": ("not-an-auditor", later("{who} may not export timelines: that takes a member of {groups}.")),
    "break_glass": ("no-break-glass", later("{who} may not break the glass: that takes a member of {groups}.")),
    "review": ("not-a-reviewer", later("{who} may not review this: that takes a member of {groups}.")),
    "rebuild": ("not-a-responder", later("{who} may not rebuild runs: that takes a member of {groups}.")),
    "start": ("not-a-responder", later("{who} may not start runs of {service}: that takes a member of {groups}.")),
    "dry_run": ("not-a-responder", later("{who} may not rehearse {service}: that takes a member of {groups}.")),
    "answer": ("not-a-responder", later("{who} may not answer steps of {service}: that takes a member of {groups}.")),
    "pause": ("not-a-responder", later("{who} may not pause {service}: that takes a member of {groups}.")),
    "resume": ("not-a-responder", later("{who} may not resume {service}: that takes a member of {groups}.")),
    "abort": ("not-a-responder", later("{who} may not abort {service}: that takes a member of {groups}.")),
    "decide": ("not-a-responder", later("{who} may not decide for {service}: that takes a member of {groups}.")),
    "skip": ("not-a-responder", later("{who} may not skip steps of {service}: that takes a member of {groups}.")),
    "claim": ("not-a-responder", later("{who} may hold no role here: that takes a member of {groups}.")),
    "tell": ("not-a-responder", later("{who} may not tell others about {service}: that takes a member of {groups}.")),
    "assess": ("not-a-responder", later("{who} may not assess {service}: that takes a member of {groups}.")),
}


def authorize(who: Principal, act: Act, where: Situation) -> Verdict:
    """Whether `who` may do `act` there; forbids first, then permits, else no."""
    for rule in FORBIDS:
        if (not rule.acts or act in rule.acts) and rule.applies(who, where):
            return Verdict(False, rule.reason, _(rule.text))
    for role in PERMITS.get(act, ()):
        if _HAS[role](who, where):
            return Verdict(True, role)
    return _denied(who, act, where)


def must_be_allowed(who: Principal | Person, act: Act, where: Situation) -> None:
    """Raise Refused, with the rule's reason and sentence, unless it is allowed."""
    verdict = authorize(who if isinstance(who, Principal) else Principal(who), act, where)
    if not verdict.allowed:
        raise Refused(verdict.text, reason=verdict.reason)


def may(who: Person | None, act: Act, where: Situation) -> bool:
    """The same as a question, for views that show only what would be accepted."""
    return authorize(Principal(who), act, where).allowed


def groups_for(act: Act, where: Situation) -> tuple[str, ...]:
    """Whose members may do this, for the sentence that says so."""
    return tuple(dict.fromkeys(group for role in PERMITS.get(act, ()) for group in _groups(role, where)))


def _denied(who: Principal, act: Act, where: Situation) -> Verdict:
    reason, text = _DENIALS.get(act, ("denied", later("Nobody may do this.")))
    if act == "vote" and _comes_in_later(who, where):
        reason = "not-asked-yet"
        text = later("{who} is asked when nobody decides in time; until then this needs {groups}.")
    name = who.person.name if who.person else _("Somebody who is not on the roster")
    service = where.service.name if where.service else _("this service")
    return Verdict(False, reason, _(text, who=name, service=service, groups=any_of(groups_for(act, where))))


def _comes_in_later(who: Principal, where: Situation) -> bool:
    """Whether the gate would ask them at one of its next levels."""
    levels = where.gate.escalation if where.gate is not None else ()
    return who.person is not None and any(who.person.is_in(level.groups) for level in levels)


def _groups(role: Role, where: Situation) -> tuple[str, ...]:
    catalog, service, gate = where.catalog, where.service, where.gate
    match role:
        case Role.RESPONDER if catalog is not None:
            named = (service,) if service is not None else tuple(catalog.services.values())
            return tuple(dict.fromkeys(group for each in named for group in responders(each, catalog)))
        case Role.APPROVER if gate is not None:
            return gate.voters
        case Role.OWNER if service is not None:
            return service.owners
        case Role.BREAK_GLASS if catalog is not None and catalog.break_glass is not None:
            return catalog.break_glass.groups
        case Role.AUDITOR if catalog is not None:
            return catalog.auditors
    return ()


def _in_groups(role: Role) -> Callable[[Principal, Situation], bool]:
    return lambda who, where: who.person is not None and who.person.is_in(_groups(role, where))


def _approves(who: Principal, where: Situation) -> bool:
    """Whoever holds the broken glass is an approver of every gate of the run."""
    return who.person is not None and (where.holds_glass or who.person.is_in(_groups(Role.APPROVER, where)))


def _audits(who: Principal, where: Situation) -> bool:
    """Everybody on the roster, as long as the catalogue names no auditors."""
    if who.person is None or where.catalog is None:
        return False
    return not where.catalog.auditors or who.person.is_in(where.catalog.auditors)


_HAS: Mapping[Role, Callable[[Principal, Situation], bool]] = {
    Role.VIEWER: lambda who, where: who.standing == "member",
    Role.COLLEAGUE: lambda who, where: who.person is not None,
    Role.RESPONDER: _in_groups(Role.RESPONDER),
    Role.OWNER: _in_groups(Role.OWNER),
    Role.BREAK_GLASS: _in_groups(Role.BREAK_GLASS),
    Role.APPROVER: _approves,
    Role.AUDITOR: _audits,
}
