"""Reading what an app wrote: all the words of a message or view, and the things in it that can be clicked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.local.workspace.blocks import elements_of
from bot.local.workspace.kinds import Json

WORDY = ("text", "title", "alt_text", "value_text", "url")


def text_of(thing: Json) -> str:
    """Every word of a message or view that a person would see: its blocks when it has any, else its text."""
    files = [file.get("title", "") for file in thing.get("files", [])]
    attached = list(_words(thing.get("attachments", [])))
    title = list(_words(thing.get("title")))
    blocks = list(_words(thing.get("blocks", [])))
    return "\n".join([*title, *(blocks or [thing.get("text") or ""]), *attached, *files])


def action_ids(thing: Json) -> list[str]:
    """The action_ids of everything in a message or view that can be clicked or filled in, in order."""
    return [element["action_id"] for element in elements(thing) if "action_id" in element]


def elements(thing: Json) -> Iterator[Json]:
    """The interactive elements of a message or view."""
    for block in thing.get("blocks", []):
        for element, _ in elements_of(block):
            yield element


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and name in WORDY:
                yield inner
            elif isinstance(inner, dict | list):
                yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)
