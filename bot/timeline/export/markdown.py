"""Timeline → Markdown, the beginning of a post-incident review.

Promises: the facts filled in, the questions that only people can answer left open; text from outside stays text.
Refuses to judge anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.model.events import Record
from bot.model.plan import Mode
from bot.model.timeline import Entry, Timeline
from bot.timeline.export.reading import decisions, route, since, status_text, troubles, utc, verdict
from bot.timeline.terms import PHASE_MEANINGS, PHASE_TEXTS, span_text
from bot.timeline.visible import visible

_MARKUP = re.compile(r"[\\`*\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[#+=-]")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_TONES = {"plain": "", "good": "✓ ", "warn": "⚠ ", "bad": "✗ ", "ask": "? "}


def to_markdown(timeline: Timeline, records: Sequence[Record]) -> str:
    """One document, sections in the order in which a review reads them."""
    del records  # every export is called alike
    sections = (
        _head(timeline),
        _objectives(timeline),
        _left_over(timeline),
        _troubles(timeline),
        _decisions(timeline),
        _timeline(timeline),
        _people(timeline),
        _REVIEW,
        _proof(timeline),
    )
    return "\n\n".join(sections) + "\n"


def plain(text: str) -> str:
    """Outside text in which no character means anything to Markdown, inside tables too."""
    text = _MARKUP.sub(r"\\\g<0>", visible(text))
    return _NUMBERED.sub(r"\1\\\2", text).translate(_ENTITIES)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _head(timeline: Timeline) -> str:
    source, target = route(timeline)
    facts = [
        ("Outcome", f"**{status_text(timeline)}**"),
        ("Run", f"`{timeline.run}`"),
        ("Service", plain(timeline.service_title or timeline.service)),
        ("From → to", f"{source} → {target}"),
        ("Strategy", f"{timeline.strategy.value} standby"),
        ("Asked for by", plain(timeline.requester.name)),
        ("Why", plain(timeline.reason) or "–"),
        ("Impact began", f"{utc(timeline.rto.started_at)} UTC" if timeline.rto.started_at else "UNKNOWN"),
        ("Run began", f"{utc(timeline.started_at)} UTC"),
        ("Run ended", f"{utc(timeline.ended_at)} UTC" if timeline.ended_at else "still open"),
        ("Runbook", plain(f"{timeline.runbook.name}, version {timeline.runbook.version}")),
    ]
    dry = timeline.mode is Mode.DRY_RUN
    notice = "\n\n> **Rehearsal.** This was a dry run: reads were real, every write was simulated." if dry else ""
    return f"# {plain(timeline.title)}{notice}\n\n{_table(('', timeline.kind.capitalize()), facts)}"


def _objectives(timeline: Timeline) -> str:
    rto, rpo = timeline.rto, timeline.rpo
    rows = (
        ("RTO", span_text(rto.target), span_text(rto.achieved), verdict(rto.achieved, rto.target, rto.met),
         plain(rto.evidence)),
        ("RPO", span_text(rpo.target), span_text(rpo.achieved), verdict(rpo.achieved, rpo.target, rpo.met),
         plain(rpo.evidence)),
    )  # fmt: skip
    text = f"## Objectives\n\n{_table(('', 'Target', 'Achieved', 'Verdict', 'Evidence'), rows)}"
    if not rto.phases:
        return text
    phases = [(PHASE_TEXTS[phase.name], span_text(phase.span), PHASE_MEANINGS[phase.name]) for phase in rto.phases]
    return f"{text}\n\n{_table(('Phase', 'Took', 'What it is'), phases)}"


def _left_over(timeline: Timeline) -> str:
    items = [f"- [ ] {plain(left.text)}" for left in timeline.left_over]
    return "## Left to do\n\n" + ("\n".join(items) or "Nothing that the run knows of.")


def _troubles(timeline: Timeline) -> str:
    items = [f"- {utc(entry.at, '%H:%M:%S')} {plain(entry.text)}" for entry in troubles(timeline)]
    return "## What did not go as planned\n\n" + ("\n".join(items) or "Everything went as planned.")


def _decisions(timeline: Timeline) -> str:
    rows = [(utc(entry.at, "%H:%M:%S"), _who(entry), plain(entry.text)) for entry in decisions(timeline)]
    title = "## Decisions and approvals\n\n"
    return title + (_table(("UTC", "Who", "What"), rows) if rows else "Nobody had to decide anything.")


def _timeline(timeline: Timeline) -> str:
    start = timeline.rto.started_at or timeline.started_at
    rows = [
        (utc(entry.at, "%H:%M:%S"), since(start, entry.at), _who(entry), f"{_TONES[entry.tone]}{plain(entry.text)}")
        for entry in timeline.entries
    ]
    counted = "customer impact" if timeline.rto.started_at else "the run's start"
    day = utc(start, "%Y-%m-%d")
    legend = (
        f"Times are UTC, {day} on; the second column counts from {counted}. *stated*: said by a person, not measured."
    )
    return f"## Timeline\n\n{legend}\n\n{_table(('UTC', 'Since', 'Who', 'What'), rows)}"


def _who(entry: Entry) -> str:
    return plain(entry.who) + ("" if entry.sensed else " *stated*")


def _people(timeline: Timeline) -> str:
    rows = [(plain(part.person.name), plain("; ".join(part.did))) for part in timeline.people]
    return f"## People\n\n{_table(('Who', 'Did'), rows)}"


_REVIEW = """## Review

_To be written by the people who were there. No blame: what made sense to them at the time?_

### Contributing factors

### What helped

### What was in the way

### Where we were lucky

### Follow-ups

| What | Who | By when |
| --- | --- | --- |
|  |  |  |"""


def _proof(timeline: Timeline) -> str:
    state = "unbroken" if timeline.broken_at is None else f"**BROKEN at record {timeline.broken_at}**"
    rows = (
        ("Chain", f"{state}, {timeline.records} records"),
        ("Newest record", f"`{timeline.head}`"),
        ("Plan", f"`{timeline.plan_hash}`"),
        ("Runbook digest", f"`{timeline.runbook.digest}`"),
        ("git commit", plain(timeline.runbook.commit) or "–"),
        ("As of", f"{utc(timeline.as_of)} UTC"),
    )
    return f"## Proof\n\n{_table(('', 'sha256 and origin'), rows)}"
