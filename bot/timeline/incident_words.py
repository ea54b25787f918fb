"""The sentences about people around a run: roles, words to those outside, files that were kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from bot.approval.roles import role_words
from bot.language import _
from bot.model.incident_events import (
    FileKept,
    OfIncident,
    RoleAccepted,
    RoleClaimed,
    RoleOffered,
    StatusPosted,
    StatusSnoozed,
)
from bot.model.timeline import Tone
from bot.timeline.terms import listed


def tell_incident(fact: OfIncident) -> tuple[str, Tone]:
    """One sentence, and how it sounds."""
    match fact:
        case RoleClaimed() | RoleOffered() | RoleAccepted():
            return _of_roles(fact)
        case StatusPosted():
            channels = listed(fact.channels)
            words = {"what": fact.what.rstrip("."), "text": fact.text.rstrip("."), "channels": channels}
            if fact.next_at is None:
                return _("Told in {channels}: {what}. {text}.", **words), "good"
            told = _("Told in {channels}: {what}. {text}. The next word comes at {at}.", **words, at=_at(fact.next_at))
            return told, "good"
        case StatusSnoozed(until=None):
            return _("The reminder to tell others was switched off."), "plain"
        case StatusSnoozed(until=until):
            assert until is not None
            return _("The reminder to tell others rests until {at}.", at=_at(until)), "plain"
        case FileKept():
            words = {"name": fact.name, "size": f"{fact.size:,}", "digest": fact.sha256[:12]}
            return _("The file {name} was copied: {size} bytes, sha256 {digest}….", **words), "plain"
        case _:
            assert_never(fact)


def _of_roles(fact: RoleClaimed | RoleOffered | RoleAccepted) -> tuple[str, Tone]:
    words = {"who": fact.name, "role": role_words(fact.role)}
    match fact:
        case RoleOffered():
            return _("{who} was asked to take over as {role}; nothing changes hands before a yes.", **words), "ask"
        case RoleAccepted():
            return _("{who} has read the brief and takes over as {role} from {was}.", **words, was=fact.was), "good"
        case RoleClaimed(was=""):
            return _("{who} is {role} now.", **words), "good"
        case RoleClaimed() if fact.why:
            text = _("{who} is {role} now, in the place of {was}: {why}", **words, was=fact.was, why=fact.why)
            return text if text.endswith((".", "!", "?")) else f"{text}.", "warn"
        case _:
            return _("{who} is {role} now, in the place of {was}.", **words, was=fact.was), "warn"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%H:%M} UTC"
