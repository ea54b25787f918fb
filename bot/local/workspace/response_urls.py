"""response_urls: an app's way to answer an interaction without a token, five times within half an hour."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.posting import by_app, change, checked_blocks, post, remove, whisper
from bot.local.workspace.seed import BOT_USER
from bot.local.workspace.state import Channel, World

USES = 5
LIFETIME = 30 * 60.0


@dataclass
class ResponseUrl:
    """Where answers go: the person, the channel, and the message that was clicked, if one was."""

    user: str
    channel: str
    minted: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """Hands out response_urls and does what is posted to them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, ResponseUrl] = {}

    def mint(self, user: str, channel: Channel, message: Json | None = None) -> str:
        """A new address for an interaction of `user` in `channel`, on `message` when it was a click."""
        key = secrets.token_urlsafe(18)
        at = message or {}
        now = self._world.clock()
        self._known[key] = ResponseUrl(user, channel.id, now, at.get("ts"), at.get("thread_ts"))
        return f"{self._world.base_url}response/{key}"

    def answer(self, key: str, body: Json) -> None:
        """Do what the app posted; raises `expired_url`, `used_url`, `no_text` or `invalid_blocks`."""
        url = self._known.get(key)
        if url is None or self._world.clock() - url.minted > LIFETIME:
            raise SlackError("expired_url")
        if url.uses >= USES:
            raise SlackError("used_url")
        url.uses += 1
        self.respond(url, body)

    def respond(self, url: ResponseUrl, body: Json) -> None:
        """Post, whisper, replace or delete, as the body asks."""
        channel = self._world.channels[url.channel]
        if body.get("delete_original") is True:
            self._delete(channel, url)
            return
        fields = response_fields(self._world, body)
        if body.get("replace_original") is True and url.message_ts is not None:
            self._replace(channel, url, fields)
            return
        thread_ts = body.get("thread_ts") or url.thread_ts
        placed = fields | ({"thread_ts": thread_ts} if thread_ts else {})
        if body.get("response_type") == "in_channel":
            post(self._world, channel, by_app(self._world) | placed)
        else:
            whisper(self._world, channel, url.user, by_app(self._world) | placed)

    def _replace(self, channel: Channel, url: ResponseUrl, fields: Json) -> None:
        if url.message_ts in channel.ephemerals:
            channel.ephemerals[url.message_ts][1].update({"blocks": [], **fields})
            self._world.feed.publish("message", url.user, channel=channel.id, ts=url.message_ts, what="changed")
        elif url.message_ts in channel.messages:
            message = channel.messages[url.message_ts]
            change(self._world, channel, message, {"blocks": [], **fields}, BOT_USER)

    def _delete(self, channel: Channel, url: ResponseUrl) -> None:
        if url.message_ts in channel.ephemerals:
            del channel.ephemerals[url.message_ts]
            self._world.feed.publish("message", url.user, channel=channel.id, ts=url.message_ts, what="removed")
        elif url.message_ts in channel.messages:
            remove(self._world, channel, channel.messages[url.message_ts])


def response_fields(world: World, body: Json) -> Json:
    """The text and blocks of an answer; raises `no_text` when there is neither."""
    blocks = checked_blocks(world, body.get("blocks"))
    text = body.get("text") or ""
    if not text and not blocks and not body.get("attachments"):
        raise SlackError("no_text")
    fields: Json = {"text": text}
    if blocks:
        fields["blocks"] = blocks
    if body.get("attachments"):
        fields["attachments"] = body["attachments"]
    return fields
