"""Every method the workspace answers: what does it, which scopes it asks for, which token, and its rate tier.

Scopes and tiers are those of Slack's method pages. `scopes` lists alternatives: any one of them is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.local.workspace.kinds import Json
from bot.local.workspace.methods import chat, conversations, files, marks, people, views
from bot.local.workspace.methods.call import Call, TokenKind


@dataclass(frozen=True)
class Method:
    """One Web API method; `answer` returns the body without `ok` or raises a SlackError; `token` None asks for none."""

    answer: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    tier: int = 3
    token: TokenKind | Literal["any"] | None = "bot"  # noqa: S105 (a kind, not a secret)


READ_CONVERSATIONS = ("channels:read", "groups:read", "im:read", "mpim:read")
READ_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")


def open_connection(call: Call) -> Json:
    """apps.connections.open: a WebSocket address, good for one connection."""
    ticket = call.world.new_id("t")
    call.world.tickets.add(ticket)
    address = call.world.base_url.replace("http", "ws", 1)
    return {"url": f"{address}link/?ticket={ticket}&app_id={call.world.new_id('x')}"}


METHODS: dict[str, Method] = {
    "api.test": Method(people.api_test, tier=4, token=None),
    "auth.test": Method(people.auth_test, tier=4, token="any"),  # noqa: S106 (a kind, not a secret)
    "apps.connections.open": Method(open_connection, ("connections:write",), 3, "app"),
    "bots.info": Method(people.bots_info, ("users:read",), 3),
    "team.info": Method(people.team_info, ("team:read",), 3),
    "chat.postMessage": Method(chat.post_message, ("chat:write",), 4),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",), 4),
    "chat.update": Method(chat.update, ("chat:write",), 3),
    "chat.delete": Method(chat.delete, ("chat:write",), 3),
    "chat.getPermalink": Method(chat.get_permalink, (), 4),
    "views.open": Method(views.open_view, (), 4),
    "views.push": Method(views.push_view, (), 4),
    "views.update": Method(views.update_view, (), 4),
    "views.publish": Method(views.publish_view, (), 4),
    "users.info": Method(people.user_info, ("users:read",), 4),
    "users.list": Method(people.list_users, ("users:read",), 2),
    "users.lookupByEmail": Method(people.lookup_by_email, ("users:read.email",), 3),
    "usergroups.list": Method(people.list_groups, ("usergroups:read",), 2),
    "usergroups.users.list": Method(people.group_users, ("usergroups:read",), 2),
    "conversations.info": Method(conversations.info, READ_CONVERSATIONS, 3),
    "conversations.list": Method(conversations.list_channels, READ_CONVERSATIONS, 2),
    "conversations.members": Method(conversations.members, READ_CONVERSATIONS, 4),
    "conversations.history": Method(conversations.history, READ_HISTORY, 3),
    "conversations.replies": Method(conversations.replies, READ_HISTORY, 3),
    "conversations.join": Method(conversations.join, ("channels:join",), 3),
    "conversations.open": Method(conversations.open_conversation, ("im:write",), 3),
    "pins.add": Method(marks.add_pin, ("pins:write",), 2),
    "pins.remove": Method(marks.remove_pin, ("pins:write",), 2),
    "pins.list": Method(marks.list_pins, ("pins:read",), 2),
    "reactions.add": Method(marks.add_reaction, ("reactions:write",), 3),
    "reactions.remove": Method(marks.remove_reaction, ("reactions:write",), 2),
    "reactions.get": Method(marks.get_reactions, ("reactions:read",), 3),
    "bookmarks.add": Method(marks.add_bookmark, ("bookmarks:write",), 2),
    "bookmarks.list": Method(marks.list_bookmarks, ("bookmarks:read",), 3),
    "bookmarks.remove": Method(marks.remove_bookmark, ("bookmarks:write",), 2),
    "files.getUploadURLExternal": Method(files.get_upload_url, ("files:write",), 4),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",), 4),
    "files.info": Method(files.file_info, ("files:read",), 4),
    "files.delete": Method(files.delete_file, ("files:write",), 3),
}
