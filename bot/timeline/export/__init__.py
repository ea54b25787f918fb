"""The timeline as files: one pure function per format, all called alike.

Promises: harmless to open, whatever text came from outside. Refuses to know where the file goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.model.errors import NotFound
from bot.model.records import Record
from bot.model.timeline import Timeline
from bot.timeline.export.csv import to_csv
from bot.timeline.export.html import to_html
from bot.timeline.export.json import to_json, verify_export
from bot.timeline.export.markdown import to_markdown

__all__ = ["EXPORTS", "export", "file_name", "verify_export"]

EXPORTS: Mapping[str, Callable[[Timeline, Sequence[Record]], str]] = {
    "html": to_html,
    "md": to_markdown,
    "json": to_json,
    "csv": to_csv,
}
"""By file extension."""


def export(name: str, timeline: Timeline, records: Sequence[Record]) -> str:
    """The text of one export; raises NotFound with the formats there are."""
    if name not in EXPORTS:
        raise NotFound("export format", name, EXPORTS)
    return EXPORTS[name](timeline, records)


def file_name(name: str, timeline: Timeline) -> str:
    """`<run>.<ext>`; whatever a path could trip over is replaced."""
    return "".join(mark if mark.isalnum() or mark in "-_" else "_" for mark in timeline.run) + f".{name}"
