"""Whether a channel is ours alone. A recovery is told to nobody outside, unless the catalogue says so."""

from __future__ import annotations

import structlog

from bot.language import _
from bot.model.errors import Refused
from bot.slack.door import Door
from bot.slack.listeners.turn import SLACK_DOWN

log = structlog.get_logger()


async def must_be_ours(door: Door, channel: str, service: str) -> None:
    """Raises Refused for a channel, by name or id, that another organisation reads. An outage stops no recovery."""
    try:
        is_barred = await door.channels.is_barred(await door.channels.resolve(channel), door.desk.library().catalog)
    except SLACK_DOWN:
        log.warning("channel-not-looked-at", channel=channel)
        return
    if is_barred:
        raise Refused(
            _("{channel} is shared with another organisation, so no run is told there. Name another channel for "
              "{service}, or list this one under shared_channels in catalog.yaml.", channel=channel, service=service),
            reason="channel-shared",
        )  # fmt: skip
