"""Lines for people in a terminal: nobody can be reached through Slack, or no bot is at work."""

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


async def work_note(desk: Desk) -> str:
    """That no bot drives the runs that are open, and what to do; empty when one does, or none is open."""
    try:
        if not await desk.journals.open_runs() or await desk.dispatcher.is_attended():
            return ""
    except Unavailable:
        return ""
    return _("NO BOT IS AT WORK, so no run moves on. Start one: dr serve. Or drive from here: dr status <run> --follow")
