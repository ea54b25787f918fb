"""The messages about people around a run: offered roles, words to those outside, the reminder that a word is due.

Promises: pure, and the same for the same run; a status update has one message per channel, for good.
Refuses to know what was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from bot.model.incident_events import StatusPosted
from bot.model.run import Run
from bot.model.service import Catalog
from bot.model.timeline import Entry
from bot.slack.desired import Desired, Priority
from bot.slack.views.roles import offer
from bot.slack.views.status import status_message, status_nag
from bot.usecases.look import RunView
from bot.usecases.status_update import due_at

DUE = "due:"
"""How the key of a reminder begins; one that is not wanted any more is taken out of the channel."""


def incident_messages(view: RunView, catalog: Catalog, told: Collection[str] = ()) -> dict[str, Desired]:
    """By key: `offer:<role>:<seq>`, `status:<seq>:<number>`, `due:<epoch>`. Updates among `told` are never redrawn."""
    return {
        **dict(_offers(view, catalog)),
        **dict(_updates(view, told)),
        **dict(_reminder(view.run, catalog, view.timeline.as_of)),
    }


def _offers(view: RunView, catalog: Catalog) -> Iterator[tuple[str, Desired]]:
    for entry in view.timeline.entries:
        if entry.kind == "role_offered":
            role = str(entry.detail.get("role", ""))
            said = offer(view, role, entry.seq, catalog)
            yield f"offer:{role}:{entry.seq}", Desired(said, Priority.APPROVAL, entry.seq, thread=True, broadcast=True)


def _updates(view: RunView, told: Collection[str]) -> Iterator[tuple[str, Desired]]:
    for entry in view.timeline.entries:
        if entry.kind == "status_posted":
            yield from _update(view.run, entry, told)


def _update(run: Run, entry: Entry, told: Collection[str]) -> Iterator[tuple[str, Desired]]:
    fact = StatusPosted.model_validate(entry.detail)
    for number, channel in enumerate(fact.channels):
        key = f"status:{entry.seq}:{number}"
        if key not in told:
            said = status_message(run, fact, entry.who, entry.at)
            yield key, Desired(said, Priority.FAILURE, entry.seq, channel=channel)


def _reminder(run: Run, catalog: Catalog, now: datetime) -> Iterator[tuple[str, Desired]]:
    due = due_at(run, catalog)
    if due is not None and now >= due:
        said = status_nag(run, due, catalog)
        yield f"{DUE}{int(due.timestamp())}", Desired(said, Priority.FAILURE, run.seq, thread=True, broadcast=True)
