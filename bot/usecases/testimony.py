"""How a run came about, as evidence in its own timeline: the case that was opened, the alarms it heard, the signs.

Promises: an alarm's evidence is the alarm's word, not the requester's. Refuses to look at anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.language import together, told
from bot.model.case import AlarmHeard, Case, CaseOpened
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
                opened = told("{case} was opened: {why}", case=case.id, why=why)
                yield entry.actor, EvidenceSeen(what=opened, happened_at=entry.at, source=case.id, tells_impact=False)
            case AlarmHeard(alarm=alarm, region=region, state=state, happened_at=at):
                yield entry.actor, of_alarm(alarm, region, state, at)
    for sign in case.looked.signs if case.looked is not None else ():
        if sign.speaks == "for":
            what = together((sign.about, sign.seen), ": ")
            yield ALARM, EvidenceSeen(what=what, happened_at=sign.at, source=sign.source)
