"""From what was seen to the question on the table: what waiting costs, what acting costs, by when to decide. Pure.

Promises: the deadline is the last moment at which a failover that takes as long as predicted still meets the RTO; what
is not known is None. Refuses to decide: people do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.language import told
from bot.model.case import CaseLooked, Sign
from bot.model.service import Objectives

CLOSE = timedelta(minutes=5)
"""How long before the deadline everybody who may decide is told once more."""


@dataclass(frozen=True)
class Assessment:
    """The question, weighed."""

    signs_for: int
    signs_known: int
    signs_blind: int
    """How many more could not be read."""
    deadline: datetime | None
    state: Literal["open", "close", "passed", "unknown"]
    """Of the deadline."""
    rto_ends: datetime | None
    """When the RTO is over, whatever is done."""
    left: timedelta | None
    """Until the deadline; negative when it has passed."""
    loss_within: bool | None
    """Whether the data lost now is within the RPO; None when it is not known."""


def assess(looked: CaseLooked, objectives: Objectives, now: datetime) -> Assessment:
    """Weigh what was seen at `now`."""
    signs = [sign for sign in looked.signs if sign.kind != "standby"]
    telling = [sign for sign in signs if sign.speaks in ("for", "against")]
    ends = looked.impact_at + objectives.rto if looked.impact_at is not None else None
    remaining, loss = looked.prospect.remaining, looked.prospect.loss
    deadline = ends - remaining if ends is not None and remaining is not None else None
    return Assessment(
        signs_for=sum(sign.speaks == "for" for sign in telling),
        signs_known=len(telling),
        signs_blind=sum(sign.speaks == "unknown" for sign in signs),
        deadline=deadline,
        state=_state(deadline, now),
        rto_ends=ends,
        left=deadline - now if deadline is not None else None,
        loss_within=loss <= objectives.rpo if loss is not None else None,
    )


def impact_of(signs: tuple[Sign, ...]) -> tuple[datetime | None, str]:
    """When customers first felt it: the first alarm that is on; and where that was read."""
    on = [sign for sign in signs if sign.kind == "alarm" and sign.speaks == "for"]
    if not on:
        return None, ""
    first = min(on, key=lambda sign: sign.at)
    return first.at.replace(microsecond=0), told("alarm {alarm}, {source}", alarm=first.about, source=first.source)


def _state(deadline: datetime | None, now: datetime) -> Literal["open", "close", "passed", "unknown"]:
    if deadline is None:
        return "unknown"
    if now >= deadline:
        return "passed"
    return "close" if deadline - now <= CLOSE else "open"
