"""Timeline → Markdown, the beginning of a post-incident review.

Promises: the facts filled in, the questions that only people can answer left open; text from outside stays text.
Refuses to judge anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.language import _, _n, later
from bot.model.events import RunReviewed
from bot.model.plan import Mode
from bot.model.records import Record
from bot.model.timeline import Entry, Timeline
from bot.timeline.export.reading import decisions, since, status_text, troubles, utc, verdict
from bot.timeline.terms import PHASE_MEANINGS, PHASE_TEXTS, kind_words, span_text, strategy_words
from bot.timeline.visible import visible

_MARKUP = re.compile(r"[\\`*\[\]|~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[#+=-]")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_TONES = {"plain": "", "good": "✓ ", "warn": "⚠ ", "bad": "✗ ", "ask": "? "}


def to_markdown(timeline: Timeline, records: Sequence[Record]) -> str:
    """One document, sections in the order in which a review reads them."""
    sections = (
        _head(timeline),
        _objectives(timeline),
        _left_over(timeline),
        _troubles(timeline),
        _decisions(timeline),
        _timeline(timeline),
        _people(timeline),
        _review(records),
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
    source, target = timeline.way
    facts = [
        (_("Outcome"), f"**{status_text(timeline)}**"),
        (_("Run"), f"`{timeline.run}`"),
        (_("Service"), plain(timeline.service_title or timeline.service)),
        (_("From → to"), f"{source} → {target}"),
        (_("Strategy"), strategy_words(timeline.strategy.value)),
        (_("Asked for by"), plain(timeline.requester.name)),
        (_("Why"), plain(timeline.reason) or "–"),
        (_("Impact began"), f"{utc(timeline.rto.started_at)} UTC" if timeline.rto.started_at else _("UNKNOWN")),
        (_("Run began"), f"{utc(timeline.started_at)} UTC"),
        (_("Run ended"), f"{utc(timeline.ended_at)} UTC" if timeline.ended_at else _("still open")),
        (_("Runbook"), plain(_runbook(timeline))),
    ]
    dry = timeline.mode is Mode.DRY_RUN
    words = _("**Rehearsal.** This was a dry run: reads were real, every write was simulated.")
    notice = f"\n\n> {words}" if dry else ""
    return f"# {plain(timeline.title)}{notice}\n\n{_table(('', kind_words(timeline.kind).capitalize()), facts)}"


def _runbook(timeline: Timeline) -> str:
    return _("{name}, version {version}", name=timeline.runbook.name, version=timeline.runbook.version)


def _objectives(timeline: Timeline) -> str:
    rto, rpo = timeline.rto, timeline.rpo
    rows = (
        ("RTO", span_text(rto.target), span_text(rto.achieved), verdict(rto.achieved, rto.target, rto.met),
         plain(rto.evidence)),
        ("RPO", span_text(rpo.target), span_text(rpo.achieved), verdict(rpo.achieved, rpo.target, rpo.met),
         plain(rpo.evidence)),
    )  # fmt: skip
    header = ("", _("Target"), _("Achieved"), _("Verdict"), _("Evidence"))
    text = f"## {_('Objectives')}\n\n{_table(header, rows)}"
    if not rto.phases:
        return text
    phases = [
        (_(PHASE_TEXTS[phase.name]), span_text(phase.span), _(PHASE_MEANINGS[phase.name])) for phase in rto.phases
    ]
    return f"{text}\n\n{_table((_('Phase'), _('Took'), _('What it is')), phases)}"


def _left_over(timeline: Timeline) -> str:
    items = [f"- [ ] {plain(left.text)}" for left in timeline.left_over]
    return f"## {_('Left to do')}\n\n" + ("\n".join(items) or _("Nothing that the run knows of."))


def _troubles(timeline: Timeline) -> str:
    items = [f"- {utc(entry.at, '%H:%M:%S')} {plain(entry.text)}" for entry in troubles(timeline)]
    return f"## {_('What did not go as planned')}\n\n" + ("\n".join(items) or _("Everything went as planned."))


def _decisions(timeline: Timeline) -> str:
    rows = [(utc(entry.at, "%H:%M:%S"), _who(entry), plain(entry.text)) for entry in decisions(timeline)]
    table = _table(("UTC", _("Who"), _("What")), rows) if rows else _("Nobody had to decide anything.")
    return f"## {_('Decisions and approvals')}\n\n{table}"


def _timeline(timeline: Timeline) -> str:
    start = timeline.rto.started_at or timeline.started_at
    rows = [
        (utc(entry.at, "%H:%M:%S"), since(start, entry.at), _who(entry), f"{_TONES[entry.tone]}{plain(entry.text)}")
        for entry in timeline.entries
    ]
    text = (
        later("Times are UTC, {day} on; the second column counts from customer impact.")
        if timeline.rto.started_at
        else later("Times are UTC, {day} on; the second column counts from the run's start.")
    )
    legend = f"{_(text, day=utc(start, '%Y-%m-%d'))} {_('*stated*: said by a person, not measured.')}"
    return f"## {_('Timeline')}\n\n{legend}\n\n{_table(('UTC', _('Since'), _('Who'), _('What')), rows)}"


def _who(entry: Entry) -> str:
    return plain(entry.who) + ("" if entry.sensed else f" *{_('stated')}*")


def _people(timeline: Timeline) -> str:
    rows = [(plain(part.person.name), plain("; ".join(part.did))) for part in timeline.people]
    return f"## {_('People')}\n\n{_table((_('Who'), _('Did')), rows)}"


def _review(records: Sequence[Record]) -> str:
    """What only people can say: what they wrote down, with the questions asked and the answers left open."""
    asked = _("To be written by the people who were there. No blame: what made sense to them at the time?")
    questions = (_("Contributing factors"), _("What helped"), _("What was in the way"), _("Where we were lucky"))
    said = [
        f"- {plain(fact.name)}, {utc(record.at)} UTC: {plain(fact.comment)}"
        for record in records
        if isinstance(fact := record.fact, RunReviewed)
    ]
    parts = [
        f"## {_('Review')}",
        *(["\n".join(said)] if said else []),
        f"_{asked}_",
        *(f"### {question}" for question in questions),
    ]
    follow_ups = _table((_("What"), _("Who"), _("By when")), [("", "", "")])
    return "\n\n".join([*parts, f"### {_('Follow-ups')}", follow_ups])


def _proof(timeline: Timeline) -> str:
    if timeline.broken_at is None:
        state = _n("unbroken, {count} record", "unbroken, {count} records", timeline.records)
    else:
        state = _("**BROKEN at record {number}**, {count} records", number=timeline.broken_at, count=timeline.records)
    rows = (
        (_("Chain"), state),
        (_("Newest record"), f"`{timeline.head}`"),
        (_("Plan"), f"`{timeline.plan_hash}`"),
        (_("Runbook digest"), f"`{timeline.runbook.digest}`"),
        (_("git commit"), plain(timeline.runbook.commit) or "–"),
        (_("As of"), f"{utc(timeline.as_of)} UTC"),
    )
    return f"## {_('Proof')}\n\n{_table(('', _('sha256 and origin')), rows)}"
