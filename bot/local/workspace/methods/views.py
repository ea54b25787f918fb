"""views.*: open, push, update and publish, with triggers, hashes and the three-deep stack."""

from __future__ import annotations

import copy
from typing import Any

from bot.local.workspace.blocks import VIEW_BYTES, check_view, view_size
from bot.local.workspace.inputs import initial_state
from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.call import Call
from bot.local.workspace.posting import with_ids
from bot.local.workspace.seed import APP_ID, BOT_ID, TEAM_ID
from bot.local.workspace.state import View, World

STACK_DEPTH = 3


def open_view(call: Call) -> Json:
    """views.open: a modal for whoever just did something."""
    body = checked_view(call.world, call.structure("view"), "modal")
    trigger = call.world.triggers.spend(call.need("trigger_id"))
    return {"view": show(call.world, trigger.user, body).body}


def push_view(call: Call) -> Json:
    """views.push: on top of the modal that the trigger came from."""
    body = checked_view(call.world, call.structure("view"), "modal")
    if len(call.world.modals.get(call.world.triggers.owner(call.need("trigger_id")), [])) >= STACK_DEPTH:
        raise SlackError("push_limit_reached")
    trigger = call.world.triggers.spend(call.need("trigger_id"))
    return {"view": push(call.world, trigger.user, body).body}


def update_view(call: Call) -> Json:
    """views.update: a modal or Home that somebody has open, if `hash` still fits."""
    body = checked_view(call.world, call.structure("view"))
    view = find(call)
    if (expected := call.text("hash")) is not None and expected != view.body["hash"]:
        raise SlackError("hash_conflict")
    return {"view": replace(call.world, view, body).body}


def publish_view(call: Call) -> Json:
    """views.publish: somebody's Home tab."""
    world = call.world
    user = world.member(call.need("user_id")).id
    body = checked_view(world, call.structure("view"), "home")
    view = world.homes.get(user)
    expected = call.text("hash")
    if expected is not None and (view is None or expected != view.body["hash"]):
        raise SlackError("hash_conflict")
    if view is None:
        view = _new_view(world, user, body)
        world.homes[user] = view
        world.feed.publish("home", user)
        return {"view": view.body}
    return {"view": replace(world, view, body).body}


def checked_view(world: World, view: Any, kind: str | None = None) -> Json:
    """A view Slack would take; raises `invalid_arguments`, `view_too_large` or `duplicate_external_id`."""
    if view is None:
        raise SlackError("invalid_arguments", ["missing required field: view"])
    if complaints := check_view(view):
        raise SlackError("invalid_arguments", complaints)
    if kind is not None and view["type"] != kind:
        raise SlackError("invalid_arguments", [f"must be a {kind} view [json-pointer:/view/type]"])
    if view_size(view) > VIEW_BYTES:
        raise SlackError("view_too_large")
    return dict(copy.deepcopy(view))


def find(call: Call) -> View:
    """The view that `view_id` or `external_id` names; raises `not_found`."""
    if view_id := call.text("view_id"):
        return call.world.view(view_id)
    external = call.need("external_id")
    for view in call.world.all_views():
        if view.body["external_id"] == external:
            return view
    raise SlackError("not_found")


def show(world: World, user: str, body: Json) -> View:
    """Open a modal as the only one somebody sees."""
    world.modals[user] = []
    return push(world, user, body)


def push(world: World, user: str, body: Json) -> View:
    """Open a modal on top of what somebody has open; raises `push_limit_reached`."""
    stack = world.modals.setdefault(user, [])
    if len(stack) >= STACK_DEPTH:
        raise SlackError("push_limit_reached")
    view = _new_view(world, user, body)
    view.body["previous_view_id"] = stack[-1].id if stack else None
    view.body["root_view_id"] = stack[0].id if stack else view.id
    stack.append(view)
    world.feed.publish("view", user, view_id=view.id, what="opened")
    return view


def replace(world: World, view: View, body: Json) -> View:
    """Give an open view a new body; what was typed stays where block_id and action_id stay."""
    _refuse_taken_external_id(world, body, besides=view.id)
    typed = view.body["state"]["values"]
    kept = {name: view.body[name] for name in ("root_view_id", "previous_view_id")}
    view.body = _dressed(world, view.id, body) | kept
    view.errors = {}
    for block_id, entries in view.body["state"]["values"].items():
        for action_id, entry in entries.items():
            before = typed.get(block_id, {}).get(action_id)
            if before is not None and before["type"] == entry["type"]:
                entries[action_id] = before
    kind = "home" if body["type"] == "home" else "view"
    world.feed.publish(kind, view.user, view_id=view.id, what="updated")
    return view


def _new_view(world: World, user: str, body: Json) -> View:
    _refuse_taken_external_id(world, body)
    view_id = world.new_id("V")
    return View(view_id, user, _dressed(world, view_id, body))


def _refuse_taken_external_id(world: World, body: Json, besides: str | None = None) -> None:
    external = body.get("external_id")
    if external and any(view.body["external_id"] == external and view.id != besides for view in world.all_views()):
        raise SlackError("duplicate_external_id")


def _dressed(world: World, view_id: str, body: Json) -> Json:
    blocks = with_ids(world, body["blocks"])
    return {
        "id": view_id,
        "team_id": TEAM_ID,
        "type": body["type"],
        "blocks": blocks,
        "private_metadata": body.get("private_metadata") or "",
        "callback_id": body.get("callback_id") or "",
        "state": {"values": initial_state(blocks)},
        "hash": f"{int(world.clock())}.{world.new_id('h')}",
        "title": body.get("title"),
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": None,
        "root_view_id": view_id,
        "app_id": APP_ID,
        "external_id": body.get("external_id") or "",
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }
