"""What people typed into Slack, as they saw it: Slack marks up mentions, channels and links on their way to us.

Promises: no id and no markup of Slack's is left where a name is known, so that a note reads the same in every export;
a link keeps its address. Refuses to know commands and runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.slack.kit import Json

_TOKEN = re.compile(r"<(?:([@#!])([^<>|\s]+)|([a-z][a-z0-9+.-]*:[^<>|\s]*))(?:\|([^<>]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_HEADS = ("pretext", "title", "text")


def as_typed(text: str, name_of: Callable[[str], str]) -> str:
    """The text without Slack's markup; `name_of` turns a person's id into a name, empty for one that nobody knows."""
    plain = _TOKEN.sub(lambda found: _seen(found[1], found[2] or found[3], found[4] or "", name_of), text)
    for entity, character in _ENTITIES:
        plain = plain.replace(entity, character)
    return plain


def mentioned_in(text: str) -> list[str]:
    """The ids of the people that a text names, each once."""
    return list(dict.fromkeys(found[2] for found in _TOKEN.finditer(text) if found[1] == "@"))


def words_of(message: Json) -> str:
    """What a message says, marked up; of an alert that says nothing itself, what is attached to it or drawn in it."""
    if said := str(message.get("text") or "").strip():
        return said
    attached = [line for each in message.get("attachments") or [] for line in _attached(each)]
    return "\n".join(attached or _texts(message.get("blocks") or []))


def _seen(kind: str | None, what: str, label: str, name_of: Callable[[str], str]) -> str:
    match kind:
        case "@":
            return f"@{name_of(what) or label or what}"
        case "#":
            return f"#{label or what}"
        case "!":
            return label or f"@{what.partition('^')[0]}"
        case _:
            address = what.removeprefix("mailto:").removeprefix("tel:")
            return address if not label else label if label in address else f"{label} ({address})"


def _attached(attachment: Json) -> list[str]:
    drawn = [str(attachment[head]) for head in _HEADS if attachment.get(head)]
    return drawn or list(_texts(attachment.get("blocks") or [])) or [str(attachment.get("fallback") or "")]


def _texts(value: object) -> Iterator[str]:
    """Every text of blocks, in order."""
    match value:
        case {"text": str() as words}:
            yield words
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
