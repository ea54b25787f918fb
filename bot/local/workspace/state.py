"""The workspace's memory: people, channels, messages, views and files, as plain objects in one process.

It keeps and finds things and turns them into Slack's shapes. It knows nothing of HTTP, sockets or who may do what.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.local.workspace.feed import Feed
from bot.local.workspace.kinds import Clock, Json, SlackError
from bot.local.workspace.seed import APP_ID, BOT_ID, BOT_USER, SLACKBOT, TEAM_ID, MemberSeed, Seed
from bot.local.workspace.triggers import Triggers


@dataclass
class Member:
    """A person or a bot in the team."""

    id: str
    handle: str
    name: str
    title: str = ""
    tz: str = "America/Los_Angeles"
    tz_offset: int = -25200
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    deleted: bool = False
    locale: str = "en-US"

    @classmethod
    def from_seed(cls, seed: MemberSeed) -> Member:
        return cls(
            seed.id,
            seed.handle,
            seed.name,
            seed.title,
            seed.tz,
            seed.tz_offset,
            False,
            seed.is_admin,
            seed.is_restricted,
            locale=seed.locale,
        )

    @property
    def email(self) -> str:
        return f"{self.handle}@northwind.example"

    def as_slack(self, with_email: bool = True, with_locale: bool = False) -> Json:
        """The user object of `users.info`; without the locale unless it was asked for, as in Slack."""
        first, _, last = self.name.partition(" ")
        profile: Json = {
            "title": self.title,
            "real_name": self.name,
            "real_name_normalized": self.name,
            "display_name": self.handle,
            "display_name_normalized": self.handle,
            "first_name": first,
            "last_name": last,
            "status_text": "",
            "status_emoji": "",
            "avatar_hash": "g" + self.id.lower()[-8:],
            "team": TEAM_ID,
        }
        if with_email and not self.is_bot:
            profile["email"] = self.email
        if self.is_bot and self.id == BOT_USER:
            profile |= {"api_app_id": APP_ID, "bot_id": BOT_ID, "always_active": True}
        return ({"locale": self.locale} if with_locale else {}) | {
            "id": self.id,
            "team_id": TEAM_ID,
            "name": self.handle,
            "deleted": self.deleted,
            "color": "4bbe2e",
            "real_name": self.name,
            "tz": self.tz,
            "tz_label": self.tz.replace("_", " "),
            "tz_offset": self.tz_offset,
            "profile": profile,
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_email_confirmed": not self.is_bot,
            "is_stranger": False,
            "who_can_share_contact_card": "EVERYONE",
            "updated": 1700000000,
        }


@dataclass
class Channel:
    """A conversation: a channel, a private channel, or one person's direct messages with the app (`im_with`)."""

    id: str
    name: str
    purpose: str = ""
    topic: str = ""
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    im_with: str | None = None
    created: int = 1700000000
    messages: dict[str, Json] = field(default_factory=dict)
    ephemerals: dict[str, tuple[str, Json]] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The `channel_type` of message events."""
        return "im" if self.im_with else "group" if self.is_private else "channel"

    def as_slack(self) -> Json:
        """The channel object of `conversations.info`."""
        base: Json = {
            "id": self.id,
            "created": self.created,
            "is_archived": self.is_archived,
            "is_im": self.im_with is not None,
            "is_mpim": False,
            "is_org_shared": False,
            "context_team_id": TEAM_ID,
            "updated": self.created * 1000,
        }
        if self.im_with:
            return base | {"user": self.im_with, "is_user_deleted": False, "priority": 0}
        about = {"creator": "U01ALICE00", "last_set": self.created}
        return base | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_private": self.is_private,
            "is_general": self.name == "general",
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_pending_ext_shared": False,
            "is_member": BOT_USER in self.members,
            "creator": "U01ALICE00",
            "unlinked": 0,
            "num_members": len(self.members),
            "topic": {"value": self.topic, **about},
            "purpose": {"value": self.purpose, **about},
            "previous_names": [],
        }

    def replies(self, thread_ts: str) -> list[Json]:
        """The replies under a message, oldest first, without the message itself."""
        return [m for m in self.messages.values() if m.get("thread_ts") == thread_ts and m["ts"] != thread_ts]


@dataclass
class StoredFile:
    """An uploaded file: first a promise of `length` bytes, then the bytes, then shared somewhere."""

    id: str
    name: str
    length: int
    title: str
    created: int
    content: bytes | None = None
    completed: bool = False
    channels: list[str] = field(default_factory=list)


@dataclass
class View:
    """A modal or Home view as one person has it open; `body` is Slack's view object, `errors` what was refused."""

    id: str
    user: str
    body: Json
    errors: dict[str, str] = field(default_factory=dict)


class World:
    """Everything the workspace remembers. `emit` is how it tells the app what happened (set by whoever delivers)."""

    def __init__(self, seed: Seed, clock: Clock, triggers: Triggers) -> None:
        self.seed = seed
        self.clock = clock
        self.triggers = triggers
        self.feed = Feed()
        self.base_url = ""
        self.members = {person.id: Member.from_seed(person) for person in seed.people}
        self.members[BOT_USER] = Member(BOT_USER, self.bot_handle, self.app_name, is_bot=True)
        self.members[SLACKBOT] = Member(SLACKBOT, "slackbot", "Slackbot")
        self.channels = dict(self._seed_channels())
        self.groups = {group.id: group for group in seed.groups}
        self.files: dict[str, StoredFile] = {}
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.message_state: dict[tuple[str, str], Json] = {}
        self.tickets: set[str] = set()
        self.emit: Callable[[Json], None] = lambda event: None
        self._numbers = itertools.count(1)
        self._last_ts = 0

    @property
    def app_name(self) -> str:
        name: str = self.seed.manifest.get("display_information", {}).get("name", "DR")
        return name

    @property
    def bot_handle(self) -> str:
        bot = self.seed.manifest.get("features", {}).get("bot_user", {})
        handle: str = bot.get("display_name", "dr")
        return handle

    @property
    def team(self) -> Json:
        """The team object of `team.info`."""
        domain = self.seed.team_domain
        return {
            "id": TEAM_ID,
            "name": self.seed.team_name,
            "domain": domain,
            "email_domain": "northwind.example",
            "icon": {"image_default": True},
            "url": self.base_url,
        }

    def new_id(self, prefix: str) -> str:
        """A fresh id in Slack's style, never given twice."""
        number = next(self._numbers) * 2654435761 % 36**8
        digits = ""
        for _ in range(8):
            number, rest = divmod(number, 36)
            digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
        return f"{prefix}0{digits}"

    def new_ts(self) -> str:
        """A message timestamp: now, in microseconds, and later than every one before."""
        self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def member(self, name: str) -> Member:
        """Somebody by id or handle; raises `user_not_found`."""
        for member in self.members.values():
            if name in (member.id, member.handle):
                return member
        raise SlackError("user_not_found")

    def channel(self, name: str) -> Channel:
        """A conversation by id, name, `#name`, or a person's id or handle (their direct messages with the app)."""
        if name in self.channels:
            return self.channels[name]
        for channel in self.channels.values():
            if channel.name and channel.name == name.removeprefix("#"):
                return channel
        if name in self.members and not self.members[name].is_bot:
            return self.im(name)
        raise SlackError("channel_not_found")

    def im(self, user: str) -> Channel:
        """The direct messages between a person and the app, opened when first asked for."""
        channel_id = "D" + user[1:]
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(channel_id, "", members={user, BOT_USER}, im_with=user)
            self.feed.publish("channels", user)
        return self.channels[channel_id]

    def message(self, channel: Channel, ts: str) -> Json:
        """A message by its timestamp; raises `message_not_found`."""
        if ts not in channel.messages:
            raise SlackError("message_not_found")
        return channel.messages[ts]

    def view(self, view_id: str) -> View:
        """An open modal or a published Home by its id; raises `not_found`."""
        for view in self.all_views():
            if view.id == view_id:
                return view
        raise SlackError("not_found")

    def all_views(self) -> Iterator[View]:
        """Every view somebody has open, Homes included."""
        for stack in self.modals.values():
            yield from stack
        yield from self.homes.values()

    def group_members(self, group_id: str) -> list[str]:
        """The ids of the people in a user group; raises `no_such_subteam`."""
        if group_id not in self.groups:
            raise SlackError("no_such_subteam")
        return [self.member(handle).id for handle in self.groups[group_id].members]

    def _seed_channels(self) -> Iterator[tuple[str, Channel]]:
        everyone = {member.id for member in self.members.values() if not (member.is_bot or member.is_restricted)} - {
            SLACKBOT
        }
        for seed in self.seed.channels:
            members = everyone if seed.members is None else {self.member(handle).id for handle in seed.members}
            members = members | ({BOT_USER} if seed.bot else set())
            yield seed.id, Channel(seed.id, seed.name, seed.purpose, members=set(members), is_private=seed.is_private)
