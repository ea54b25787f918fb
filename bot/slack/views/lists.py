"""Views that list things: the timeline, the runs, the commands.

Promises: the newest is always there; what does not fit is counted, with the way to the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.model.run import Run
from bot.model.timeline import Entry, Timeline
from bot.slack.kit import Message, clip, code, escape, header, message, modal, note, paragraphs, text, when, when_day
from bot.slack.views.run_card import rpo_text, rto_text
from bot.slack.views.words import headline, mode_text, span, status_text
from bot.timeline.terms import STATUS_TEXTS
from bot.usecases.grammar import USAGES
from bot.usecases.look import RunView

TONES: Mapping[str, str] = {"plain": "·", "good": "✓", "warn": "!", "bad": "✗", "ask": "?"}
_SHOWN = 150
_SHOWN_IN_CHANNEL = 30


def entry_line(entry: Entry, *, in_thread: bool = False) -> str:
    """`✓ 03:12 Ben Okafor: “Warm the cache” was skipped.`; what a person says is marked as said."""
    who = "" if entry.who == "bot" else f"*{escape(entry.who)}*{' (cli)' if entry.via == 'cli' else ''}: "
    said = "" if entry.sensed or entry.kind == "note_added" else "said: "
    time = "" if in_thread else f"{when(entry.at)} "
    return f"{TONES[entry.tone]} {time}{who}{said}{escape(clip(entry.text, 600))}"


def timeline_modal(timeline: Timeline) -> View:
    """The newest part of the story, oldest line first."""
    return modal("Timeline", [*_timeline_head(timeline), *_entries(timeline, _SHOWN)])


def timeline_message(timeline: Timeline) -> Message:
    """The same for a channel."""
    words = f"Timeline of {timeline.run}: {len(timeline.entries)} entries, {STATUS_TEXTS[timeline.status]}."
    return message([*_timeline_head(timeline), *_entries(timeline, _SHOWN_IN_CHANNEL)], words)


def _timeline_head(timeline: Timeline) -> Iterator[Block]:
    yield text(f"*{escape(timeline.title)}*\n{code(timeline.run)} · {STATUS_TEXTS[timeline.status]}")
    yield note(f"RTO {span(timeline.rto.achieved)} of {span(timeline.rto.target)} · RPO {span(timeline.rpo.achieved)}"
               f" of {span(timeline.rpo.target)} · {mode_text(timeline.mode)}")  # fmt: skip
    if timeline.broken_at is not None:
        yield text(f"*The journal was altered at record {timeline.broken_at}.* Do not trust what follows.")


def _entries(timeline: Timeline, shown: int) -> Iterator[Block]:
    hidden = len(timeline.entries) - shown
    if hidden > 0:
        yield note(f"{hidden} earlier entries are not shown; to read all: /dr export {timeline.run}")
    yield from paragraphs(entry_line(entry) for entry in timeline.entries[-shown:])


def status_message(view: RunView, lines: Sequence[str], link: str = "") -> Message:
    """Where a run stands, for the one who asked; `lines` say whom it waits for."""
    run, timeline = view.run, view.timeline
    body: list[Block] = [
        text(f"*{headline(run.plan)}* · {code(run.id)}\n{status_text(run)}"),
        text(f"*RTO:* {rto_text(timeline)}\n*RPO:* {rpo_text(run, timeline.rpo)}"),
    ]
    body += paragraphs(f"• waits: {line}" for line in lines)
    body += paragraphs(entry_line(entry) for entry in timeline.entries[-5:])
    if link:
        body.append(note(f"<{link}|Open the run card>"))
    return message(body, f"{headline(run.plan)}: {status_text(run)}.")


def service_message(name: str, title: str, lines: Sequence[str]) -> Message:
    """A service that has no run: its objectives and what can be started."""
    body = [text(f"*{escape(title or name)}*: no run is open."), *paragraphs(lines)]
    return message(body, f"{escape(name)}: no run is open.")


def runs_message(views: Sequence[RunView]) -> Message:
    """Open runs first, then the newest closed ones."""
    if not views:
        words = "No run is open, and none was made yet. Start one with: /dr failover <service>"
        return message([text(escape(words))], escape(words))
    body = [header("Runs"), *paragraphs(run_line(view.run, view.timeline) for view in views)]
    return message(body, f"{sum(not view.run.status.is_over for view in views)} runs are open.")


def run_line(run: Run, timeline: Timeline) -> str:
    """One run in one line."""
    if run.status.is_over:
        end = f"RTO {span(timeline.rto.achieved)} of {span(timeline.rto.target)}"
    elif timeline.rto.deadline:
        end = f"back by {when(timeline.rto.deadline)}"
    else:
        end = "clock not started"
    sign = "–" if run.status.is_over else "▶"
    return f"{sign} *{headline(run.plan)}* {code(run.id)} – {status_text(run)} · {end} · {when_day(run.created_at)}"


def help_message() -> Message:
    """Every command with an example."""
    lines = [f"{code(f'/dr {usage.form}')}\n      {escape(usage.says)}" for usage in USAGES.values()]
    end = "Without a service or run, the one open run is meant. The same words work in a terminal: dr help"
    return message([header("Disaster recovery"), *paragraphs(lines), note(end)], "Commands: " + ", ".join(USAGES))
