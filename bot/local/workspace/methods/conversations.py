"""conversations.*: what channels there are, who is in them, what was said."""

from __future__ import annotations

import copy

from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.call import Call, page
from bot.local.workspace.seed import BOT_USER
from bot.local.workspace.state import Channel

KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im"}


def info(call: Call) -> Json:
    """conversations.info."""
    return {"channel": call.channel().as_slack()}


def list_channels(call: Call) -> Json:
    """conversations.list: of the `types` asked for, private ones only where the app is a member."""
    wanted = (call.text("types") or "public_channel").split(",")
    unknown = [kind for kind in wanted if kind.strip() not in (*KINDS, "mpim")]
    if unknown:
        raise SlackError("invalid_types")
    kinds = {KINDS[kind.strip()] for kind in wanted if kind.strip() in KINDS}
    seen = [channel for channel in call.world.channels.values() if channel.kind in kinds and _visible(channel)]
    if call.flag("exclude_archived"):
        seen = [channel for channel in seen if not channel.is_archived]
    chosen, metadata = page(call, [channel.as_slack() for channel in seen])
    return {"channels": chosen, "response_metadata": metadata}


def members(call: Call) -> Json:
    """conversations.members: ids, in pages."""
    chosen, metadata = page(call, sorted(call.channel().members))
    return {"members": chosen, "response_metadata": metadata}


def history(call: Call) -> Json:
    """conversations.history: newest first, replies only when they were broadcast."""
    channel = call.joined_channel()
    roots = [m for m in channel.messages.values() if is_root(m) or m.get("subtype") == "thread_broadcast"]
    chosen, metadata = page(call, between(call, roots)[::-1])
    pins = len(channel.pins)
    more = bool(metadata["next_cursor"])
    answer: Json = {"messages": copy.deepcopy(chosen), "has_more": more, "pin_count": pins}
    return answer | ({"response_metadata": metadata} if more else {})


def replies(call: Call) -> Json:
    """conversations.replies: a thread by its first message or any reply, oldest first; the first one always leads."""
    channel = call.joined_channel()
    root = channel.messages.get(call.need("ts", "thread_not_found"))
    if root is None:
        raise SlackError("thread_not_found")
    root = channel.messages.get(str(root.get("thread_ts") or root["ts"]), root)
    chosen, metadata = page(call, [root, *between(call, channel.replies(root["ts"]))])
    more = bool(metadata["next_cursor"])
    return {"messages": copy.deepcopy(chosen), "has_more": more} | ({"response_metadata": metadata} if more else {})


def join(call: Call) -> Json:
    """conversations.join: a public channel."""
    channel = call.channel()
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    already = BOT_USER in channel.members
    channel.members.add(BOT_USER)
    if not already:
        call.world.emit(
            {
                "type": "member_joined_channel",
                "user": BOT_USER,
                "channel": channel.id,
                "channel_type": "C",
                "event_ts": call.world.new_ts(),
            }
        )
    return {"channel": channel.as_slack()} | ({"warning": "already_in_channel"} if already else {})


def open_conversation(call: Call) -> Json:
    """conversations.open: the direct messages with one person."""
    if channel_id := call.text("channel"):
        return {"channel": {"id": call.world.channel(channel_id).id}}
    users = call.structure("users") if str(call.args.get("users", "")).startswith("[") else call.args.get("users")
    names = users if isinstance(users, list) else str(users or "").split(",")
    if names == [""]:
        raise SlackError("users_list_not_supplied")
    if len(names) != 1:
        raise SlackError("not_enough_users")
    channel = call.world.im(call.world.member(names[0]).id)
    return {"channel": channel.as_slack() if call.flag("return_im") else {"id": channel.id}}


def is_root(message: Json) -> bool:
    """Whether a message stands in the channel itself."""
    return bool(message.get("thread_ts", message["ts"]) == message["ts"])


def between(call: Call, messages: list[Json]) -> list[Json]:
    """The messages after `oldest` and before `latest`; at them too when `inclusive`."""
    oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
    if call.flag("inclusive"):
        return [m for m in messages if oldest <= float(m["ts"]) <= latest]
    return [m for m in messages if oldest < float(m["ts"]) < latest]


def _visible(channel: Channel) -> bool:
    return channel.kind == "channel" or BOT_USER in channel.members
