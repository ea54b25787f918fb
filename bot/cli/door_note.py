"""One line for people in a terminal when nobody can be reached through Slack."""

from __future__ import annotations

from bot.cli.kit import clock
from bot.language import _
from bot.model.errors import Unavailable
from bot.ports.doors import shut
from bot.timeline.visible import visible
from bot.usecases.desk import Desk


async def door_note(desk: Desk) -> str:
    """What is wrong with Slack, since when, and that everything works here; empty when nothing is, or nobody told."""
    if desk.doors is None:
        return ""
    try:
        trouble = shut(await desk.doors.read())
    except Unavailable:  # the store's own trouble is told elsewhere
        return ""
    if trouble is None:
        return ""
    why = visible(trouble.why)
    return _(
        "SLACK IS AWAY since {at}: {why} Approve, answer and steer here: dr help", at=clock(trouble.since), why=why
    )
