"""Who works here and where they talk: the people, channels and app settings a fresh workspace starts with."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.local.workspace.kinds import Json

TEAM_ID = "T0LOCALDR0"
APP_ID = "A0LOCALDR0"
BOT_ID = "B0LOCALDR0"
BOT_USER = "U0DRBOT000"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True)
class MemberSeed:
    """One person: `handle` is what scripts call them, `id` what Slack calls them."""

    id: str
    handle: str
    name: str
    title: str
    tz: str = "America/Los_Angeles"
    tz_offset: int = -25200
    is_admin: bool = False
    is_restricted: bool = False
    locale: str = "en-US"


@dataclass(frozen=True)
class ChannelSeed:
    """One channel; `members` are handles, or `None` for every full member; `bot` says whether the app was invited."""

    id: str
    name: str
    purpose: str
    members: tuple[str, ...] | None = None
    bot: bool = True
    is_private: bool = False


@dataclass(frozen=True)
class GroupSeed:
    """One user group (`@sre-oncall`); `members` are handles."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]


PEOPLE = (
    MemberSeed("U01ALICE00", "alice", "Alice Kim", "SRE lead", is_admin=True),
    MemberSeed("U02BOB0000", "bob", "Bob Osei", "Engineering director", "Europe/London", 3600),
    MemberSeed("U03CAROL00", "carol", "Carol Díaz", "On-call SRE, orders", "America/New_York", -14400),
    MemberSeed("U04DAVE000", "dave", "Dave Lund", "Communications", "Europe/Stockholm", 7200),
    MemberSeed("U05ERIN000", "erin", "Erin Wu", "Guest, payment partner", "Asia/Singapore", 28800, is_restricted=True),
    MemberSeed("U06MIN0000", "min", "Park Min", "Engineering director", "Asia/Seoul", 32400, locale="ko-KR"),
)

CHANNELS = (
    ChannelSeed(
        "C0INCIDENTS",
        "incidents",
        "Where we run incidents, one card at a time",
        ("alice", "bob", "carol", "dave", "erin", "min"),
    ),
    ChannelSeed("C0GENERAL00", "general", "Company-wide announcements", bot=False),
    ChannelSeed("C0ORDERS000", "orders", "The orders team: orders-api, checkout, fulfilment"),
    ChannelSeed("C0PAYMENTS0", "payments", "The payments team: payments-api, ledger"),
    ChannelSeed("C0STATUSINT", "status-internal", "Internal status updates"),
    ChannelSeed("C0SECURITY0", "security-private", "Need to know", ("alice", "bob"), bot=False, is_private=True),
)

GROUPS = (
    GroupSeed("S0SREONCALL", "sre-oncall", "SRE on call", ("alice", "carol")),
    GroupSeed("S0DIRECTORS", "directors", "Engineering directors", ("bob",)),
    GroupSeed("S0COMMS0000", "comms", "Communications", ("dave",)),
)

SCOPES = (
    "app_mentions:read",
    "bookmarks:read",
    "bookmarks:write",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
)

EVENTS = (
    "app_home_opened",
    "app_mention",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
)


def default_manifest() -> Json:
    """An app manifest with everything an incident bot usually asks for, and the one command `/dr`."""
    return {
        "display_information": {"name": "DR"},
        "features": {
            "bot_user": {"display_name": "dr", "always_online": True},
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "slash_commands": [
                {
                    "command": "/dr",
                    "description": "Disaster recovery",
                    "usage_hint": "failover | status | note | help",
                    "should_escape": True,
                }
            ],
            "shortcuts": [
                {
                    "name": "Add to the timeline",
                    "type": "message",
                    "callback_id": "add_to_timeline",
                    "description": "Note it",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
        },
    }


@dataclass(frozen=True)
class Seed:
    """Everything a workspace is made from; the default is a small company with one incident channel."""

    team_name: str = "Northwind"
    team_domain: str = "northwind"
    people: tuple[MemberSeed, ...] = PEOPLE
    channels: tuple[ChannelSeed, ...] = CHANNELS
    groups: tuple[GroupSeed, ...] = GROUPS
    manifest: Json = field(default_factory=default_manifest)
