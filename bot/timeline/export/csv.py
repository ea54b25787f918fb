"""Timeline → CSV (RFC 4180), one row per entry, for spreadsheets.

Promises: no cell is taken for a formula. Refuses to carry the proof; that is the JSON export's.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC

from bot.model.records import Record
from bot.model.timeline import Entry, Timeline
from bot.timeline.visible import visible

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_FORMULA_INSIDE = re.compile(rf"(;\s*)(?=[{re.escape(''.join(_FORMULA))}])")
HEADER = ("seq", "at", "since_impact_s", "who", "via", "kind", "step", "tone", "source", "text")


def to_csv(timeline: Timeline, records: Sequence[Record]) -> str:
    """The entries in order, times in UTC, with a header row."""
    del records  # every export is called alike
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(_row(timeline, entry) for entry in timeline.entries)
    return out.getvalue()


def _row(timeline: Timeline, entry: Entry) -> tuple[str | int | float, ...]:
    impact = timeline.rto.started_at
    return (
        entry.seq,
        entry.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "" if impact is None else round((entry.at - impact).total_seconds(), 3),
        neutral(entry.who),
        neutral(entry.via),
        neutral(entry.kind),
        neutral(entry.step),
        entry.tone,
        "measured" if entry.sensed else "stated",
        neutral(entry.text),
    )


def neutral(text: str) -> str:
    """Text that a spreadsheet shows and never computes (OWASP, CSV injection).

    Also where it begins a new cell at a semicolon, as it does in most of Europe.
    """
    text = visible(text)
    guarded = _FORMULA_INSIDE.sub(r"\1'", text)
    return f"'{guarded}" if text.lstrip().startswith(_FORMULA) else guarded
