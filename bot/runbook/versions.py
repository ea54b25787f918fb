"""Versions of runbooks: which is newer, and that one version never has two contents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from bot.language import told
from bot.model.runbook import LoadedRunbook

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)

Order = tuple[tuple[int, int, int], bool, tuple[tuple[int, int, str], ...]]


def order_of(version: int | str) -> Order:
    """A key to sort versions by, oldest first. Raises ValueError for what is neither a whole number nor semver."""
    text = str(version)
    if text.isdigit():
        return (int(text), 0, 0), True, ()
    match = _SEMVER.fullmatch(text)
    if not match:
        raise ValueError(
            told(
                '{text} is not a version; write a whole number like 4, or semver in quotes like "1.4.0"',
                text=repr(text),
            )
        )
    major, minor, patch, pre = match.groups()
    return (
        (int(major), int(minor), int(patch)),
        pre is None,
        tuple(_identifier(each) for each in (pre or "").split(".")),
    )


def newest(books: Iterable[LoadedRunbook]) -> LoadedRunbook:
    """The one with the highest version."""
    return max(books, key=lambda book: order_of(book.runbook.version))


def contested(books: Iterable[LoadedRunbook]) -> list[Sequence[LoadedRunbook]]:
    """Groups of files that claim one name and version with different content."""

    def claim(book: LoadedRunbook) -> tuple[str, str]:
        return book.ref.name, book.ref.version

    groups = [list(group) for _, group in groupby(sorted(books, key=claim), key=claim)]
    return [group for group in groups if len({book.ref.digest for book in group}) > 1]


def _identifier(text: str) -> tuple[int, int, str]:
    return (0, int(text), "") if text.isdigit() else (1, 0, text)
