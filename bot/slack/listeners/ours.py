"""Whether a channel is ours alone. A recovery is told to nobody outside, unless the catalogue says so."""

from __future__ import annotations

from bot.language import _
from bot.model.errors import Refused
from bot.slack.door import Door


async def must_be_ours(door: Door, channel: str, service: str) -> None:
    """Raises Refused for a channel, by name or id, that another organisation reads."""
    if await door.channels.is_barred(await door.channels.resolve(channel), door.desk.library().catalog):
        raise Refused(
            _("{channel} is shared with another organisation, so no run is told there. Name another channel for "
              "{service}, or list this one under shared_channels in catalog.yaml.", channel=channel, service=service),
            reason="channel-shared",
        )  # fmt: skip
