"""What people do around a run, in the past tense: who holds which role, what others were told, what was kept.

Promises: none of these moves a step. Refuses to know the journal; they travel in it like every other fact.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bot.model.base import Frozen


class RoleClaimed(Frozen):
    """Somebody holds the role from here."""

    kind: Literal["role_claimed"] = "role_claimed"
    role: str
    person: str
    name: str
    was: str = ""
    """The name of who held it until now; empty when nobody did."""
    why: str = ""


class RoleOffered(Frozen):
    """The holder asks somebody to take the role over; until it is accepted, nothing changes hands."""

    kind: Literal["role_offered"] = "role_offered"
    role: str
    to: str
    name: str


class RoleAccepted(Frozen):
    """The receiver has read the brief and holds the role from here."""

    kind: Literal["role_accepted"] = "role_accepted"
    role: str
    person: str
    name: str
    was: str


class StatusPosted(Frozen):
    """What those outside the incident are told, in the poster's own words."""

    kind: Literal["status_posted"] = "status_posted"
    what: str
    """What happened."""
    text: str
    """Where we are."""
    next_at: datetime | None = None
    channels: tuple[str, ...]


class StatusSnoozed(Frozen):
    """The reminder to tell others rests; for good when `until` is empty."""

    kind: Literal["status_snoozed"] = "status_snoozed"
    until: datetime | None = None


class FileKept(Frozen):
    """A file that was shared in the channel was copied beside the journal."""

    kind: Literal["file_kept"] = "file_kept"
    name: str
    sha256: str
    size: int
    source: str
    """Where it was shared, as the other system names it."""
    said_at: datetime | None = None


OfIncident = RoleClaimed | RoleOffered | RoleAccepted | StatusPosted | StatusSnoozed | FileKept
