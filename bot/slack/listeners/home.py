"""App Home, drawn anew whenever somebody opens it."""

from __future__ import annotations

from slack_bolt.async_app import AsyncApp

from bot.slack.door import Door
from bot.slack.kit import Json
from bot.slack.listeners.guard import listener
from bot.slack.listeners.turn import Turn
from bot.slack.views.home import home
from bot.usecases.look import list_runs
from bot.usecases.readiness import readiness


def register(app: AsyncApp, door: Door) -> None:
    """Put the listener in place."""
    app.event("app_home_opened")(listener(door, show_home))


async def show_home(turn: Turn) -> None:
    """Publish this person's Home tab."""
    event: Json = turn.body.get("event") or {}
    if event.get("tab", "home") != "home":
        return
    turn.channel = ""
    reader = await turn.reader()
    views = await list_runs(turn.door.desk, 10)
    known = await readiness(turn.door.desk)
    view = home(views, reader, turn.door.desk.library().catalog, known)
    await turn.door.client.views_publish(user_id=turn.user, view=view.to_dict())
