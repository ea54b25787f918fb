"""pins.*, reactions.*, bookmarks.*: what is marked on a message or a channel."""

from __future__ import annotations

import copy

from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.call import Call
from bot.local.workspace.posting import react, unreact
from bot.local.workspace.seed import APP_ID, BOT_USER
from bot.local.workspace.state import Channel

MAX_PINS = 100
MAX_BOOKMARKS = 100


def add_pin(call: Call) -> Json:
    """pins.add."""
    channel, message = _message(call)
    if message["ts"] in channel.pins:
        raise SlackError("already_pinned")
    if len(channel.pins) >= MAX_PINS:
        raise SlackError("too_many_pins")
    channel.pins.append(message["ts"])
    message["pinned_to"] = [channel.id]
    call.world.feed.publish("message", channel=channel.id, ts=message["ts"], what="pinned")
    return {}


def remove_pin(call: Call) -> Json:
    """pins.remove."""
    channel, message = _message(call)
    if message["ts"] not in channel.pins:
        raise SlackError("no_pin")
    channel.pins.remove(message["ts"])
    message.pop("pinned_to", None)
    call.world.feed.publish("message", channel=channel.id, ts=message["ts"], what="unpinned")
    return {}


def list_pins(call: Call) -> Json:
    """pins.list: newest pin first."""
    channel = call.joined_channel()
    pinned = [channel.messages[ts] for ts in reversed(channel.pins)]
    return {
        "items": [
            {"type": "message", "channel": channel.id, "message": copy.deepcopy(m), "created_by": BOT_USER}
            for m in pinned
        ]
    }


def add_reaction(call: Call) -> Json:
    """reactions.add."""
    name = call.need("name", "invalid_name")
    channel, message = _message(call)
    react(call.world, channel, message, name.strip(":"), BOT_USER)
    return {}


def remove_reaction(call: Call) -> Json:
    """reactions.remove."""
    name = call.need("name", "invalid_name")
    channel, message = _message(call)
    unreact(call.world, channel, message, name.strip(":"), BOT_USER)
    return {}


def get_reactions(call: Call) -> Json:
    """reactions.get."""
    channel, message = _message(call)
    return {"type": "message", "channel": channel.id, "message": copy.deepcopy(message)}


def add_bookmark(call: Call) -> Json:
    """bookmarks.add: a link on top of the channel."""
    channel = call.joined_channel("channel_id")
    if len(channel.bookmarks) >= MAX_BOOKMARKS:
        raise SlackError("too_many_bookmarks")
    title, kind = call.need("title"), call.need("type")
    if kind == "link" and not (call.text("link") or "").startswith(("http://", "https://")):
        raise SlackError("invalid_link")
    bookmark: Json = {
        "id": call.world.new_id("Bk"),
        "channel_id": channel.id,
        "title": title,
        "link": call.text("link"),
        "emoji": call.text("emoji"),
        "icon_url": None,
        "type": kind,
        "entity_id": None,
        "date_created": int(call.world.clock()),
        "date_updated": 0,
        "last_updated_by_user_id": BOT_USER,
        "app_id": APP_ID,
    }
    channel.bookmarks.append(bookmark)
    call.world.feed.publish("channels")
    return {"bookmark": bookmark}


def list_bookmarks(call: Call) -> Json:
    """bookmarks.list."""
    return {"bookmarks": call.joined_channel("channel_id").bookmarks}


def remove_bookmark(call: Call) -> Json:
    """bookmarks.remove."""
    channel = call.joined_channel("channel_id")
    kept = [bookmark for bookmark in channel.bookmarks if bookmark["id"] != call.need("bookmark_id")]
    if len(kept) == len(channel.bookmarks):
        raise SlackError("not_found")
    channel.bookmarks = kept
    call.world.feed.publish("channels")
    return {}


def _message(call: Call) -> tuple[Channel, Json]:
    channel = call.joined_channel()
    timestamp = call.need("timestamp", "no_item_specified")
    return channel, call.world.message(channel, timestamp)
