"""What the app receives: commands, clicks, submissions, shortcuts and events, in the shapes Slack sends."""

from __future__ import annotations

import copy

from bot.local.workspace.kinds import Json
from bot.local.workspace.seed import APP_ID, BOT_USER, TEAM_ID
from bot.local.workspace.state import Channel, Member, View, World

VERIFICATION = "local-verification"


def slash_command(world: World, user: Member, channel: Channel, command: str, text: str, response_url: str) -> Json:
    """A slash command, flat, as in Slack's form."""
    return {
        "token": VERIFICATION,
        "team_id": TEAM_ID,
        "team_domain": world.seed.team_domain,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user.id,
        "user_name": user.handle,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": world.triggers.mint(user.id),
    }


def message_actions(
    world: World, user: Member, channel: Channel, message: Json, action: Json, state: Json, response_url: str
) -> Json:
    """A click in a message."""
    ephemeral = bool(message.get("is_ephemeral"))
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    body = _interaction(world, user, "block_actions") | {
        "container": container,
        "channel": channel_brief(channel),
        "state": {"values": state},
        "response_url": response_url,
        "actions": [action | {"action_ts": world.new_ts()}],
    }
    return body if ephemeral else body | {"message": copy.deepcopy(message)}


def view_actions(world: World, user: Member, view: View, action: Json) -> Json:
    """A click in a modal or on Home."""
    return _interaction(world, user, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "view": copy.deepcopy(view.body),
        "actions": [action | {"action_ts": world.new_ts()}],
    }


def view_submission(world: World, user: Member, view: View) -> Json:
    """A modal's submit."""
    body: Json = {"view": copy.deepcopy(view.body), "response_urls": []}
    return _interaction(world, user, "view_submission") | body


def view_closed(world: World, user: Member, view: View, is_cleared: bool) -> Json:
    """A modal closed without submitting."""
    body = _interaction(world, user, "view_closed") | {"view": copy.deepcopy(view.body), "is_cleared": is_cleared}
    del body["trigger_id"]
    return body


def block_suggestion(world: World, user: Member, where: Json, block_id: str, action_id: str, typed: str) -> Json:
    """The options of an external select being asked for; `where` tells the container."""
    body = _interaction(world, user, "block_suggestion") | where
    del body["trigger_id"]
    return body | {"block_id": block_id, "action_id": action_id, "value": typed}


def message_shortcut(
    world: World, user: Member, channel: Channel, message: Json, callback_id: str, response_url: str
) -> Json:
    """A shortcut on a message."""
    return _interaction(world, user, "message_action") | {
        "callback_id": callback_id,
        "action_ts": world.new_ts(),
        "message_ts": message["ts"],
        "channel": channel_brief(channel),
        "message": copy.deepcopy(message),
        "response_url": response_url,
    }


def global_shortcut(world: World, user: Member, callback_id: str) -> Json:
    """A shortcut from the composer."""
    return _interaction(world, user, "shortcut") | {"callback_id": callback_id, "action_ts": world.new_ts()}


def event_callback(world: World, event: Json) -> Json:
    """An event in its envelope."""
    return {
        "token": VERIFICATION,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": world.new_id("Ev"),
        "event_time": int(world.clock()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": _is_shared(world, event),
        "event_context": world.new_id("4-"),
    }


def channel_brief(channel: Channel) -> Json:
    """A channel as interactions name it."""
    return {"id": channel.id, "name": channel.name or "directmessage"}


def _is_shared(world: World, event: Json) -> bool:
    place = event.get("channel") or event.get("item", {}).get("channel")
    channel = world.channels.get(place) if isinstance(place, str) else None
    return channel is not None and channel.is_ext_shared


def _interaction(world: World, user: Member, kind: str) -> Json:
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": world.seed.team_domain},
        "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": TEAM_ID},
        "api_app_id": APP_ID,
        "token": VERIFICATION,
        "trigger_id": world.triggers.mint(user.id),
        "enterprise": None,
        "is_enterprise_install": False,
    }
