"""What a run looks like told as a story, with the measures that matter.

Cards, exports and history read this, never the journal.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from bot.model.base import Duration, Frozen
from bot.model.debt import Debt
from bot.model.people import Person
from bot.model.plan import Mode
from bot.model.runbook import RunbookRef
from bot.model.service import RunKind, Strategy, way

Tone = Literal["plain", "good", "warn", "bad", "ask"]


class Entry(Frozen):
    """One line of the story."""

    seq: int
    at: datetime
    kind: str
    """The fact's kind, as in the journal."""
    who: str
    """A person's name, or `bot`."""
    via: str
    text: str
    """One plain sentence, without markup."""
    step: str = ""
    tone: Tone = "plain"
    sensed: bool = True
    """Measured by the bot; False for what a person asserted."""
    detail: dict[str, JsonValue] = {}


class Span(Frozen):
    """One step on the time axis."""

    step: str
    title: str
    kind: str
    action: str = ""
    state: Literal["waiting", "asking", "running", "done", "skipped", "failed", "unknown", "undone"]
    opened_at: datetime | None = None
    """When its needs were met."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    seen: str = ""
    how: str = ""
    point_of_no_return: bool = False


class Phase(Frozen):
    """A part of the RTO; phases follow each other without gap or overlap."""

    name: Literal["detect", "decide", "approve", "execute", "verify"]
    span: Duration


class Rto(Frozen):
    """Time from customer impact to the verified end. `achieved` None is UNKNOWN (or still running), never zero."""

    achieved: Duration | None
    target: Duration
    met: bool | None
    started_at: datetime | None
    ended_at: datetime | None
    deadline: datetime | None
    phases: tuple[Phase, ...] = ()
    evidence: str
    """Names the fact and the time source behind each end."""


class Rpo(Frozen):
    """Data lost, in time. `achieved` None is UNKNOWN, never zero."""

    achieved: Duration | None
    target: Duration
    met: bool | None
    recovery_point: datetime | None
    evidence: str


class PersonPart(Frozen):
    """Who did what."""

    person: Person
    did: tuple[str, ...]


class LeftOver(Frozen):
    """Something still to be done after the run: unfenced primary, failed undo, skipped step."""

    step: str
    text: str


class Timeline(Frozen):
    """Everything a reader needs to know about one run."""

    run: str
    service: str
    service_title: str = ""
    strategy: Strategy
    kind: RunKind
    mode: Mode
    title: str
    runbook: RunbookRef
    plan_hash: str
    requester: Person
    reason: str = ""
    inputs: dict[str, JsonValue] = {}
    primary_region: str
    recovery_region: str
    status: str
    """As `bot.model.run.Status`."""
    started_at: datetime
    ended_at: datetime | None
    as_of: datetime
    entries: tuple[Entry, ...]
    spans: tuple[Span, ...]
    rto: Rto
    rpo: Rpo
    people: tuple[PersonPart, ...] = ()
    left_over: tuple[LeftOver, ...] = ()
    debts: tuple[Debt, ...] = ()
    """Changes of this run that stand and have to be taken back some day."""
    records: int
    head: str
    """Hash of the newest record."""
    broken_at: int | None = None
    """First record that does not follow from the one before; None for an unbroken chain."""

    @property
    def way(self) -> tuple[str, str]:
        """The region that was left, and the one that was gone to."""
        return way(self.kind, self.primary_region, self.recovery_region)
