"""Reads one YAML file into nodes, guarded.

Promises an answer within 50 ms and a sentence with line and column for whatever it refuses: more than 256 KB, anchors
and aliases, tags, duplicate keys, nesting deeper than 32, several documents, tabs, control characters, keys that are
not text. Uses libyaml's events; values follow YAML 1.2 (see core_schema). Refuses to know what a runbook is.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.language import told
from bot.model.errors import Problems
from bot.model.problem import Problem
from bot.runbook.core_schema import resolve
from bot.runbook.nodes import Entry, Map, Node, Scalar, Sequence_, Spot
from bot.runbook.stumbles import explained

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_VALUES = 12_000
MAX_TOLD = 200

_UNWANTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def bytes_of(file: Path) -> bytes:
    """As much of a file as is needed to read or to refuse it, however large it is. Raises OSError."""
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES + 1)


def read(text: str | bytes, path: str) -> Node:
    """The file's content as nodes. Raises Problems with every reason to refuse it."""
    node, problems = scan(text, path)
    if node is None or problems:
        raise Problems(problems)
    return node


def scan(text: str | bytes, path: str) -> tuple[Map | None, list[Problem]]:
    """Like `read`, for a caller who wants to go on: the nodes as far as they could be read, and all problems."""
    found: list[_Refusal] = []
    node: Map | None = None
    try:
        node = _Composer(_clean(text), found).document()
    except _Refusal as refusal:
        found.append(refusal)
    return node, [refusal.problem(path) for refusal in found]


class _Refusal(Exception):
    def __init__(self, code: str, text: str, spot: Spot) -> None:
        super().__init__(text)
        self.code, self.text, self.spot = code, text, spot

    def problem(self, path: str) -> Problem:
        return Problem(path=path, line=self.spot.line, column=self.spot.column, text=self.text, code=self.code)


def _clean(text: str | bytes) -> str:
    start = Spot(1, 1)
    if len(text) > MAX_BYTES:
        raise _Refusal(
            "too-large", told("The file is larger than {most} KB. Split the runbook.", most=MAX_BYTES // 1024), start
        )
    if isinstance(text, bytes):
        text = _decoded(text)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if found := _UNWANTED.search(text):
        spot = _spot_in(text, found.start())
        if found.group() == "\t":
            raise _Refusal("tab", told("There is a tab here. Use spaces."), spot)
        name = f"U+{ord(found.group()):04X}"
        raise _Refusal(
            "control-character", told("There is an invisible character ({name}) here. Remove it.", name=name), spot
        )
    return text


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise _Refusal("not-utf-8", told("The file is not UTF-8. Save it as UTF-8."), Spot(line, column)) from error


def _spot_in(text: str, index: int) -> Spot:
    return Spot(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


class _Composer:
    """Turns events into nodes; collects what can be collected, stops at what cannot be read past."""

    def __init__(self, text: str, found: list[_Refusal]) -> None:
        self.text, self.found, self.values = text, found, 0
        self._loader = yaml.CSafeLoader(text)

    def document(self) -> Map:
        node: Node | None = None
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self._check_document(event, again=node is not None)
                node = self._node(self._next(), depth=1)
        if node is None or (isinstance(node, Scalar) and node.value is None):
            raise _Refusal("empty", told("The file is empty. Begin with `schema: dr/v1`."), Spot(1, 1))
        if not isinstance(node, Map):
            raise _Refusal(
                "not-a-mapping", told("The file must be a mapping of keys, like `schema: dr/v1`."), node.spot
            )
        return node

    def _check_document(self, event: yaml.DocumentStartEvent, *, again: bool) -> None:
        if again:
            raise _Refusal(
                "several-documents", told("A second document begins here. One file holds one."), _spot(event)
            )
        if event.version or event.tags:
            raise _Refusal("directive", told("Remove the % directive: files are YAML 1.2 without tags."), _spot(event))

    def _note(self, refusal: _Refusal) -> None:
        if len(self.found) < MAX_TOLD:
            self.found.append(refusal)

    def _next(self) -> yaml.Event:
        try:
            event = self._loader.get_event()
        except yaml.MarkedYAMLError as error:
            raise _Refusal("not-yaml", *explained(error, self.text)) from error
        except yaml.YAMLError as error:
            raise _Refusal("not-yaml", told("This is not YAML: {error}", error=error), Spot(1, 1)) from error
        assert event is not None  # there is none only after the end of the stream, and nobody reads on there
        return event

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self.values += 1
        if self.values > MAX_VALUES:
            text = told("The file holds more than {most} values. Split the runbook.", most=MAX_VALUES)
            raise _Refusal("too-many-values", text, _spot(event))
        if depth > MAX_DEPTH:
            raise _Refusal("too-deep", told("Nesting is deeper than {most}. Flatten it.", most=MAX_DEPTH), _spot(event))
        assert isinstance(event, yaml.NodeEvent)
        spot = _spot(event)
        if type(event) is yaml.ScalarEvent and event.anchor is None and event.tag is None:  # nearly all of a file
            return self._scalar(event, spot)
        tag = getattr(event, "tag", None)
        if event.anchor is not None or tag is not None:
            self._note_marks(event, tag, spot)
        match event:
            case yaml.ScalarEvent():
                return self._scalar(event, spot)
            case yaml.SequenceStartEvent():
                return self._sequence(spot, depth)
            case yaml.MappingStartEvent():
                return self._mapping(spot, depth)
            case _:  # an alias
                return Scalar(None, "", spot)

    def _note_marks(self, event: yaml.NodeEvent, tag: str | None, spot: Spot) -> None:
        anchor = event.anchor
        if anchor is not None:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            text = told(
                "Anchors and aliases ({sign}{anchor}) are not used here. Write the value out.", sign=sign, anchor=anchor
            )
            self._note(_Refusal("alias", text, spot))
        if tag is not None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self._note(_Refusal("tag", told("Tags ({shown}) are not used here. Remove it.", shown=shown), spot))

    def _scalar(self, event: yaml.ScalarEvent, spot: Spot) -> Scalar:
        raw = self.text[event.start_mark.index : event.end_mark.index] if event.start_mark and event.end_mark else ""
        plain = event.implicit[0] and not raw.startswith(("'", '"', "|", ">"))
        if not plain:
            return Scalar(event.value, raw, spot, plain=False)
        try:
            return Scalar(resolve(event.value), raw, spot)
        except ValueError as error:
            self._note(_Refusal("quote-it", str(error), spot))
            return Scalar(event.value, raw, spot, plain=False)

    def _sequence(self, spot: Spot, depth: int) -> Sequence_:
        items: list[Node] = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._node(event, depth + 1))
        return Sequence_(tuple(items), spot)

    def _mapping(self, spot: Spot, depth: int) -> Map:
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key_node = self._node(event, depth + 1)
            key = self._key(key_node)
            value = self._node(self._next(), depth + 1)
            if key in entries:
                text = told(
                    "The key {key} is here twice; first on line {line}. Keep one.",
                    key=repr(key),
                    line=entries[key].spot.line,
                )
                self._note(_Refusal("duplicate-key", text, key_node.spot))
            elif key is not None:
                entries[key] = Entry(key, value, key_node.spot)
        return Map(entries, spot)

    def _key(self, node: Node) -> str | None:
        if not isinstance(node, Scalar):
            self._note(_Refusal("key-not-text", told("A key must be text, not a list or a mapping."), node.spot))
            return None
        if node.plain and node.value == "<<":
            text = told("Merge keys (<<) are not used here. Write the keys out.")
            self._note(_Refusal("merge-key", text, node.spot))
            return None
        if not isinstance(node.value, str):
            shown = node.raw or told("an empty key")
            text = told(
                'A key must be text; {shown} is not. Put it in quotes if it is meant: "{raw}".',
                shown=shown,
                raw=node.raw,
            )
            self._note(_Refusal("key-not-text", text, node.spot))
            return None
        return node.value


def _spot(event: yaml.Event) -> Spot:
    mark = event.start_mark
    return Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)
