"""Timeline and records → JSON, complete enough to prove that nothing was changed since.

Promises: every record travels with its hash in the form that was hashed; `verify_export` needs nothing but the
document. Refuses to know where the document is kept: that a whole document was made anew shows only against an anchor
outside of it, such as the head's hash in a ticket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from bot.model.base import canonical, digest
from bot.model.records import Record, chain
from bot.model.text import in_words
from bot.model.timeline import Timeline
from bot.timeline.visible import INVISIBLE

FORMAT = "dr-timeline/1"
HOW_TO_VERIFY = (
    "hash = sha256(hash of the record before, as text, '' for the first + the record without `hash` as JSON with "
    "sorted keys, no spaces, UTF-8). The last hash is timeline.head; timeline_sha256 is over the timeline in the same "
    "form."
)


def to_json(timeline: Timeline, records: Sequence[Record]) -> str:
    """The document, indented; invisible characters and markup are escaped, so that the raw text is safe to look at."""
    story = in_words(timeline.model_dump(mode="json"))
    document = {
        "format": FORMAT,
        "how_to_verify": HOW_TO_VERIFY,
        "timeline": story,
        "timeline_sha256": digest(story),
        "records": [record.model_dump(mode="json", by_alias=True) for record in records],
    }
    return _harmless(json.dumps(document, ensure_ascii=False, indent=1)) + "\n"


def verify_export(data: str | bytes | Mapping[str, JsonValue]) -> int | None:
    """None for an untouched document, else the number of the first record that is not as it was.

    0 means that the records hold, or cannot be read at all, and that what was told around them was changed.
    """
    try:
        document = json.loads(data, object_pairs_hook=_no_doubles) if isinstance(data, str | bytes) else data
    except ValueError:
        return 0
    if not isinstance(document, Mapping):
        return 0
    records, story = document.get("records"), document.get("timeline")
    if not isinstance(records, list) or not isinstance(story, dict):
        return 0
    return _first_break(records, story) if document.get("timeline_sha256") == digest(story) else _break_or_zero(records)


def _first_break(records: list[JsonValue], story: Mapping[str, JsonValue]) -> int | None:
    found = _chain_break(records)
    if found is not None:
        return found
    count, last = story.get("records"), records[-1] if records else {}
    if len(records) != count or not isinstance(last, dict):
        return min(len(records), count) + 1 if isinstance(count, int) else 0
    return None if last.get("hash") == story.get("head") else 0


def _break_or_zero(records: list[JsonValue]) -> int:
    return _chain_break(records) or 0


def _chain_break(records: list[JsonValue]) -> int | None:
    prev = ""
    for expected, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            return expected
        prev = chain(prev, canonical({name: value for name, value in record.items() if name != "hash"}))
        if record.get("seq") != expected or record.get("hash") != prev:
            return expected
    return None


def _no_doubles(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Readers disagree on which of two equal keys counts; a document that has them was made by somebody else."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _harmless(text: str) -> str:
    """Escape within strings; outside of them none of these characters occurs, but for line breaks of our own."""
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return "\n".join(INVISIBLE.sub(_escape, line) for line in text.split("\n"))


def _escape(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]
