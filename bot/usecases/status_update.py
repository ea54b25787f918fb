"""Tell those outside the incident: what happened, where we are, when the next word comes.

Promises: the words are a person's; the bot only fills in what it knows, posts them once, and reminds. Refuses to know
how a channel is reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.approval.authorize import Situation, must_be_allowed
from bot.language import _
from bot.model.errors import Refused, UserError
from bot.model.events import Fact
from bot.model.incident_events import StatusPosted, StatusSnoozed
from bot.model.plan import Mode
from bot.model.run import Run
from bot.model.service import Catalog, Notify
from bot.timeline.brief import deadline, here, open_asks, standing
from bot.timeline.terms import kind_words
from bot.usecases.desk import Caller, Desk
from bot.usecases.look import RunView

LIMIT = 1200
SNOOZE = timedelta(minutes=10)


@dataclass(frozen=True)
class Update:
    """A status update, as drafted or as posted."""

    what: str
    text: str
    next_at: datetime | None
    channels: tuple[str, ...]


def notify_of(run: Run, catalog: Catalog) -> Notify:
    """Whom a run tells, and how often: the runbook's word, else the service's, else its own channel."""
    service = catalog.services.get(run.plan.service.name, run.plan.service)
    planned, own = run.plan.notify or Notify(), service.notify or Notify()
    return Notify(
        status_every=planned.status_every or own.status_every, to=planned.to or own.to or (run.plan.service.channel,)
    )


def due_at(run: Run, catalog: Catalog) -> datetime | None:
    """When the next word is due; None when nobody waits for one or wants to be reminded."""
    every, incident = notify_of(run, catalog).status_every, run.incident
    if every is None or incident.stopped or run.status.is_over or run.plan.mode is not Mode.LIVE:
        return None
    told = incident.told
    due = run.created_at + every
    if told is not None:
        due = told.fact.next_at or told.at + every
    return max(due, incident.resting_until) if incident.resting_until is not None else due


def draft(view: RunView, catalog: Catalog) -> Update:
    """What can be said now; a person reads it before anybody else does."""
    run, told = view.run, view.run.incident.told
    title = run.plan.service.title or run.plan.service.name
    what = told.fact.what if told is not None else _what(run, title)
    lines = [standing(run), deadline(view.timeline) if not run.status.is_over else "", here(run)]
    if asks := open_asks(run, catalog):
        lines.append(_("We wait for: {what}.", what="; ".join(asks)))
    notify = notify_of(run, catalog)
    next_at = view.timeline.as_of + notify.status_every if notify.status_every and not run.status.is_over else None
    return Update(what[:LIMIT], " ".join(line for line in lines if line)[:LIMIT], next_at, notify.to)


async def post_status(desk: Desk, run_id: str, caller: Caller, update: Update) -> Run:
    """Put the update on record; from there it reaches every channel once."""
    what, text = update.what.strip(), update.text.strip()
    if not what or not text:
        raise UserError(_("Say what happened and where we are; neither may be empty."))
    if max(len(what), len(text)) > LIMIT:
        raise UserError(_("An update is short: {limit} characters for each part.", limit=LIMIT))

    def tell_others(run: Run) -> list[Fact]:
        must_be_allowed(caller.person, "tell", Situation(desk.library().catalog, run.plan.service))
        if update.next_at is not None and update.next_at <= desk.clock.now():
            raise UserError(_("The next update cannot be due in the past."))
        return [StatusPosted(what=what, text=text, next_at=update.next_at, channels=update.channels)]

    return await desk.tell(run_id, caller, tell_others)


async def snooze(desk: Desk, run_id: str, caller: Caller, rest: timedelta | None = SNOOZE) -> Run:
    """Let the reminder rest; for good without a span."""

    def let_the_reminder_rest(run: Run) -> list[Fact]:
        must_be_allowed(caller.person, "tell", Situation(desk.library().catalog, run.plan.service))
        if run.status.is_over:
            raise Refused(_("This run is over; nobody is reminded any more."), reason="run-over")
        return [StatusSnoozed(until=desk.clock.now() + rest if rest is not None else None)]

    return await desk.tell(run_id, caller, let_the_reminder_rest)


def _what(run: Run, title: str) -> str:
    kind = kind_words(run.plan.kind)
    if run.plan.reason:
        return _("{service}: {reason}. A {kind} is under way.", service=title, reason=run.plan.reason.rstrip("."),
                 kind=kind)  # fmt: skip
    return _("{service}: a {kind} is under way.", service=title, kind=kind)
