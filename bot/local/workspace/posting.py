"""Puts messages into channels, changes and removes them, and tells the page by the feed and the app by events."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from bot.local.workspace.blocks import characters, check_message_blocks, elements_of
from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.seed import APP_ID, BOT_ID, BOT_USER, TEAM_ID
from bot.local.workspace.state import Channel, World

POST_LIMIT = 40_000
UPDATE_LIMIT = 4_000
BLOCKS_CHARACTERS = 13_200
MAX_ATTACHMENTS = 100
TOKEN = re.compile(
    r"<@(?P<user>[UW][A-Z0-9]+)(?:\|[^>]*)?>|<#(?P<channel>C[A-Z0-9]+)(?:\|[^>]*)?>"
    r"|<(?P<link>(?:https?://|mailto:)[^|<>]+)(?:\|(?P<label>[^>]*))?>"
)


def checked_blocks(world: World, blocks: Any) -> list[Json]:
    """A message's blocks with every missing id filled in; raises `invalid_blocks` or `msg_blocks_too_long`."""
    if blocks is None or blocks == "":
        return []
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if complaints := check_message_blocks(blocks):
        raise SlackError("invalid_blocks", complaints)
    if characters(blocks) > BLOCKS_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return with_ids(world, blocks)


def with_ids(world: World, blocks: list[Json]) -> list[Json]:
    """A copy in which every block has a block_id and every element an action_id, as Slack hands them back."""
    filled: list[Json] = copy.deepcopy(blocks)
    for block in filled:
        block.setdefault("block_id", world.new_id("b"))
        for element, _ in elements_of(block):
            if element.get("type") != "image":
                element.setdefault("action_id", world.new_id("a"))
    return filled


def by_app(world: World) -> Json:
    """What marks a message as the app's own."""
    profile = {
        "id": BOT_ID,
        "app_id": APP_ID,
        "user_id": BOT_USER,
        "name": world.app_name,
        "icons": {},
        "deleted": False,
        "updated": 1700000000,
        "team_id": TEAM_ID,
    }
    return {"user": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, "team": TEAM_ID, "bot_profile": profile}


def by_person(world: World, user: str, text: str) -> Json:
    """What a person's client sends along with what they typed."""
    rich: Json = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": rich_elements(text)}]}
    return {
        "user": user,
        "team": TEAM_ID,
        "text": text,
        "client_msg_id": world.new_id("m"),
        "blocks": with_ids(world, [rich]),
    }


def rich_elements(text: str) -> list[Json]:
    """Message text as rich text elements: mentions, channels and links stand alone, the rest is text."""
    elements: list[Json] = []
    at = 0
    for token in TOKEN.finditer(text):
        elements += _plain(text[at : token.start()])
        at = token.end()
        if token["user"]:
            elements.append({"type": "user", "user_id": token["user"]})
        elif token["channel"]:
            elements.append({"type": "channel", "channel_id": token["channel"]})
        else:
            label = {"text": token["label"]} if token["label"] else {}
            elements.append({"type": "link", "url": token["link"], **label})
    return elements + _plain(text[at:])


def _plain(text: str) -> list[Json]:
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return [{"type": "text", "text": text}] if text else []


def post(world: World, channel: Channel, fields: Json, *, ts: str | None = None) -> Json:
    """Add a message; `fields` may put it in a thread. Returns the message as stored."""
    message: Json = {"type": "message", "ts": ts or world.new_ts(), **fields}
    parent = _thread_parent(channel, message)
    channel.messages[message["ts"]] = message
    if parent is not None:
        _count_replies(channel, parent)
        world.feed.publish("message", channel=channel.id, ts=parent["ts"], what="thread")
    world.feed.publish("message", channel=channel.id, ts=message["ts"], what="posted")
    emit_message(world, channel, message)
    mention = f"<@{BOT_USER}>"
    if mention in message.get("text", "") and message.get("user") != BOT_USER and channel.im_with is None:
        world.emit({**_public(message), "type": "app_mention", "channel": channel.id, "event_ts": message["ts"]})
    return message


def change(world: World, channel: Channel, message: Json, fields: Json, editor: str) -> Json:
    """Change a message in place; marked as edited when its text changed."""
    before = copy.deepcopy(message)
    if fields.get("text", message.get("text")) != message.get("text"):
        message["edited"] = {"user": editor, "ts": world.new_ts()}
    message.update(fields)
    world.feed.publish("message", channel=channel.id, ts=message["ts"], what="changed")
    event = {"subtype": "message_changed", "message": _public(message), "previous_message": before, "hidden": True}
    _emit_hidden(world, channel, event)
    return message


def remove(world: World, channel: Channel, message: Json) -> None:
    """Take a message away; one with replies leaves a tombstone behind, as in Slack."""
    ts = message["ts"]
    before = copy.deepcopy(message)
    if channel.replies(ts):
        message.update(subtype="tombstone", text="This message was deleted.", blocks=[], hidden=True)
    else:
        del channel.messages[ts]
    if ts in channel.pins:
        channel.pins.remove(ts)
    parent = channel.messages.get(message.get("thread_ts", ""))
    if parent is not None and parent is not message:
        _count_replies(channel, parent)
    world.feed.publish("message", channel=channel.id, ts=ts, what="removed")
    _emit_hidden(
        world, channel, {"subtype": "message_deleted", "deleted_ts": ts, "previous_message": before, "hidden": True}
    )


def whisper(world: World, channel: Channel, user: str, fields: Json) -> str:
    """Show something to one person only; returns its timestamp."""
    ts = world.new_ts()
    channel.ephemerals[ts] = (user, {"type": "message", "ts": ts, "is_ephemeral": True, **fields})
    world.feed.publish("message", user, channel=channel.id, ts=ts, what="ephemeral")
    return ts


def from_slackbot(world: World, channel: Channel, user: str, text: str) -> str:
    """The client's own remark to one person, such as a command that timed out."""
    return whisper(world, channel, user, {"user": "USLACKBOT", "text": text})


def messages_for(world: World, channel: Channel, user: str) -> list[Json]:
    """What `user` sees in a channel, oldest first: messages, replies and what only they can see."""
    whispered = [message for audience, message in channel.ephemerals.values() if audience == user]
    seen = [*map(_public, channel.messages.values()), *whispered]
    marks = {"channel": channel.id}
    return [
        {**message, **marks, "pinned": message["ts"] in channel.pins}
        for message in sorted(seen, key=lambda m: str(m["ts"]))
    ]


def react(world: World, channel: Channel, message: Json, name: str, user: str) -> None:
    """Add a reaction; raises `already_reacted`."""
    reactions: list[Json] = message.setdefault("reactions", [])
    found = next((r for r in reactions if r["name"] == name), None)
    if found is None:
        reactions.append({"name": name, "users": [user], "count": 1})
    elif user in found["users"]:
        raise SlackError("already_reacted")
    else:
        found["users"].append(user)
        found["count"] = len(found["users"])
    _reacted(world, channel, message, name, user, "reaction_added")


def unreact(world: World, channel: Channel, message: Json, name: str, user: str) -> None:
    """Take a reaction back; raises `no_reaction`."""
    reactions: list[Json] = message.get("reactions", [])
    found = next((r for r in reactions if r["name"] == name and user in r["users"]), None)
    if found is None:
        raise SlackError("no_reaction")
    found["users"].remove(user)
    found["count"] = len(found["users"])
    message["reactions"] = [r for r in reactions if r["users"]]
    if not message["reactions"]:
        del message["reactions"]
    _reacted(world, channel, message, name, user, "reaction_removed")


def emit_message(world: World, channel: Channel, message: Json) -> None:
    """Tell the app about a message, if it is in the channel."""
    event = {**_public(message), "channel": channel.id, "channel_type": channel.kind, "event_ts": message["ts"]}
    if BOT_USER in channel.members:
        world.emit(event)


def _emit_hidden(world: World, channel: Channel, event: Json) -> None:
    ts = world.new_ts()
    if BOT_USER in channel.members:
        kind = channel.kind
        world.emit({"type": "message", "channel": channel.id, "channel_type": kind, "ts": ts, "event_ts": ts, **event})


def _reacted(world: World, channel: Channel, message: Json, name: str, user: str, event: str) -> None:
    world.feed.publish("message", channel=channel.id, ts=message["ts"], what="reacted")
    if BOT_USER in channel.members:
        item = {"type": "message", "channel": channel.id, "ts": message["ts"]}
        ts = world.new_ts()
        world.emit(
            {
                "type": event,
                "user": user,
                "reaction": name,
                "item": item,
                "item_user": message.get("user"),
                "event_ts": ts,
            }
        )


def _thread_parent(channel: Channel, message: Json) -> Json | None:
    thread_ts = message.get("thread_ts")
    if thread_ts is None:
        return None
    parent = channel.messages.get(thread_ts)
    if parent is None:
        raise SlackError("thread_not_found")
    if parent.get("thread_ts", thread_ts) != thread_ts:
        message["thread_ts"] = parent["thread_ts"]
        parent = channel.messages[parent["thread_ts"]]
    message["parent_user_id"] = parent.get("user")
    return parent


def _count_replies(channel: Channel, parent: Json) -> None:
    replies = channel.replies(parent["ts"])
    if not replies:
        for name in ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply"):
            parent.pop(name, None)
        return
    users = list(_unique(reply.get("user", "") for reply in replies))
    parent.update(
        thread_ts=parent["ts"],
        reply_count=len(replies),
        reply_users=users,
        reply_users_count=len(users),
        latest_reply=replies[-1]["ts"],
        is_locked=False,
    )


def _unique(names: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(names)


def _public(message: Json) -> Json:
    return copy.deepcopy(message)
