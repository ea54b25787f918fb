"""What is said about a case, at every door: the signs, both costs, the deadline, the way it was answered.

Promises: plain sentences without markup; an unknown is called UNKNOWN. Refuses to know how times are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

from bot.approval.policy import responders
from bot.language import _, _n, later
from bot.model.case import Case, CaseAnswered, CaseDismissed, Sign
from bot.model.service import Catalog, Service
from bot.planning.assessment import Assessment
from bot.timeline.terms import span_text

Clock = Callable[[datetime], str]
"""Draws a moment: `02:14 UTC`, or Slack's token."""
Quote = Callable[[str], str]
"""Makes words from outside harmless where they are shown."""
MOST_BREAKS = 5
_KINDS = {
    "alarm": later("Alarm {about}"),
    "health": later("AWS Health"),
    "primary": later("The primary at {about}"),
    "standby": later("The standby at {about}"),
}
SPEAKS: dict[Literal["for", "against", "nothing", "unknown"], tuple[str, str]] = {
    "for": ("✗", later("speaks for a disaster")),
    "against": ("✓", later("speaks against it")),
    "nothing": ("·", later("tells nothing by itself")),
    "unknown": ("?", later("UNKNOWN")),
}
NO_HASTE = ("!", later("speaks against moving there now"))
"""What a standby that is down says; of whether this is a disaster it says nothing."""


def sign_text(sign: Sign, clock: Clock, about: Quote = str) -> str:
    """`✗ Alarm orders-errors: ALARM since 01:58 (CloudWatch us-west-2) – speaks for a disaster`."""
    mark, speaks = NO_HASTE if sign.kind == "standby" and sign.speaks == "against" else SPEAKS[sign.speaks]
    return _(
        "{mark} {what}: {seen} at {at} ({source}) – {speaks}",
        mark=mark, what=_(_KINDS[sign.kind], about=about(sign.about)), seen=about(sign.seen), at=clock(sign.at),
        source=about(sign.source), speaks=_(speaks),
    )  # fmt: skip


def weighed(found: Assessment) -> str:
    """`Signs for a disaster: 3 of 4. The bot does not decide.`"""
    if not found.signs_known:
        return _("No sign could be read. That is no proof of health. The bot does not decide.")
    words = {"yes": found.signs_for, "count": found.signs_known, "blind": found.signs_blind}
    if found.signs_blind:
        return _(
            "Signs for a disaster: {yes} of {count}; {blind} more could not be read. The bot does not decide.",
            **words,
        )
    return _("Signs for a disaster: {yes} of {count}. The bot does not decide.", **words)


def deadline_text(case: Case, service: Service, found: Assessment, clock: Clock) -> str:
    """`Decide by 02:14 or the RTO of 30m is lost.`"""
    rto, looked = span_text(service.rto), case.looked
    remaining = looked.prospect.remaining if looked is not None else None
    if found.deadline is None or found.rto_ends is None:
        why = _("when the impact began is not known") if found.rto_ends is None else _("how long it takes is not known")
        return _("The deadline to decide is UNKNOWN: {why}.", why=why)
    words = {"at": clock(found.deadline), "rto": rto, "takes": span_text(remaining), "ends": clock(found.rto_ends)}
    if found.state == "passed":
        return _(
            "The last moment to decide was {at}: a failover takes {takes}, and the RTO of {rto} ends at {ends}.",
            **words,
        )
    return _(
        "Decide by {at} or the RTO of {rto} is lost: a failover takes {takes}, and the RTO ends at {ends}.", **words
    )


def waiting_costs(case: Case, service: Service, found: Assessment, clock: Clock, quote: Quote = str) -> Iterator[str]:
    """What it costs not to act."""
    looked = case.looked
    if looked is None or looked.impact_at is None:
        yield _("Users may be without the service; since when is UNKNOWN.")
    else:
        yield _("Users have been without the service since {at} ({source}).", at=clock(looked.impact_at),
                source=quote(looked.impact_source))  # fmt: skip
    if found.rto_ends is not None:
        yield _("At {at} the RTO of {rto} is over.", at=clock(found.rto_ends), rto=span_text(service.rto))
    loss = looked.prospect.loss if looked is not None else None
    if loss is None:
        yield _("How much data is at risk, now and later, is UNKNOWN.")
    else:
        yield _(
            "Data at risk now: {loss}. While replication stands still, every minute adds one.", loss=span_text(loss)
        )


def acting_costs(case: Case, service: Service, found: Assessment, quote: Quote = str) -> Iterator[str]:
    """What it costs to act."""
    prospect = case.looked.prospect if case.looked is not None else None
    if prospect is None or prospect.unknown:
        why = prospect.unknown if prospect is not None else _("not looked at yet")
        yield _("What a failover would do is UNKNOWN: {why}", why=quote(why))
        return
    takes = span_text(prospect.remaining)
    yield _("A failover to {region} takes about {takes}.", region=service.recovery_region, takes=takes)
    words = {"loss": span_text(prospect.loss), "rpo": span_text(service.rpo)}
    if found.loss_within is None:
        yield _("Data lost: UNKNOWN (target {rpo}).", **words)
    elif found.loss_within:
        yield _("Data lost: {loss}, within the target of {rpo}.", **words)
    else:
        yield _("Data lost: {loss}, OVER the target of {rpo}.", **words)
    for line in prospect.breaks[:MOST_BREAKS]:
        yield _("Cannot be undone: {what}", what=quote(line))
    if len(prospect.breaks) > MOST_BREAKS:
        more = len(prospect.breaks) - MOST_BREAKS
        yield _n("and {count} more", "and {count} more", more)
    for line in prospect.blocked[:MOST_BREAKS]:
        yield _("BLOCKED now: {why}", why=quote(line))
    if "failback" in service.runbooks:
        yield _("The way back is a failback of its own: {name}.", name=service.runbooks["failback"])


def who_decides(service: Service, catalog: Catalog) -> str:
    """The groups whose members may answer."""
    return ", ".join(responders(service, catalog)) or _("nobody on the roster")


def ending_text(case: Case, clock: Clock, quote: Quote = str) -> str:
    """How it was answered; empty while it is open."""
    end = case.ending
    match end.fact if end is not None else None:
        case CaseDismissed(reason=reason):
            assert end is not None
            return _(
                "Not a disaster, said {who} at {at}: {why}",
                who=quote(end.actor.name),
                at=clock(end.at),
                why=quote(reason),
            )
        case CaseAnswered(run=run):
            assert end is not None
            return _("{who} started {run} at {at}.", who=quote(end.actor.name), run=quote(run), at=clock(end.at))
        case _:
            return ""
