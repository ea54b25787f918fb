"""Words of the terminal: times, spans, marks and tables, all safe against text from outside.

Promises: nothing printed can move the cursor or hide; no meaning rests on colour alone. Refuses to know runs and plans.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from rich import box
from rich.console import Console, ConsoleOptions
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from bot.language import _, again, later
from bot.timeline.terms import span_text, state_words
from bot.timeline.visible import visible

MARKS = {
    "waiting": ("·", "dim"),
    "asking": ("?", "bold yellow"),
    "running": ("▸", "bold cyan"),
    "done": ("✓", "green"),
    "skipped": ("–", "dim"),
    "failed": ("✗", "bold red"),
    "unknown": ("!", "bold magenta"),
    "undone": ("↺", "yellow"),
}
_VERDICTS = {True: later("met"), False: later("MISSED"), None: later("not judged")}
TONES = {"plain": "", "good": "green", "warn": "yellow", "bad": "red", "ask": "bold yellow"}
_ANY_WIDTH = 10_000
"""Columns: what a table would take if nothing were in its way."""


def text(words: object, style: str = "") -> Text:
    """Words from anywhere, on one line, every character visible."""
    return Text(visible(again(str(words))), style=style)


def heading(words: str) -> Text:
    return text(words, "bold")


def mark(state: str) -> Text:
    """A sign and the word, so that it can be read without colour."""
    sign, style = MARKS.get(state, ("·", ""))
    return Text(f"{sign} {state_words(state)}", style=style)


def clock(at: datetime | None) -> str:
    """Local wall time with seconds; a dash when there is none."""
    return at.astimezone().strftime("%H:%M:%S") if at else "–"


def near(at: datetime, now: datetime) -> str:
    """The wall time, and the day as well where that is another one than today."""
    return clock(at) if at.astimezone().date() == now.astimezone().date() else moment(at)


def moment(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def span(length: timedelta | None) -> str:
    """`4m 40s`; UNKNOWN when it is not known, never zero."""
    return span_text(length)


def verdict(met: bool | None) -> str:
    return _(_VERDICTS[met])


def grid(headers: Sequence[str], rows: Iterable[Sequence[Text | str]], *, wraps: Collection[str] = ()) -> Table:
    """A table whose columns named in `wraps` give way on a narrow terminal; the others are never cut."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold", no_wrap=header not in wraps)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else text(cell) for cell in row))
    return table


class Fitting:
    """The wide of two tables where no word of it has to be torn, else the narrow one."""

    def __init__(self, wide: Table, narrow: Table) -> None:
        self._wide, self._narrow = wide, narrow

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        needs = Measurement.get(console, options.update(max_width=_ANY_WIDTH), self._wide).minimum
        yield self._wide if needs <= options.max_width else self._narrow


def facts(pairs: Iterable[tuple[str, Text | str]]) -> Table:
    """Labelled lines."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in pairs:
        table.add_row(label, value if isinstance(value, Text) else text(value))
    return table
