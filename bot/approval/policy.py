"""Whom a service and a gate ask, as groups and as people of the roster.

Pure; nothing here knows Slack, Redis or time. Whether somebody may do something is decided in authorize.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.approval.quorum import ANY, places
from bot.approval.roles import role_words
from bot.language import _, _n, later, together, told
from bot.model.people import Person
from bot.model.plan import GatePlan, NextLevel
from bot.model.roll import FRESH, LAPSES, Membership
from bot.model.service import Catalog, Service


def responders(service: Service, catalog: Catalog) -> tuple[str, ...]:
    """Groups whose members may start and steer this service's runs: its owners and everyone who may fill a role."""
    groups = [*service.owners, *(group for role in catalog.roles.values() for group in role.groups)]
    return tuple(dict.fromkeys(groups))


def eligible(gate: GatePlan, catalog: Catalog, requester: Person) -> tuple[Person, ...]:
    """Everyone whose vote this gate would count."""
    barred = requester.id if gate.kind == "approve" or gate.strict else ""
    return tuple(person for person in catalog.members(gate.voters) if person.id != barred)


def fits(gate: GatePlan, person: Person, requester: str) -> tuple[str, ...]:
    """The gate's places that this person may fill. Whoever started the run fills a named role at most."""
    found = [role for role, groups in gate.roles if person.is_in(groups)]
    if person.id == requester and (gate.kind == "approve" or gate.strict):
        return ()
    if ANY in places(gate) and person.id != requester and person.is_in(groups_of(gate, ANY)):
        found.append(ANY)
    return tuple(found)


def groups_of(gate: GatePlan, place: str) -> tuple[str, ...]:
    """Whose members may fill a place of the gate."""
    return dict(gate.roles).get(place) or gate.groups or gate.voters


def asked_of(gate: GatePlan) -> str:
    """`2 of @sre-leads or @eng-directors`, `ops and ic`: whom the gate waits for, in words."""
    roles = _and([role_words(role) for role, _groups in gate.roles])
    others = places(gate).count(ANY)
    if not others:
        return roles
    some = told("{count} of {groups}", count=others, groups=any_of(groups_of(gate, ANY)))
    return told("{some} and {others}", some=roles, others=some) if roles else some


def since_words(gate: GatePlan) -> tuple[str, ...]:
    """Who came in since nobody decided in time, a sentence each; empty for a gate that has not expired."""
    said = []
    if gate.joined:
        said.append(_("Nobody decided in time, so {groups} may decide too.", groups=any_of(gate.joined)))
    if gate.hears:
        said.append(_("Nobody decided in time, so it was told to {groups}.", groups=_and(gate.hears)))
    return tuple(said)


_NEXT = {
    (True, False): later("If nobody decides by {at}: {asked} may decide too."),
    (False, True): later("If nobody decides by {at}: it is told to {told}, and the same people are asked again."),
    (True, True): later("If nobody decides by {at}: {asked} may decide too, and it is told to {told}."),
    (False, False): later("If nobody decides by {at}: the same people are asked again."),
}


def next_words(gate: GatePlan, at: str, dress: Callable[[str], str] = str) -> str:
    """Whom the gate turns to when it expires, which it does `at`; empty when it turns to nobody.

    `dress` is done to names before they are put in, for a door that must not take them for markup.
    """
    if gate.on_expiry != "escalate":
        return ""
    level = next(iter(gate.escalation), NextLevel())
    text = _NEXT[bool(level.groups), bool(level.hears)]
    return _(text, at=at, asked=dress(_comes_in(level)), told=dress(_and(level.hears)))


def path_words(gate: GatePlan) -> str:
    """`@eng-directors → @vp-oncall (only told)`: who is asked next, level by level; empty when nobody is."""
    return together(map(_one_level, gate.escalation), " → ")


def _one_level(level: NextLevel) -> str:
    told_only = told("{groups} (only told)", groups=_and(level.hears)) if level.hears else ""
    if not level.groups or not told_only:
        return told_only or _comes_in(level)
    return told("{some} and {others}", some=_comes_in(level), others=told_only)


def _comes_in(level: NextLevel) -> str:
    groups = any_of(level.groups)
    return told("{groups} as {role}", groups=groups, role=role_words(level.place)) if level.place else groups


def lent_words(gate: GatePlan, catalog: Catalog, now: datetime) -> tuple[str, ...]:
    """Of each group that Slack feeds: how many are in it and, when Slack does not answer any more, since when."""
    if gate.strict:
        return ()
    return tuple(_lent(group, catalog.roll.groups.get(group), now) for group in gate.voters if group in catalog.groups)


def _lent(group: str, known: Membership | None, now: datetime) -> str:
    if known is None or now - known.at >= LAPSES:
        return _("{group}: Slack does not say who is in it, so only the roster counts.", group=group)
    count = len(known.accounts)
    if now - known.at < 2 * FRESH:
        return _n("{group}: {count} member in Slack.", "{group}: {count} members in Slack.", count, group=group)
    return _n(
        "{group}: {count} member, as Slack said at {at}; it has not answered since.",
        "{group}: {count} members, as Slack said at {at}; it has not answered since.",
        count, group=group, at=f"{known.at.astimezone(UTC):%H:%M} UTC",
    )  # fmt: skip


def any_of(groups: Sequence[str]) -> str:
    """`@sre-leads or @eng-directors`; nobody when there is none."""
    if not groups:
        return told("nobody")
    words = groups[0]
    for group in groups[1:]:
        words = told("{some} or {other}", some=words, other=group)
    return words


def _and(names: Sequence[str]) -> str:
    words = names[0] if names else ""
    for name in names[1:]:
        words = told("{some} and {others}", some=words, others=name)
    return words
