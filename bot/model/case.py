"""A case: the question "is this a disaster?", with what was seen and how people answered.

Promises: a fold of its entries, oldest first; what was not seen is unknown, never fine. Refuses to know runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from bot.model.base import Duration, Frozen
from bot.model.people import Actor
from bot.model.service import Id, Region
from bot.model.text import Text

PREFIX = "case:"


class Sign(Frozen):
    """One thing that was looked at."""

    kind: Literal["alarm", "health", "primary", "standby"]
    about: str
    """The alarm's name, the region, the address."""
    speaks: Literal["for", "against", "nothing", "unknown"]
    """Whether it speaks for a disaster."""
    seen: Text
    source: Text
    at: datetime
    """When it became so, where the source tells; else when it was looked at."""


class Prospect(Frozen):
    """What a failover would mean, as planned at this moment."""

    remaining: Duration | None = None
    """From the start to the verified end; None is UNKNOWN."""
    loss: Duration | None = None
    """Data lost if we acted now; None is UNKNOWN, never zero."""
    loss_evidence: Text = ""
    breaks: tuple[Text, ...] = ()
    """What cannot be taken back, one phrase each."""
    blocked: tuple[Text, ...] = ()
    """Why it could not be started."""
    unknown: Text = ""
    """Why nothing is known of it; empty when something is."""


class CaseOpened(Frozen):
    kind: Literal["case_opened"] = "case_opened"
    service: Id
    why: Text


class CaseLooked(Frozen):
    """Everything was looked at."""

    kind: Literal["case_looked"] = "case_looked"
    impact_at: datetime | None
    impact_source: Text
    signs: tuple[Sign, ...]
    prospect: Prospect


class AlarmHeard(Frozen):
    """An alarm changed its state."""

    kind: Literal["alarm_heard"] = "alarm_heard"
    alarm: str
    region: Region
    state: str
    happened_at: datetime
    delivery: str
    """Of the message that told it; the same one counts once."""


class CaseDismissed(Frozen):
    kind: Literal["case_dismissed"] = "case_dismissed"
    reason: str


class CaseAnswered(Frozen):
    """A run was started."""

    kind: Literal["case_answered"] = "case_answered"
    run: str


class RemindAsked(Frozen):
    kind: Literal["remind_asked"] = "remind_asked"
    at: datetime


OfCase = CaseOpened | CaseLooked | AlarmHeard | CaseDismissed | CaseAnswered | RemindAsked
CaseFact = Annotated[OfCase, Field(discriminator="kind")]


class CaseEntry(Frozen):
    """One line of a case."""

    at: datetime
    actor: Actor
    fact: CaseFact


class Case(Frozen):
    """The question as it stands."""

    id: str
    service: str
    why: Text
    opened_at: datetime
    entries: tuple[CaseEntry, ...]

    @classmethod
    def of(cls, id: str, entries: Sequence[CaseEntry]) -> Case:
        """Raises ValueError when it does not begin with its opening."""
        first = entries[0].fact if entries else None
        if not isinstance(first, CaseOpened):
            raise ValueError(f"{id} does not begin with case_opened")
        return cls(id=id, service=first.service, why=first.why, opened_at=entries[0].at, entries=tuple(entries))

    @property
    def looked(self) -> CaseLooked | None:
        """The newest look."""
        return next((e.fact for e in reversed(self.entries) if isinstance(e.fact, CaseLooked)), None)

    @property
    def looked_at(self) -> datetime | None:
        return next((e.at for e in reversed(self.entries) if isinstance(e.fact, CaseLooked)), None)

    @property
    def ending(self) -> CaseEntry | None:
        """How it was answered; None while it is open."""
        return next((e for e in self.entries if isinstance(e.fact, CaseDismissed | CaseAnswered)), None)

    @property
    def deliveries(self) -> frozenset[str]:
        return frozenset(e.fact.delivery for e in self.entries if isinstance(e.fact, AlarmHeard))

    @property
    def reminders(self) -> tuple[tuple[int, CaseEntry], ...]:
        """Who wants to be reminded, with the entry's number."""
        return tuple((n, e) for n, e in enumerate(self.entries) if isinstance(e.fact, RemindAsked))


def is_case(id: str) -> bool:
    """Whether an id is a case's; no run's looks like it."""
    return id.startswith(PREFIX)
