"""Breaking the glass: one person alone lets one run go on, in the open, and somebody else looks at it afterwards.

Promises: it lifts the quorum only, never R4, a rule of the house, the typed phrase or the plan's hash; it counts for
this run and for a while; who broke it never reviews it. Refuses to know where it is announced.
"""

from __future__ import annotations

from datetime import datetime

from bot.approval.authorize import Situation, must_be_allowed
from bot.approval.votes import Ballot, glass_of, open_gate
from bot.language import _, _n
from bot.model.errors import Refused
from bot.model.events import GlassBroken, GlassReviewed
from bot.model.people import Person
from bot.model.run import Glass, Run
from bot.model.service import Catalog

LEAST = 20
"""Characters of a reason that is one."""


def phrase(run: Run, step: str) -> str:
    """What is typed to break it: the gate's own phrase behind the words, else the service's name."""
    return f"break glass {run.steps[step].gate_typed or run.plan.service.name}"


def broken(run: Run, ballot: Ballot, reason: str, catalog: Catalog, now: datetime) -> GlassBroken | None:
    """The fact, or None when this person's glass is broken already. Raises Refused, with the reason."""
    must_be_allowed(ballot.person, "break_glass", Situation(catalog, run.plan.service))
    open_gate(run, ballot, now)
    if len(reason.strip()) < LEAST:
        raise Refused(
            _n("Say why, in {count} character or more.", "Say why, in {count} characters or more.", LEAST),
            reason="short-reason",
        )
    if ballot.typed.strip() != phrase(run, ballot.step):
        raise Refused(_("Type exactly: {phrase}", phrase=phrase(run, ballot.step)), reason="phrase-mismatch")
    rule = catalog.break_glass
    assert rule is not None  # else nobody is allowed
    if glass_of(run, ballot.person.id, now) is not None:
        return None
    return GlassBroken(
        step=ballot.step,
        person=ballot.person.id,
        name=ballot.person.name,
        reason=reason.strip(),
        until=now + rule.lasts,
        groups=rule.groups,
        channel=rule.channel,
    )


def reviewed(run: Run, person: Person, comment: str, catalog: Catalog) -> GlassReviewed:
    """The fact that closes what others broke. Raises Refused for whoever broke it, and when nothing is open."""
    left = open_glasses(run)
    if not left:
        raise Refused(_("No glass was broken in this run that is still to be reviewed."), reason="nothing-to-review")
    others = [glass for glass in left if glass.person != person.id]
    breaker = "" if others else left[0].person
    must_be_allowed(person, "review", Situation(catalog, run.plan.service, breaker=breaker))
    if not comment.strip():
        raise Refused(_("Say what you found: review <service or run> <words>"), reason="short-reason")
    return GlassReviewed(person=person.id, name=person.name, comment=comment.strip())


def open_glasses(run: Run) -> tuple[Glass, ...]:
    """After-action items that nobody has closed yet."""
    return tuple(glass for glass in run.glasses if glass.is_open)


def glass_words(run: Run) -> str:
    """One line for every door while a review is missing; empty when none is."""
    left = open_glasses(run)
    if not left:
        return ""
    return _(
        "GLASS BROKEN by {who}, to be reviewed by somebody else: {reason}",
        who=left[0].name, reason=left[0].reason,
    )  # fmt: skip
