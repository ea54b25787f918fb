"""users.*, usergroups.*, team.info, auth.test: who is who."""

from __future__ import annotations

from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.call import Call, page
from bot.local.workspace.seed import APP_ID, BOT_ID, BOT_USER, TEAM_ID, GroupSeed


def auth_test(call: Call) -> Json:
    """auth.test: whose token this is."""
    world = call.world
    return {
        "url": world.base_url,
        "team": world.seed.team_name,
        "user": world.bot_handle,
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def api_test(call: Call) -> Json:
    """api.test: gives the arguments back, or the error asked for."""
    if code := call.text("error"):
        raise SlackError(code, args=call.args)
    return {"args": call.args}


def user_info(call: Call) -> Json:
    """users.info; the locale only when it is asked for."""
    user = call.need("user", "user_not_found")
    if user not in call.world.members:
        raise SlackError("user_not_found")
    member = call.world.members[user]
    return {"user": member.as_slack("users:read.email" in call.scopes, call.flag("include_locale"))}


def list_users(call: Call) -> Json:
    """users.list, in pages."""
    everyone = [member.as_slack("users:read.email" in call.scopes) for member in call.world.members.values()]
    chosen, metadata = page(call, everyone)
    return {"members": chosen, "cache_ts": int(call.world.clock()), "response_metadata": metadata}


def lookup_by_email(call: Call) -> Json:
    """users.lookupByEmail; raises `users_not_found`."""
    email = call.need("email").lower()
    for member in call.world.members.values():
        if member.email == email and not member.is_bot:
            return {"user": member.as_slack()}
    raise SlackError("users_not_found")


def list_groups(call: Call) -> Json:
    """usergroups.list; with their people when `include_users`."""
    return {"usergroups": [_group(call, group) for group in call.world.groups.values()]}


def group_users(call: Call) -> Json:
    """usergroups.users.list."""
    return {"users": call.world.group_members(call.need("usergroup", "no_such_subteam"))}


def team_info(call: Call) -> Json:
    """team.info."""
    return {"team": call.world.team}


def bots_info(call: Call) -> Json:
    """bots.info: the app itself."""
    if call.text("bot") not in (None, BOT_ID):
        raise SlackError("bot_not_found")
    name = call.world.app_name
    return {"bot": {"id": BOT_ID, "deleted": False, "name": name, "app_id": APP_ID, "user_id": BOT_USER, "icons": {}}}


def _group(call: Call, group: GroupSeed) -> Json:
    users = call.world.group_members(group.id)
    body: Json = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1700000000,
        "date_update": 1700000000,
        "date_delete": 0,
        "auto_type": None,
        "created_by": "U01ALICE00",
        "prefs": {"channels": [], "groups": []},
        "user_count": len(users),
    }
    return body | ({"users": users} if call.flag("include_users") else {})
