"""The Slack app as Slack is asked to create it: exactly the scopes and events this room uses, each with its reason."""

from __future__ import annotations

from bot.slack.kit import Json
from bot.slack.listeners.commands import COMMAND
from bot.slack.listeners.messages import SHORTCUT
from bot.usecases.grammar import USAGES

SCOPES: dict[str, str] = {
    "app_mentions:read": "the same words as after /dr, inside threads",
    "channels:join": "a member may pin the card and read what is captured",
    "channels:read": "find the channel that a service names",
    "channels:history": "find a message that was posted although the answer was lost; read a message that is captured",
    "groups:history": "the same in private channels",
    "groups:read": "the same in private channels",
    "chat:write": "cards, approvals, thread lines",
    "chat:write.public": "post in a service's channel without an invitation",
    "commands": "/dr and the shortcut",
    "files:read": "copy the files of a captured message",
    "files:write": "upload the exports",
    "im:write": "tell a person directly when nothing else is open",
    "pins:write": "pin the run card",
    "reactions:read": "capture a message by its emoji",
    "reactions:write": "tick what was captured",
    "usergroups:read": "know who is in the user groups that feed groups of approvers",
    "users:read": "refuse guests, bots and outsiders",
}
EVENTS = (
    "app_home_opened", "app_mention", "message.channels", "message.groups", "reaction_added", "reaction_removed",
)  # fmt: skip


def manifest(request_url: str = "") -> Json:
    """An app manifest for Socket Mode; with `request_url` for HTTP instead."""
    http = {"request_url": request_url} if request_url else {}
    command = {
        "command": COMMAND,
        "description": "Disaster recovery: plan, approve, run, follow",
        "usage_hint": " | ".join(USAGES),
        "should_escape": True,
    }
    shortcut = {
        "name": "Add to the timeline",
        "type": "message",
        "callback_id": SHORTCUT,
        "description": "Put this message on the run's timeline",
    }
    return {
        "display_information": {
            "name": "Disaster Recovery",
            "description": "Carries a team through a disaster recovery on AWS",
            "background_color": "#1f3a5f",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "dr", "always_online": True},
            "shortcuts": [shortcut],
            "slash_commands": [command | ({"url": request_url} if request_url else {})],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **http},
            "interactivity": {"is_enabled": True, **http},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not request_url,
            "token_rotation_enabled": False,
        },
    }
