"""What the roles of an incident are called, wherever they are read: on a card, in a request, in the timeline.

Refuses to know who holds them.
"""

from __future__ import annotations

from bot.language import later, told

ROLES: dict[str, str] = {
    "ic": later("incident commander"),
    "ops": later("operations"),
    "comms": later("communications"),
}
"""The roles that every incident knows; others of the catalogue go by their own name."""


def role_words(role: str) -> str:
    """`incident commander`, to be kept or said at once; a group or a person stays as it is."""
    return told(ROLES[role]) if role in ROLES else role
