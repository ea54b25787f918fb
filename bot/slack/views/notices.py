"""Thread lines: one per timeline entry that is news to the people in the channel.

Promises: what has a message of its own (a gate and its approvals, a manual step, a question and its answer) gets no
second one; starts and looks are left to the card. Failures that nobody is asked about, and the end, are shown in the
channel too, with the name of their run, since several may end there.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.language import _
from bot.model.timeline import Entry
from bot.slack.kit import Message, code, message, text
from bot.slack.views.lists import entry_line
from bot.slack.views.words import headline, span
from bot.usecases.look import RunView

QUIET = frozenset(
    {
        "run_created", "step_started", "step_executed", "step_observed", "gate_opened", "manual_opened",
        "manual_answered", "step_needs_person", "person_chose", "undo_started", "exported",
    }
)  # fmt: skip
"""Kinds that the card or a message of their own tells already."""
LOUD = frozenset({"step_failed", "undo_failed", "run_finished", "abort_asked"})


def lines_of(view: RunView) -> Iterator[Entry]:
    """The entries worth a line in the thread, oldest first."""
    for entry in view.timeline.entries:
        if entry.kind not in QUIET and entry.detail.get("decision") != "approve":
            yield entry


def is_loud(entry: Entry) -> bool:
    """Whether the line is shown in the channel besides the thread."""
    return entry.kind in LOUD and (entry.kind == "run_finished" or entry.tone == "bad")


def notice(entry: Entry, view: RunView) -> Message:
    """One line of the thread; the last one tells what was achieved."""
    words = entry_line(entry, in_thread=True)
    if entry.kind == "run_finished":
        rto, rpo = view.timeline.rto, view.timeline.rpo
        achieved = _(
            "RTO *{rto}* (target {rto_target}), RPO *{rpo}* (target {rpo_target}).",
            rto=span(rto.achieved), rto_target=span(rto.target),
            rpo=span(rpo.achieved), rpo_target=span(rpo.target),
        )  # fmt: skip
        words = f"{words}\n{achieved}"
    if is_loud(entry):
        words = f"*{headline(view.run.plan)}* {code(view.run.id)}\n{words}"
    return message([text(words)], words)
