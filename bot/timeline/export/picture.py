"""The geometry of the report's pictures: moments become places. Pure numbers; refuses to know SVG, colours or HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.language import _, _n
from bot.model.timeline import Span, Timeline
from bot.timeline.export.reading import utc
from bot.timeline.terms import span_text, state_words
from bot.timeline.visible import visible

_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800)
_ASKS = frozenset({"gate_opened", "manual_opened", "step_needs_person"})
_ANSWERS = frozenset({
    "gate_granted", "manual_answered", "person_chose", "step_started", "step_settled", "step_skipped", "step_failed",
    "abort_asked", "run_finished",
})  # fmt: skip
GLYPHS = {"done": "✓", "failed": "✗", "skipped": "↷", "unknown": "?", "undone": "↶", "running": "…", "asking": "…"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The paper a picture is drawn on; `labels_above` puts a step's title over its bar instead of left of it."""

    name: str
    width: int
    left: int
    right: int
    row: int
    ticks: int
    labels_above: bool
    letters: int
    """How many letters of a title fit."""


WIDE = Sheet(name="wide", width=1040, left=306, right=1028, row=27, ticks=8, labels_above=False, letters=44)
NARROW = Sheet(name="narrow", width=358, left=2, right=352, row=40, ticks=4, labels_above=True, letters=48)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time in a row."""

    x: float
    width: float
    kind: str
    """`wait`, `ask` or `run`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One step."""

    y: int
    span: Span
    label: str
    bars: tuple[Bar, ...]
    note: str
    note_x: float
    note_before: bool
    no_return_x: float | None
    tip: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A Gantt picture, ready to be drawn."""

    sheet: Sheet
    height: int
    top: int
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    impact: Tick | None
    deadline: Tick | None
    later: str
    """The deadline in words, when it lies too far right to be drawn."""


@dataclass(frozen=True, slots=True)
class _Scale:
    start: datetime
    end: datetime
    sheet: Sheet

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return round(self.sheet.left + min(max(share, 0.0), 1.0) * (self.sheet.right - self.sheet.left), 1)


def gantt(timeline: Timeline, sheet: Sheet) -> Picture:
    """Every step of the run on one time axis, from customer impact (or the start) to the end."""
    scale = _scale(timeline, sheet)
    deadline = timeline.rto.deadline
    drawn = deadline is not None and deadline <= scale.end
    top = 46
    rows = tuple(_rows(timeline, scale, top))
    impact = timeline.rto.started_at
    return Picture(
        sheet=sheet,
        height=top + len(rows) * sheet.row + 12,
        top=top,
        rows=rows,
        ticks=tuple(_ticks(scale)),
        impact=Tick(scale.x(impact), "impact") if impact else None,
        deadline=Tick(scale.x(deadline), "RTO") if deadline and drawn else None,
        later=_("RTO deadline {at} →", at=utc(deadline, "%H:%M:%S")) if deadline and not drawn else "",
    )


def _scale(timeline: Timeline, sheet: Sheet) -> _Scale:
    """From the first to the last moment that matters; a deadline counts if it does not squeeze the rest."""
    start = min([timeline.started_at, *([timeline.rto.started_at] if timeline.rto.started_at else [])])
    ends = [span.ended_at for span in timeline.spans if span.ended_at]
    end = max([timeline.ended_at or timeline.as_of, start + timedelta(seconds=10), *ends])
    deadline = timeline.rto.deadline
    if deadline and end < deadline <= end + (end - start) * 0.6:
        end = deadline
    return _Scale(start, end + (end - start) * 0.02, sheet)


def _ticks(scale: _Scale) -> Iterator[Tick]:
    whole = (scale.end - scale.start).total_seconds()
    step = next((step for step in _STEPS if whole / step <= scale.sheet.ticks), int(whole / scale.sheet.ticks) + 1)
    form = "%H:%M:%S" if step < 60 else "%H:%M" if step < 86400 else "%m-%d"
    at = (int(scale.start.timestamp()) // step + 1) * step
    while at < scale.end.timestamp():
        moment = datetime.fromtimestamp(at, tz=UTC)
        yield Tick(scale.x(moment), moment.strftime(form))
        at += step


def _rows(timeline: Timeline, scale: _Scale, top: int) -> Iterator[Row]:
    now = timeline.ended_at or timeline.as_of
    asks = _asks(timeline, now)
    deadline = timeline.rto.deadline
    edge = scale.x(deadline) if deadline else scale.sheet.right
    for index, span in enumerate(timeline.spans):
        bars = tuple(_bars(span, asks.get(span.step, []), scale, now))
        note = _note(span, now, asks.get(span.step, []))
        note_x, before = _note_place(bars, 6.6 * len(note), edge, scale.sheet)
        crossed = span.point_of_no_return and span.started_at is not None
        yield Row(
            y=top + index * scale.sheet.row,
            span=span,
            label=_shorten(span.title, scale.sheet.letters),
            bars=bars,
            note=note,
            note_x=note_x,
            note_before=before,
            no_return_x=scale.x(span.started_at) if crossed and span.started_at else None,
            tip=tip(span, now),
        )


def _note_place(bars: tuple[Bar, ...], wide: float, edge: float, sheet: Sheet) -> tuple[float, bool]:
    """Where a row's words stand: after its bars, or before them where they would run over the right edge."""
    first = min([bar.x for bar in bars], default=float(sheet.left))
    last = max([bar.x + bar.width for bar in bars], default=float(sheet.left))
    fits_before = first - wide - 6 > sheet.left
    limit = edge if last < edge else sheet.right
    before = fits_before and last + wide + 10 > limit
    return round(first - 6 if before else last + 6, 1), before


def _bars(span: Span, asks: list[tuple[datetime, datetime]], scale: _Scale, now: datetime) -> Iterator[Bar]:
    by_hand = span.kind in ("approve", "manual")
    end = span.ended_at or now
    never_sent = span.state == "failed" and span.started_at is None
    if span.opened_at and (span.started_at or asks or never_sent):
        first = min([at for at in (span.started_at, *(ask[0] for ask in asks)) if at is not None], default=end)
        yield from _bar(scale, span.opened_at, first, "wait", 0)
    if span.started_at and not by_hand and span.state != "waiting":
        yield from _bar(scale, span.started_at, end, "run", 3)
    for since, until in asks:
        yield from _bar(scale, since, until, "ask", 3)


def _bar(scale: _Scale, since: datetime, until: datetime, kind: str, least: float) -> Iterator[Bar]:
    """A stretch at least `least` wide, so that a step of a second can still be seen."""
    x, to = scale.x(since), scale.x(until)
    width = round(max(to - x, least), 1)
    if width > 0:
        yield Bar(min(x, scale.sheet.right - width), width, kind)


def _asks(timeline: Timeline, now: datetime) -> dict[str, list[tuple[datetime, datetime]]]:
    """By step, the stretches in which it waited for a person."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    since: dict[str, datetime] = {}
    for entry in timeline.entries:
        if entry.kind in _ASKS:
            since.setdefault(entry.step, entry.at)
        elif entry.kind in _ANSWERS and entry.step in since:
            found.setdefault(entry.step, []).append((since.pop(entry.step), entry.at))
    for step, at in since.items():
        found.setdefault(step, []).append((at, now))
    return found


def took(span: Span, now: datetime) -> timedelta | None:
    """From the first intent or question to the end; None for what has not begun."""
    begun = span.started_at
    return (span.ended_at or now) - begun if begun and span.state != "waiting" else None


def _note(span: Span, now: datetime, asks: list[tuple[datetime, datetime]]) -> str:
    """`✓ 8s, asked 5m 17s`: how it stands, how long it ran, and how long people were asked before."""
    lasted = took(span, now)
    text = span_text(lasted) if lasted is not None else ""
    word = f" {state_words(span.state)}" if span.state not in ("done", "waiting") else ""
    begun = span.started_at if span.kind not in ("approve", "manual") else None
    asked = sum((until - since for since, until in asks if begun and until <= begun), timedelta(0))
    stands = f"{GLYPHS.get(span.state, '·')} {text}{word}".strip()
    if asked < timedelta(seconds=1):
        return stands
    return _("{stands}, asked {span}", stands=stands, span=span_text(asked))


def tip(span: Span, now: datetime) -> str:
    """A step in one line, for a pointer that rests on it and for readers that cannot see it."""
    lasted = took(span, now)
    parts = [f"{span.title}: {state_words(span.state)}"]
    if lasted is not None:
        began = utc(span.started_at, "%H:%M:%S")
        parts.append(_("began {at} UTC, took {span}", at=began, span=span_text(lasted)))
    if span.attempts > 1:
        parts.append(_n("{count} attempt", "{count} attempts", span.attempts))
    if span.seen:
        parts.append(span.seen)
    return visible("; ".join(parts))


def _shorten(text: str, letters: int) -> str:
    text = visible(text)
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Segment:
    """One phase in the bar under the RTO, in thousandths of the whole bar."""

    name: str
    x: float
    width: float
    span: timedelta


@dataclass(frozen=True, slots=True)
class PhaseBar:
    """The RTO as a bar; `target_x` is where the time allowed ends."""

    segments: tuple[Segment, ...]
    target_x: float


def phase_bar(timeline: Timeline) -> PhaseBar | None:
    """The phases on a bar that is as long as the target, or the time it took when that is longer."""
    phases = timeline.rto.phases
    total = sum((phase.span for phase in phases), timedelta(0))
    whole = max(total, timeline.rto.target)
    if not phases or not whole:
        return None
    segments, x = [], 0.0
    for phase in phases:
        width = phase.span / whole * 1000
        segments.append(Segment(phase.name, round(x, 2), round(width, 2), phase.span))
        x += width
    return PhaseBar(tuple(segments), round(timeline.rto.target / whole * 1000, 2))


@dataclass(frozen=True, slots=True)
class LossBar:
    """The RPO as a bar, in thousandths."""

    lost_x: float
    target_x: float


def loss_bar(timeline: Timeline) -> LossBar | None:
    """The data lost, on a bar that is as long as the target, or the loss when that is longer."""
    lost, target = timeline.rpo.achieved, timeline.rpo.target
    whole = max(lost, target) if lost is not None else timedelta(0)
    if lost is None or not whole:
        return None
    return LossBar(round(lost / whole * 1000, 2), round(target / whole * 1000, 2))
