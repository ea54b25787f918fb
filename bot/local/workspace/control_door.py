"""The door for trouble: switch faults on and off, cut sockets, revoke tokens, archive channels, and count calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from aiohttp import web

from bot.local.workspace.api import Api, Tokens
from bot.local.workspace.faults import Fault, Faults
from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.people_door import refusal
from bot.local.workspace.socket_mode import SocketLinks
from bot.local.workspace.state import World

Control = Callable[[Json], Awaitable[Json]]


class ControlDoor:
    """JSON under `/control/…`."""

    def __init__(self, world: World, api: Api, tokens: Tokens, faults: Faults, links: SocketLinks) -> None:
        self._world = world
        self._api = api
        self._tokens = tokens
        self._faults = faults
        self._links = links
        self._table: dict[str, Control] = {
            "fault": self._fault,
            "clear": self._clear,
            "disconnect": self._disconnect,
            "cut": self._cut,
            "revoke": self._revoke,
            "restore": self._restore,
            "archive": self._archive,
            "share": self._share,
        }

    def routes(self) -> list[web.RouteDef]:
        """What to add to the server."""
        return [web.get("/control/calls", self._calls), web.post("/control/{control}", self._control)]

    async def _control(self, request: web.Request) -> web.Response:
        control = self._table.get(request.match_info["control"])
        if control is None:
            return refusal(SlackError("unknown_control", [f"there is {', '.join(self._table)}"]), 404)
        try:
            body = await request.json() if request.can_read_body else {}
            return web.json_response({"ok": True, **await control(body)})
        except SlackError as refused:
            return refusal(refused)
        except (KeyError, TypeError, ValueError) as unreadable:
            return refusal(SlackError("invalid_arguments", [repr(unreadable)]), 400)

    async def _calls(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "calls": [asdict(made) for made in self._api.calls]})

    async def _fault(self, body: Json) -> Json:
        self._faults.add(Fault(**body))
        return {"active": len(self._faults.active)}

    async def _clear(self, body: Json) -> Json:
        self._faults.clear()
        return {}

    async def _disconnect(self, body: Json) -> Json:
        await self._links.disconnect(body.get("reason", "refresh_requested"))
        return {"connections": len(self._links.links)}

    async def _cut(self, body: Json) -> Json:
        self._links.cut()
        return {}

    async def _revoke(self, body: Json) -> Json:
        self._tokens.revoked.add(self._tokens.app if body.get("token") == "app" else self._tokens.bot)
        return {}

    async def _restore(self, body: Json) -> Json:
        self._tokens.revoked.clear()
        return {}

    async def _archive(self, body: Json) -> Json:
        self._world.channel(body["channel"]).is_archived = bool(body.get("archived", True))
        self._world.feed.publish("channels")
        return {}

    async def _share(self, body: Json) -> Json:
        self._world.channel(body["channel"]).is_ext_shared = bool(body.get("shared", True))
        return {}
