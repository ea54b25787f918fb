"""What a person can do outside a modal: say, command, click in a message, react, use a shortcut, open Home.

Every act ends the way it would in the client: the app acknowledged, or the person is told that it did not.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Mapping
from typing import Any

from bot.local.workspace import payloads
from bot.local.workspace.blocks import elements_of
from bot.local.workspace.delivery import Delivery, EnvelopeKind, NotDelivered
from bot.local.workspace.inputs import STATELESS, chosen_value, initial_state, option_of
from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.files import describe
from bot.local.workspace.posting import by_person, change, from_slackbot, post, react, remove, unreact
from bot.local.workspace.response_urls import ResponseUrl, ResponseUrls
from bot.local.workspace.seed import BOT_USER
from bot.local.workspace.state import Channel, Member, StoredFile, World

log = logging.getLogger(__name__)

MENTION = re.compile(r"(?<![\w<&])@([a-z0-9][a-z0-9._-]*)", re.I)
LINK = re.compile(
    r"(?<![\w<&@/.|-])(?:(?P<url>https?://[^\s<>\"“”]+)|(?P<mail>[\w.+-]+@(?:[a-z0-9-]+\.)+[a-z]{2,})"
    r"|(?P<domain>(?:[a-z0-9-]+\.)+(?:com|net|org|io|dev|example)\b(?:/[^\s<>\"“”]*)?))",
    re.I,
)
CHANNEL = re.compile(r"(?<![\w<&])#([a-z0-9][a-z0-9_-]*)", re.I)
CLICK_FIELDS = ("text", "value", "style", "placeholder", "url")


class Acts:
    """The acts of people in channels. Refusals are SlackErrors; an app that does not ack is told to the person."""

    def __init__(self, world: World, delivery: Delivery, urls: ResponseUrls) -> None:
        self.world = world
        self.delivery = delivery
        self.urls = urls

    def say(
        self, user: Member, channel: str, text: str, thread_ts: str | None = None, broadcast: bool = False,
        files: Mapping[str, bytes] | None = None,
    ) -> Json:  # fmt: skip
        """Post what somebody typed, with files by name; `@handle` and `#channel` become mentions."""
        place = self.channel_of(user, channel)
        if place.is_archived:
            raise SlackError("is_archived")
        if not text.strip() and not files:
            raise SlackError("no_text")
        fields = by_person(self.world, user.id, self.marked_up(text))
        if files:
            fields |= {"files": [self._shared(user, place, *file) for file in files.items()], "subtype": "file_share"}
        if thread_ts:
            fields |= {"thread_ts": thread_ts} | ({"subtype": "thread_broadcast"} if broadcast else {})
        return post(self.world, place, fields)

    def _shared(self, user: Member, place: Channel, name: str, content: bytes) -> Json:
        made = int(self.world.clock())
        file = StoredFile(self.world.new_id("F"), name, len(content), name, made, content, True, [place.id])
        self.world.files[file.id] = file
        return describe(self.world, file) | {"user": user.id}

    def edit(self, user: Member, channel: str, ts: str, text: str) -> Json:
        """Change one's own message."""
        place = self.channel_of(user, channel)
        message = self._own(user, place, ts)
        fields = by_person(self.world, user.id, self.marked_up(text))
        return change(self.world, place, message, {"text": fields["text"], "blocks": fields["blocks"]}, user.id)

    def delete(self, user: Member, channel: str, ts: str) -> None:
        """Take one's own message back."""
        place = self.channel_of(user, channel)
        remove(self.world, place, self._own(user, place, ts))

    def react(self, user: Member, channel: str, ts: str, name: str, take_back: bool = False) -> None:
        """Add a reaction to a message, or take it back."""
        place = self.channel_of(user, channel)
        act = unreact if take_back else react
        act(self.world, place, self.world.message(place, ts), name.strip(":"), user.id)

    async def command(self, user: Member, channel: str, text: str) -> Json:
        """Run a slash command such as `/dr status`; returns what the app acknowledged with."""
        place = self.channel_of(user, channel)
        command, _, rest = text.strip().partition(" ")
        known = self._command(command)
        if known is None:
            from_slackbot(self.world, place, user.id, f"`{command}` is not a valid command.")
            raise SlackError("invalid_command")
        words = self.marked_up(rest.strip(), named=True) if known.get("should_escape") else rest.strip()
        url = self.urls.mint(user.id, place)
        payload = payloads.slash_command(self.world, user, place, command, words, url)
        ack = await self.reach("slash_commands", payload, user, place, command)
        if ack.get("text") or ack.get("blocks"):
            self._answer_command(user, place, text, ack)
        return ack

    async def click(
        self, user: Member, channel: str, ts: str, action_id: str, value: Any = None, block_id: str | None = None
    ) -> Json:
        """Press a button or choose something in a message; returns the ack."""
        place = self.channel_of(user, channel)
        message = self.seen_message(user, place, ts)
        block, element = find_element(message.get("blocks", []), action_id, block_id)
        state = self.world.message_state.setdefault((user.id, ts), {})
        action = clicked(element, block, value)
        remember(state, initial_state(message["blocks"]), block, element, action)
        url = self.urls.mint(user.id, place, message)
        payload = payloads.message_actions(self.world, user, place, message, action, state, url)
        return await self.reach("interactive", payload, user, place, f"The button “{action_id}”")

    async def shortcut(self, user: Member, callback_id: str, channel: str | None = None, ts: str | None = None) -> Json:
        """Use a shortcut, on a message or from anywhere; returns the ack."""
        if channel is None or ts is None:
            payload = payloads.global_shortcut(self.world, user, callback_id)
            return await self.reach("interactive", payload, user, None, callback_id)
        place = self.channel_of(user, channel)
        message = self.world.message(place, ts)
        url = self.urls.mint(user.id, place, message)
        payload = payloads.message_shortcut(self.world, user, place, message, callback_id, url)
        return await self.reach("interactive", payload, user, place, callback_id)

    def open_home(self, user: Member, tab: str = "home") -> None:
        """Open the app's Home or Messages tab."""
        home = self.world.homes.get(user.id)
        ts = self.world.new_ts()
        event: Json = {"type": "app_home_opened", "user": user.id, "tab": tab, "event_ts": ts}
        event["channel"] = self.world.im(user.id).id
        self.world.emit(event | ({"view": home.body} if home else {}))

    async def reach(self, kind: EnvelopeKind, payload: Json, user: Member, place: Channel | None, what: str) -> Json:
        """Deliver to the app; when it does not ack, tell the person and raise SlackError."""
        try:
            return await self.delivery.deliver(kind, payload)
        except NotDelivered as failure:
            log.warning("not-acknowledged: %s of %s: %s", what, user.handle, failure.code)
            if place is not None:
                from_slackbot(self.world, place, user.id, f'{what} failed with the error "{failure.code}"')
            raise SlackError(failure.code) from None

    def channel_of(self, user: Member, name: str) -> Channel:
        """A channel that somebody is in (`dr`: the app's messages); raises `channel_not_found` or `not_in_channel`."""
        if name in (self.world.bot_handle, BOT_USER):
            return self.world.im(user.id)
        channel = self.world.channel(name)
        if user.id not in channel.members:
            raise SlackError("channel_not_found" if channel.kind != "channel" else "not_in_channel")
        return channel

    def seen_message(self, user: Member, place: Channel, ts: str) -> Json:
        """A message in the channel, or one that only this person sees; raises `message_not_found`."""
        audience, message = place.ephemerals.get(ts, ("", {}))
        return message if audience == user.id else self.world.message(place, ts)

    def marked_up(self, text: str, named: bool = False) -> str:
        """Typed text as Slack stores it: escaped, links marked up, mentions as ids (with the name too when `named`)."""
        escaped = LINK.sub(_link, html.escape(text, quote=False))
        escaped = MENTION.sub(lambda found: self._mention(found, named), escaped)
        return CHANNEL.sub(self._channel_mention, escaped)

    def _mention(self, found: re.Match[str], named: bool) -> str:
        handle = found[1].rstrip(".")
        tail = found[1][len(handle) :]
        if handle in ("here", "channel", "everyone"):
            return f"<!{handle}>{tail}"
        for member in self.world.members.values():
            if member.handle == handle:
                return f"<@{member.id}|{handle}>{tail}" if named else f"<@{member.id}>{tail}"
        for group in self.world.groups.values():
            if group.handle == handle:
                return f"<!subteam^{group.id}|@{handle}>{tail}"
        return found[0]

    def _channel_mention(self, found: re.Match[str]) -> str:
        for channel in self.world.channels.values():
            if channel.name == found[1]:
                return f"<#{channel.id}|{channel.name}>"
        return found[0]

    def _own(self, user: Member, place: Channel, ts: str) -> Json:
        message = self.world.message(place, ts)
        if message.get("user") != user.id:
            raise SlackError("cant_update_message")
        return message

    def _command(self, command: str) -> Json | None:
        known: list[Json] = self.world.seed.manifest.get("features", {}).get("slash_commands", [])
        return next((one for one in known if one["command"] == command), None)

    def _answer_command(self, user: Member, place: Channel, typed: str, ack: Json) -> None:
        if ack.get("response_type") == "in_channel":
            post(self.world, place, by_person(self.world, user.id, self.marked_up(typed)))
        try:
            self.urls.respond(ResponseUrl(user.id, place.id, self.world.clock()), ack)
        except SlackError as refused:
            log.warning("command-answer-refused: %s %s", refused.code, refused.complaints)
            raise


def _link(found: re.Match[str]) -> str:
    """An address as Slack marks it up; what lacks a scheme gets one, and keeps its looks."""
    if found["url"]:
        return f"<{found[0]}>"
    return f"<mailto:{found[0]}|{found[0]}>" if found["mail"] else f"<http://{found[0]}|{found[0]}>"


def find_element(blocks: list[Json], action_id: str, block_id: str | None = None) -> tuple[Json, Json]:
    """The block and element with that action_id; raises `action_not_found`, naming what there is."""
    there: list[str] = []
    for block in blocks:
        for element, _ in elements_of(block):
            if element.get("action_id") == action_id and block_id in (None, block["block_id"]):
                return block, element
            there.append(str(element.get("action_id", element["type"])))
    raise SlackError("action_not_found", [f"there is {', '.join(there) or 'nothing to click'}"])


def clicked(element: Json, block: Json, value: Any) -> Json:
    """An entry of `actions`: what was pressed or chosen."""
    action: Json = {"action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "overflow":
        return action | {"type": "overflow", "selected_option": option_of(element, value)}
    if element["type"] in STATELESS:
        return action | {"type": element["type"]} | {name: element[name] for name in CLICK_FIELDS if name in element}
    return action | chosen_value(element, value)


def remember(state: Json, initial: Json, block: Json, element: Json, action: Json) -> None:
    """Keep what was chosen, beside what the message's other elements hold."""
    for block_id, entries in initial.items():
        state.setdefault(block_id, {})
        for action_id, entry in entries.items():
            state[block_id].setdefault(action_id, entry)
    if element["type"] not in STATELESS:
        entry = {name: value for name, value in action.items() if name not in ("action_id", "block_id")}
        state[block["block_id"]][element["action_id"]] = entry
