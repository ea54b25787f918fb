"""App Home, drawn anew whenever somebody opens it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp
from slack_sdk.models.views import View

from bot.language import again
from bot.model.errors import Refused
from bot.slack.door import Door
from bot.slack.kit import Json
from bot.slack.listeners.guard import listener
from bot.slack.listeners.turn import Turn
from bot.slack.views.home import closed_home, home
from bot.usecases.look import list_runs
from bot.usecases.readiness import readiness


def register(app: AsyncApp, door: Door) -> None:
    """Put the listener in place."""
    app.event("app_home_opened")(listener(door, show_home))


async def show_home(turn: Turn) -> None:
    """Publish this person's Home tab; whoever may not look is told there why, as often as they open it."""
    event: Json = turn.body.get("event") or {}
    if event.get("tab", "home") != "home":
        return
    turn.channel = ""
    try:
        view = await _home_of(turn)
    except Refused as refusal:
        view = closed_home(again(str(refusal)))
    await turn.door.client.views_publish(user_id=turn.user, view=view.to_dict())


async def _home_of(turn: Turn) -> View:
    reader = await turn.reader()
    views = await list_runs(turn.door.desk, 10)
    known = await readiness(turn.door.desk)
    return home(views, reader, turn.door.desk.library().catalog, known)
