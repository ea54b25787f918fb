"""A parsed YAML file as frozen nodes that know where they stand.

Promises a line and a column (both from 1) for every key and value, also inside multi-line text. Refuses to know
what a runbook is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

Path = tuple[str | int, ...]
"""Keys and indexes from the root: `("steps", "promote_db", "with", "group")`."""


class Spot(NamedTuple):
    """A place in a file."""

    line: int
    column: int


class Scalar(NamedTuple):
    """One value. `raw` is its text in the file, quotes included."""

    value: str | int | float | bool | None
    raw: str
    spot: Spot
    plain: bool = True
    """Written without quotes, so that YAML decided its type."""

    def spot_of(self, offset: int, marker: str = "") -> Spot:
        """Where character `offset` of the value stands in the file; `marker` is the text that begins there.

        Folding, escapes and indentation make the file's text differ from the value's, so the marker is searched
        for: as many times as it occurs in the value before `offset`.
        """
        if not isinstance(self.value, str) or ("\n" not in self.raw and "\\" not in self.raw):
            return Spot(self.spot.line, self.spot.column + offset + (0 if self.plain else 1))
        at = -1
        for _ in range(self.value.count(marker, 0, offset) + 1 if marker else 0):
            at = self.raw.find(marker, at + 1)
        if at < 0:
            return self.spot
        before = self.raw[:at]
        lines = before.count("\n")
        column = at - before.rfind("\n") if lines else self.spot.column + at
        return Spot(self.spot.line + lines, column)


@dataclass(frozen=True, slots=True)
class Sequence_:
    """A list."""

    items: tuple[Node, ...]
    spot: Spot


class Entry(NamedTuple):
    """A key and its value."""

    key: str
    value: Node
    spot: Spot
    """Of the key."""


@dataclass(frozen=True, slots=True)
class Map:
    """Keys in the order of the file; the reader has refused duplicates."""

    entries: Mapping[str, Entry]
    spot: Spot

    def entry(self, key: str | int) -> Entry | None:
        return self.entries.get(key) if isinstance(key, str) else None


Node = Scalar | Sequence_ | Map


def data(node: Node) -> JsonValue:
    """The node's content without its places."""
    match node:
        case Scalar():
            return node.value
        case Sequence_():
            return [data(each) for each in node.items]
        case Map():
            return {each.key: data(each.value) for each in node.entries.values()}


def child(node: Node | None, step: str | int) -> Node | None:
    """One step down; None when there is nothing."""
    match node:
        case Map():
            entry = node.entry(step)
            return entry.value if entry else None
        case Sequence_() if isinstance(step, int) and 0 <= step < len(node.items):
            return node.items[step]
        case _:
            return None


def at(node: Node, path: Sequence[str | int]) -> Node | None:
    """The node at `path`, or None."""
    here: Node | None = node
    for step in path:
        here = child(here, step)
    return here


def value_spot(node: Node, path: Sequence[str | int]) -> Spot:
    """Where the value at `path` stands, its key when the value is empty, or else the nearest thing above it."""
    return _spot(node, path, key=False)


def key_spot(node: Node, path: Sequence[str | int]) -> Spot:
    """Where the key at `path` stands, or else the nearest thing above it."""
    return _spot(node, path, key=True)


def _spot(node: Node, path: Sequence[str | int], *, key: bool) -> Spot:
    here, best = node, node.spot
    for step in path:
        below = child(here, step)
        if below is None:
            return best
        entry = here.entry(step) if isinstance(here, Map) else None
        best = entry.spot if entry else below.spot
        here = below
    empty = isinstance(here, Scalar) and not here.raw
    return best if key or empty else here.spot


def scalars(node: Node, path: Path = ()) -> Iterator[tuple[Path, Scalar]]:
    """Every value with its path, in the order of the file."""
    match node:
        case Scalar():
            yield path, node
        case Sequence_():
            for index, item in enumerate(node.items):
                yield from scalars(item, (*path, index))
        case Map():
            for each in node.entries.values():
                yield from scalars(each.value, (*path, each.key))
