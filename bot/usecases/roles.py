"""Hold an incident role: claim it, hand it over, accept it.

Promises: a role has one holder at a time; an offered role stays with its giver until the receiver says yes; whoever
takes a role from somebody says why. Refuses to know how the brief is shown.
"""

from __future__ import annotations

from bot.approval.authorize import Situation, must_be_allowed
from bot.approval.roles import role_words
from bot.language import _
from bot.model.errors import NotFound, Refused, UserError
from bot.model.events import Fact
from bot.model.incident import Held
from bot.model.incident_events import RoleAccepted, RoleClaimed, RoleOffered
from bot.model.people import Person
from bot.model.run import Run
from bot.model.service import Catalog
from bot.usecases.desk import Caller, Desk


async def claim(desk: Desk, run_id: str, caller: Caller, role: str, why: str = "") -> Run:
    """Hold the role from here. One that somebody else holds is taken with a reason only."""
    groups = _groups(desk.library().catalog, role)

    def claim_the_role(run: Run) -> list[Fact]:
        must_be_allowed(caller.person, "claim", Situation(desk.library().catalog, run.plan.service))
        _must_be_open(run)
        _must_fit(caller.person, role, groups)
        held = run.incident.roles.get(role)
        if held is not None and held.person == caller.person.id:
            return []
        if held is not None and not why.strip():
            raise Refused(
                _(
                    "{who} is {role}. Ask them to hand it over, or take it with a reason: claim {word} <why>",
                    who=held.name, role=role_words(role), word=role,
                ),
                reason="role-held",
            )  # fmt: skip
        was = held.name if held is not None else ""
        return [RoleClaimed(role=role, person=caller.person.id, name=caller.person.name, was=was, why=why.strip())]

    return await desk.tell(run_id, caller, claim_the_role)


async def hand_over(desk: Desk, run_id: str, caller: Caller, role: str, receiver: Person) -> Run:
    """Ask somebody to take the role over; until they accept, the caller holds it."""
    groups = _groups(desk.library().catalog, role)

    def hand_the_role_over(run: Run) -> list[Fact]:
        must_be_allowed(caller.person, "claim", Situation(desk.library().catalog, run.plan.service))
        _must_be_open(run)
        held = _must_hold(run, caller.person, role)
        if receiver.id == held.person:
            raise UserError(_("You hold that role already. Name somebody else."))
        _must_fit(receiver, role, groups)
        return [RoleOffered(role=role, to=receiver.id, name=receiver.name)]

    return await desk.tell(run_id, caller, hand_the_role_over)


async def accept(desk: Desk, run_id: str, caller: Caller, role: str) -> Run:
    """Take over what was offered, after reading the brief."""
    groups = _groups(desk.library().catalog, role)

    def accept_the_role(run: Run) -> list[Fact]:
        must_be_allowed(caller.person, "claim", Situation(desk.library().catalog, run.plan.service))
        _must_be_open(run)
        held = run.incident.roles.get(role)
        if held is None or held.offered_to != caller.person.id:
            raise Refused(_("Nobody hands that role to you now; see the run card."), reason="not-offered")
        _must_fit(caller.person, role, groups)
        return [RoleAccepted(role=role, person=caller.person.id, name=caller.person.name, was=held.name)]

    return await desk.tell(run_id, caller, accept_the_role)


def named(catalog: Catalog, words: str) -> Person:
    """The person meant by `@dave`, `dave`, `Dave Lund` or Slack's `<@U04…|dave>`. Raises NotFound with the nearest."""
    name = words.strip()
    if name.startswith("<@"):
        name = name.strip("<@>").partition("|")[0]
    name = name.removeprefix("@")
    for person in catalog.people.values():
        if name in (person.id, person.slack, person.cli) or name.casefold() == person.name.casefold():
            return person
    return catalog.person(name)


def may_hold(person: Person, role: str, catalog: Catalog) -> bool:
    """Whether the catalogue lets the person fill the role."""
    return role in catalog.roles and person.is_in(catalog.roles[role].groups)


def _groups(catalog: Catalog, role: str) -> tuple[str, ...]:
    if role not in catalog.roles:
        raise NotFound(_("role"), role, catalog.roles)
    return catalog.roles[role].groups


def _must_be_open(run: Run) -> None:
    if run.status.is_over:
        raise Refused(_("This run is over; its roles are history."), reason="run-over")


def _must_fit(person: Person, role: str, groups: tuple[str, ...]) -> None:
    if not person.is_in(groups):
        raise Refused(
            _(
                "{who} may not be {role}: that takes a member of {groups}.",
                who=person.name, role=role_words(role), groups=", ".join(groups),
            ),
            reason="role-not-eligible",
        )  # fmt: skip


def _must_hold(run: Run, person: Person, role: str) -> Held:
    held = run.incident.roles.get(role)
    if held is None:
        free = _("Nobody is {role} now. Claim it first: claim {word}", role=role_words(role), word=role)
        raise Refused(free, reason="role-free")
    if held.person != person.id:
        other = _("{who} is {role} and hands it over.", who=held.name, role=role_words(role))
        raise Refused(other, reason="role-held")
    return held
