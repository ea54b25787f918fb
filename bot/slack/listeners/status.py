"""Status updates in Slack: drafted from the run, previewed, posted; the reminder's buttons."""

from __future__ import annotations

import json
from dataclasses import replace

from slack_bolt.async_app import AsyncApp

from bot.language import _, _n
from bot.slack.door import Door
from bot.slack.kit import MAX_METADATA, Json
from bot.slack.listeners.guard import listener, sentence, submission
from bot.slack.listeners.turn import Turn
from bot.slack.views import status as views
from bot.slack.views.start_form import loading
from bot.usecases.grammar import Command
from bot.usecases.look import view_run
from bot.usecases.status_update import draft, post_status, snooze


def register(app: AsyncApp, door: Door) -> None:
    """Put the listeners in place."""
    app.action(views.OPEN)(listener(door, open_form))
    app.action(views.REST)(listener(door, rest))
    app.action(views.STOP)(listener(door, stop))
    app.view(views.SUBMIT)(submission(door, nothing_yet, show_preview))
    app.view(views.POST)(submission(door, post))


async def open_form(turn: Turn) -> None:
    """Draft an update from the run."""
    await _open(turn, turn.ref().run)


async def update_by_word(turn: Turn, command: Command) -> None:
    """`/dr update`; further words are where we are."""
    run = await turn.find(command.target)
    await _open(turn, run.id, command.text)


def show_preview(turn: Turn) -> Json:
    """The acknowledgement of the form: the message as it would stand."""
    run, title, channel = json.loads(turn.metadata)
    update = views.read_status(turn.values)
    if not update.channels:
        return {"response_action": "errors", "errors": {"channels": _("Choose at least one channel.")}}
    if update.next_at is not None and update.next_at <= turn.door.desk.clock.now():
        return {"response_action": "errors", "errors": {"next": _("The next update cannot be due in the past.")}}
    about = views.pack(run, channel, update)
    if len(about) > MAX_METADATA:
        return {"response_action": "errors", "errors": {"text": _("These words are too long; shorten them.")}}
    return {"response_action": "update", "view": views.preview(title, update, about).to_dict()}


async def nothing_yet(turn: Turn) -> None:
    """A preview tells nobody anything."""


async def post(turn: Turn) -> None:
    """Tell the channels what was previewed."""
    turn.run, turn.channel, update = views.unpack(turn.metadata)
    await post_status(turn.door.desk, turn.run, await turn.caller("tell others"), update)
    count = len(update.channels)
    words = _n("The update goes to {count} channel.", "The update goes to {count} channels.", count)
    await turn.whisper(sentence(words))


async def rest(turn: Turn) -> None:
    """Remind again in ten minutes."""
    ref = turn.ref()
    await snooze(turn.door.desk, ref.run, await turn.caller("silence the reminder"))


async def stop(turn: Turn) -> None:
    """Remind nobody any more."""
    ref = turn.ref()
    await snooze(turn.door.desk, ref.run, await turn.caller("silence the reminder"), None)


async def _open(turn: Turn, run_id: str, words: str = "") -> None:
    await turn.open(loading(_("Status update")))
    turn.run = run_id
    await turn.caller("tell others")
    view = await view_run(turn.door.desk, run_id)
    made = draft(view, turn.door.desk.library().catalog)
    if words:
        made = replace(made, text=words)
    service = view.run.plan.service
    about = json.dumps([run_id, service.title or service.name, turn.channel], ensure_ascii=False)
    await turn.show(views.status_form(view.run, made, about))
