"""Views that list things: the timeline, the runs, the commands.

Promises: the newest is always there; what does not fit is counted, with the way to the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.approval.glass import glass_words
from bot.language import _, _n
from bot.model.run import Run
from bot.model.timeline import Entry, Timeline
from bot.slack.kit import Message, clip, code, escape, header, message, modal, note, paragraphs, text, when, when_day
from bot.slack.views.run_card import rpo_text, rto_text
from bot.slack.views.words import headline, mode_text, span, status_sign, status_text
from bot.timeline.terms import status_words
from bot.usecases.grammar import GROUPS, USAGES, Verb
from bot.usecases.look import RunView

TONES: Mapping[str, str] = {"plain": "·", "good": "✓", "warn": "!", "bad": "✗", "ask": "?"}
_SHOWN = 150
_SHOWN_IN_CHANNEL = 30


def entry_line(entry: Entry, *, in_thread: bool = False) -> str:
    """`✓ 03:12 Ben Okafor: “Warm the cache” was skipped.`; what a person says is marked as said."""
    time = "" if in_thread else f"{when(entry.at)} "
    return f"{TONES[entry.tone]} {time}{_who(entry)}{escape(clip(entry.text, 600))}"


def _who(entry: Entry) -> str:
    """Empty for the bot's own word; what nobody measured is marked as said."""
    said = not entry.sensed and entry.kind != "note_added"
    if entry.who == "bot":
        return f"{_('said')}: " if said else ""
    who = f"*{escape(entry.who)}*{' (cli)' if entry.via == 'cli' else ''}"
    return _("{who} says: ", who=who) if said else f"{who}: "


def timeline_modal(timeline: Timeline) -> View:
    """The newest part of the story, oldest line first."""
    return modal(_("Timeline"), [*_timeline_head(timeline), *_entries(timeline, _SHOWN)])


def timeline_message(timeline: Timeline) -> Message:
    """The same for a channel."""
    shown = timeline.entries[-_SHOWN_IN_CHANNEL:]
    said = _n(
        "Timeline of {run}: {count} entry, {status}.",
        "Timeline of {run}: {count} entries, {status}.",
        len(timeline.entries),
        run=timeline.run,
        status=status_words(timeline.status),
    )
    words = "\n".join([said, *(entry_line(entry) for entry in shown)])
    return message([*_timeline_head(timeline), *_entries(timeline, _SHOWN_IN_CHANNEL)], words)  # fmt: skip


def _timeline_head(timeline: Timeline) -> Iterator[Block]:
    yield text(f"*{escape(timeline.title)}*\n{code(timeline.run)} · {status_words(timeline.status)}")
    rto, rpo = timeline.rto, timeline.rpo
    figures = (
        _("RTO {achieved} of {target}", achieved=span(rto.achieved), target=span(rto.target)),
        _("RPO {achieved} of {target}", achieved=span(rpo.achieved), target=span(rpo.target)),
        mode_text(timeline.mode),
    )
    yield note(" · ".join(figures))
    if timeline.broken_at is not None:
        yield text(_("*The journal was altered at record {seq}.* Do not trust what follows.", seq=timeline.broken_at))


def _entries(timeline: Timeline, shown: int) -> Iterator[Block]:
    hidden = len(timeline.entries) - shown
    if hidden > 0:
        yield note(_n("{count} earlier entry is not shown; to read all: /dr export {run}",
                      "{count} earlier entries are not shown; to read all: /dr export {run}", hidden,
                      run=timeline.run))  # fmt: skip
    yield from paragraphs(entry_line(entry) for entry in timeline.entries[-shown:])


def status_message(view: RunView, lines: Sequence[str], link: str = "") -> Message:
    """Where a run stands, for the one who asked; `lines` say whom it waits for."""
    run, timeline = view.run, view.timeline
    body: list[Block] = [
        text(f"*{headline(run.plan)}* · {code(run.id)}\n{status_text(run)}"),
        text(f"*RTO:* {rto_text(timeline)}\n*RPO:* {rpo_text(run, timeline.rpo)}"),
    ]
    waits = [_("• waits: {line}", line=line) for line in lines]
    body += paragraphs(waits)
    body += paragraphs(entry_line(entry) for entry in timeline.entries[-5:])
    if link:
        body.append(note(f"<{link}|{_('Open the run card')}>"))
    words = _("{what}: {status}.", what=headline(run.plan), status=status_text(run))
    return message(body, "\n".join([words, *waits]))


def service_message(name: str, title: str, lines: Sequence[str]) -> Message:
    """A service that has no run: its objectives and what can be started."""
    words = _("*{service}*: no run is open.", service=escape(title or name))
    return message([text(words), *paragraphs(lines)], "\n".join([words, *lines]))


def runs_message(views: Sequence[RunView]) -> Message:
    """Open runs first, then the newest closed ones."""
    if not views:
        words = _("No run is open, and none was made yet. Start one with: /dr failover <service>")
        return message([text(escape(words))], escape(words))
    lines = [run_line(view.run, view.timeline) for view in views]
    count = sum(not view.run.status.is_over for view in views)
    open_ = _n("{count} run is open.", "{count} runs are open.", count)
    return message([header(_("Runs")), *paragraphs(lines)], "\n".join([open_, *lines]))


def run_line(run: Run, timeline: Timeline) -> str:
    """One run in one line."""
    if run.status.is_over:
        end = _("RTO {achieved} of {target}", achieved=span(timeline.rto.achieved), target=span(timeline.rto.target))
    elif timeline.rto.deadline:
        end = _("back by {deadline}", deadline=when(timeline.rto.deadline))
    else:
        end = _("clock not started")
    sign = status_sign(run)
    red = f" · :red_circle: {escape(clip(words, 200))}" if (words := glass_words(run)) else ""
    begun = _("asked for {when}", when=when_day(run.created_at))
    return f"{sign} *{headline(run.plan)}* {code(run.id)} – {status_text(run)} · {end} · {begun}{red}"


def help_message(now: Sequence[Block] = ()) -> Message:
    """What is possible now, then every command."""
    groups = ["\n".join([f"*{escape(_(name))}*", *map(_usage, verbs)]) for name, verbs in GROUPS.items()]
    end = _("Without a service or run, the one open run is meant. The same words work in a terminal: dr help")
    words = _("Commands: {commands}", commands=", ".join(USAGES))
    return message([*now, header(_("Commands")), *map(text, groups), note(end)], words)


def _usage(verb: Verb) -> str:
    usage = USAGES[verb]
    return f"{code(f'/dr {usage.form}')} – {escape(_(usage.says))}"
