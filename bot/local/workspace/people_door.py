"""The door for people: JSON under `/people/{who}/…`, where `who` is a handle or an id, and a stream of what changes.

The page, the demo and the tests all come in here. Answers are `{"ok": true, …}`
or `{"ok": false, "error", "complaints"}`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.local.workspace.acts import Acts
from bot.local.workspace.inputs import NoSuchOption
from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.files import describe
from bot.local.workspace.modal_acts import ModalActs
from bot.local.workspace.posting import messages_for
from bot.local.workspace.seed import BOT_USER
from bot.local.workspace.state import Channel, Member, View, World

KEEPALIVE = 15.0
LONGEST_POLL = 30.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Act = Callable[[Member, Json], Awaitable[Json]]


class PeopleDoor:
    """Reads what a person wants, has it done, says how it went."""

    def __init__(self, world: World, acts: Acts, modals: ModalActs, closing: asyncio.Event) -> None:
        self._world = world
        self._acts = acts
        self._modals = modals
        self._closing = closing
        self._table: dict[str, Act] = {
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "command": self._command,
            "click": self._click,
            "submit": self._submit,
            "close": self._close,
            "home": self._home,
            "shortcut": self._shortcut,
            "suggest": self._suggest,
        }

    def routes(self) -> list[web.RouteDef]:
        """What to add to the server."""
        return [
            web.get("/people/{who}/workspace", self._reading(self._workspace)),
            web.get("/people/{who}/channels/{channel}", self._reading(self._channel)),
            web.get("/people/{who}/views", self._reading(self._views)),
            web.get("/people/{who}/files", self._reading(self._files)),
            web.get("/people/{who}/changes", self._changes),
            web.get("/people/{who}/stream", self._stream),
            web.post("/people/{who}/{act}", self._act),
        ]

    async def _act(self, request: web.Request) -> web.Response:
        act = self._table.get(request.match_info["act"])
        if act is None:
            return refusal(SlackError("unknown_act", [f"there is {', '.join(self._table)}"]), 404)
        try:
            body = await request.json()
            return web.json_response({"ok": True, **await act(self._person(request), body)})
        except SlackError as refused:
            return refusal(refused)
        except NoSuchOption as refused:
            return refusal(SlackError("no_such_option", [str(refused)]))
        except (KeyError, ValueError, TypeError, AttributeError) as unreadable:
            return refusal(SlackError("invalid_arguments", [repr(unreadable)]), 400)

    def _reading(self, read: Callable[[Member, web.Request], Json]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            try:
                return web.json_response({"ok": True, **read(self._person(request), request)})
            except SlackError as refused:
                return refusal(refused)

        return handle

    async def _changes(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", self._world.feed.last))
        seconds = min(float(request.query.get("timeout", 0)), LONGEST_POLL)
        changes = await self._world.feed.after(after, self._person(request).id, seconds)
        return web.json_response({"ok": True, "changes": changes, "last": self._world.feed.last})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        person = self._person(request)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        seq = int(request.headers.get("Last-Event-ID") or request.query.get("after") or self._world.feed.last)
        await stream.write(b": hello\n\n")
        with contextlib.suppress(ConnectionResetError):  # the page was closed or reloaded
            await self._stream_changes(stream, person, seq)
        return stream

    async def _stream_changes(self, stream: web.StreamResponse, person: Member, seq: int) -> None:
        while not self._closing.is_set():
            changes = await self._world.feed.after(seq, person.id, KEEPALIVE)
            for change in changes:
                await stream.write(f"id: {change['seq']}\ndata: {json.dumps(change)}\n\n".encode())
                seq = change["seq"]
            if not changes:
                await stream.write(b": still here\n\n")

    def _workspace(self, person: Member, request: web.Request) -> Json:
        world = self._world
        features = world.seed.manifest.get("features", {})
        return {
            "me": person.id,
            "team": {"name": world.seed.team_name, "domain": world.seed.team_domain},
            "app": {"name": world.app_name, "user": BOT_USER, "handle": world.bot_handle},
            "people": [brief(member) for member in world.members.values()],
            "groups": [{"id": group.id, "handle": group.handle} for group in world.groups.values()],
            "channels": [self._channel_brief(one) for one in world.channels.values() if person.id in one.members],
            "commands": features.get("slash_commands", []),
            "shortcuts": features.get("shortcuts", []),
            "last": world.feed.last,
        }

    def _channel(self, person: Member, request: web.Request) -> Json:
        channel = self._acts.channel_of(person, request.match_info["channel"])
        last = self._world.feed.last
        return {
            "channel": self._channel_brief(channel),
            "messages": messages_for(self._world, channel, person.id),
            "last": last,
        }

    def _views(self, person: Member, request: web.Request) -> Json:
        home = self._world.homes.get(person.id)
        stack = self._world.modals.get(person.id, [])
        return {"modals": [shown(view) for view in stack], "home": shown(home) if home else None}

    def _files(self, person: Member, request: web.Request) -> Json:
        mine = {channel.id for channel in self._world.channels.values() if person.id in channel.members}
        shared = [file for file in self._world.files.values() if file.completed and mine & set(file.channels)]
        return {"files": [describe(self._world, file) for file in shared]}

    async def _say(self, user: Member, body: Json) -> Json:
        thread, broadcast = body.get("thread_ts"), bool(body.get("broadcast"))
        files = {str(name): base64.b64decode(content) for name, content in (body.get("files") or {}).items()}
        return {"message": self._acts.say(user, body["channel"], body["text"], thread, broadcast, files)}

    async def _edit(self, user: Member, body: Json) -> Json:
        return {"message": self._acts.edit(user, body["channel"], body["ts"], body["text"])}

    async def _delete(self, user: Member, body: Json) -> Json:
        self._acts.delete(user, body["channel"], body["ts"])
        return {}

    async def _react(self, user: Member, body: Json) -> Json:
        self._acts.react(user, body["channel"], body["ts"], body["name"], bool(body.get("take_back")))
        return {}

    async def _command(self, user: Member, body: Json) -> Json:
        return {"ack": await self._acts.command(user, body["channel"], body["text"])}

    async def _click(self, user: Member, body: Json) -> Json:
        action, value, block = body["action_id"], body.get("value"), body.get("block_id")
        if "ts" in body:
            return {"ack": await self._acts.click(user, body["channel"], body["ts"], action, value, block)}
        view, values = body.get("view_id"), body.get("values")
        return {"ack": await self._modals.click(user, view, action, value, block, values)}

    async def _submit(self, user: Member, body: Json) -> Json:
        return await self._modals.submit(user, body.get("view_id"), body.get("values") or {})

    async def _close(self, user: Member, body: Json) -> Json:
        await self._modals.close(user, body.get("view_id"), bool(body.get("all")))
        return {}

    async def _home(self, user: Member, body: Json) -> Json:
        self._acts.open_home(user, body.get("tab", "home"))
        return {}

    async def _shortcut(self, user: Member, body: Json) -> Json:
        channel, ts = body.get("channel"), body.get("ts")
        return {"ack": await self._acts.shortcut(user, body["callback_id"], channel, ts)}

    async def _suggest(self, user: Member, body: Json) -> Json:
        view, channel, ts = body.get("view_id"), body.get("channel"), body.get("ts")
        typed: Any = body.get("typed", "")
        return {"options": await self._modals.suggest(user, body["action_id"], str(typed), view, channel, ts)}

    def _person(self, request: web.Request) -> Member:
        return self._world.member(request.match_info["who"])

    def _channel_brief(self, channel: Channel) -> Json:
        return {
            "id": channel.id,
            "name": channel.name,
            "kind": channel.kind,
            "purpose": channel.purpose,
            "archived": channel.is_archived,
            "members": len(channel.members),
            "app_is_member": BOT_USER in channel.members,
            "bookmarks": channel.bookmarks,
            "last_ts": max(channel.messages, default=""),
        }


def brief(member: Member) -> Json:
    """A person as the page shows them."""
    return {
        "id": member.id,
        "handle": member.handle,
        "name": member.name,
        "title": member.title,
        "is_bot": member.is_bot,
        "is_restricted": member.is_restricted,
    }


def shown(view: View) -> Json:
    """A view with what was refused in it."""
    return view.body | {"errors": view.errors}


def refusal(refused: SlackError, status: int = 200) -> web.Response:
    """How a refusal is told to a person's client."""
    body = {"ok": False, "error": refused.code, "complaints": refused.complaints}
    return web.json_response(body, status=status)
