"""How a run came about, as evidence in its own timeline: the case that was opened, the alarms it heard, the signs.

Promises: an alarm's evidence is the alarm's word, not the requester's. Refuses to look at anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.language import told
from bot.model.case import AlarmHeard, Case, CaseOpened, Sign
from bot.model.events import EvidenceSeen
from bot.model.people import Actor

ALARM = Actor(name="alarm", via="alarm")


def of_alarm(alarm: str, region: str, state: str, at: datetime) -> EvidenceSeen:
    """An alarm changed its state."""
    what = told("alarm {alarm} went to {state}", alarm=alarm, state=state)
    return EvidenceSeen(what=what, happened_at=at, source=f"CloudWatch {region}", tells_impact=state == "ALARM")


def testimony(case: Case) -> Iterator[tuple[Actor, EvidenceSeen]]:
    """Who tells what: the opening, every alarm that was heard, and what spoke for a disaster when people decided."""
    for entry in case.entries:
        match entry.fact:
            case CaseOpened(why=why):
                opened = told("a case was opened: {why}", why=why)
                yield entry.actor, EvidenceSeen(what=opened, happened_at=entry.at, source=case.id, tells_impact=False)
            case AlarmHeard(alarm=alarm, region=region, state=state, happened_at=at):
                yield entry.actor, of_alarm(alarm, region, state, at)
    for sign in case.looked.signs if case.looked is not None else ():
        if sign.speaks == "for":
            yield ALARM, EvidenceSeen(what=_sign(sign), happened_at=sign.at, source=sign.source)


def _sign(sign: Sign) -> str:
    match sign.kind:
        case "alarm":
            return told("alarm {alarm}: {seen}", alarm=sign.about, seen=sign.seen)
        case "health":
            return told("AWS Health: {seen}", seen=sign.seen)
        case "primary":
            return told("the primary at {url}: {seen}", url=sign.about, seen=sign.seen)
        case "standby":
            return told("the standby at {url}: {seen}", url=sign.about, seen=sign.seen)
