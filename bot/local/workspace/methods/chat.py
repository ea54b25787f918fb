"""chat.*: post, update, delete, whisper, link."""

from __future__ import annotations

from typing import Any

from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.call import Call
from bot.local.workspace.posting import (
    MAX_ATTACHMENTS,
    POST_LIMIT,
    UPDATE_LIMIT,
    by_app,
    change,
    checked_blocks,
    post,
    remove,
    whisper,
)
from bot.local.workspace.seed import BOT_ID, BOT_USER
from bot.local.workspace.state import Channel

MARKDOWN_LIMIT = 12_000


def post_message(call: Call) -> Json:
    """chat.postMessage: into a channel the app may write to, or a person's direct messages."""
    channel = writable(call)
    fields = content(call) | threading(call) | guise(call)
    message = post(call.world, channel, by_app(call.world) | fields)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def update(call: Call) -> Json:
    """chat.update: the app's own message; blocks and attachments stay as they were unless given."""
    channel = call.channel()
    message = call.world.message(channel, call.need("ts", "message_not_found"))
    if message.get("bot_id") != BOT_ID:
        raise SlackError("cant_update_message")
    if channel.is_archived:
        raise SlackError("is_inactive")
    if len(call.text("text") or "") > UPDATE_LIMIT:
        raise SlackError("msg_too_long")
    fields = content(call)
    kept = {name: value for name, value in fields.items() if call.args.get(name) is not None}
    message = change(call.world, channel, message, kept, BOT_USER)
    return {"channel": channel.id, "ts": message["ts"], "text": message.get("text", ""), "message": message}


def delete(call: Call) -> Json:
    """chat.delete: the app's own message."""
    channel = call.channel()
    message = call.world.message(channel, call.need("ts", "message_not_found"))
    if message.get("bot_id") != BOT_ID:
        raise SlackError("cant_delete_message")
    remove(call.world, channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral: for one person who is in the channel."""
    channel = writable(call)
    user = call.need("user", "user_not_found")
    if user not in call.world.members:
        raise SlackError("user_not_found")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    ts = whisper(call.world, channel, user, by_app(call.world) | content(call) | threading(call))
    return {"message_ts": ts}


def get_permalink(call: Call) -> Json:
    """chat.getPermalink."""
    channel = call.channel()
    message = call.world.message(channel, call.need("message_ts", "message_not_found"))
    link = f"{call.world.base_url}archives/{channel.id}/p{message['ts'].replace('.', '')}"
    if message.get("thread_ts", message["ts"]) != message["ts"]:
        link += f"?thread_ts={message['thread_ts']}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def writable(call: Call) -> Channel:
    """The channel to write to: public ones the app is not in ask for chat:write.public."""
    channel = call.channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members and "chat:write.public" not in call.scopes:
        raise SlackError("not_in_channel")
    return channel


def content(call: Call) -> Json:
    """The text, blocks, attachments and metadata of a message; raises `no_text` when there is nothing to say."""
    blocks = checked_blocks(call.world, call.structure("blocks", "invalid_blocks_format"))
    attachments = checked_attachments(call.structure("attachments", "invalid_attachments"))
    text = call.text("text")
    markdown = call.text("markdown_text")
    if markdown is not None:
        if text is not None or blocks:
            raise SlackError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_LIMIT:
            raise SlackError("msg_too_long")
        text, blocks = markdown, checked_blocks(call.world, [{"type": "markdown", "text": markdown}])
    if text is None and not blocks and not attachments:
        raise SlackError("no_text")
    fields: Json = {"text": (text or "")[:POST_LIMIT]}
    if blocks or call.args.get("blocks") is not None:
        fields["blocks"] = blocks
    if attachments or call.args.get("attachments") is not None:
        fields["attachments"] = attachments
    if metadata := call.structure("metadata", "invalid_metadata_format"):
        fields["metadata"] = metadata
    return fields


def checked_attachments(attachments: Any) -> list[Json]:
    """Attachments as given; raises `too_many_attachments` past 100."""
    if attachments is None:
        return []
    if not isinstance(attachments, list):
        raise SlackError("invalid_attachments")
    if len(attachments) > MAX_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return [{"id": number, **attachment} for number, attachment in enumerate(attachments, 1)]


def threading(call: Call) -> Json:
    """Where in a thread the message goes, if in one."""
    thread_ts = call.text("thread_ts")
    if thread_ts is None:
        return {}
    broadcast: Json = {"subtype": "thread_broadcast"} if call.flag("reply_broadcast") else {}
    return {"thread_ts": thread_ts} | broadcast


def guise(call: Call) -> Json:
    """Another name or face for the message, for apps with chat:write.customize."""
    wanted = {name: call.text(name) for name in ("username", "icon_emoji", "icon_url") if call.text(name)}
    return wanted if "chat:write.customize" in call.scopes else {}
