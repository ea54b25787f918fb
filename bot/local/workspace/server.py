"""The local Slack workspace as a server: `async with Workspace() as slack:`, then point a bot at it.

    slack.api_url      SLACK_API_URL            slack.bot_token    SLACK_BOT_TOKEN
    slack.page_url     open it in a browser     slack.app_token    SLACK_APP_TOKEN

It listens on loopback only and keeps everything in memory; when it stops, the workspace is gone.
"""

from __future__ import annotations

import asyncio
import mimetypes
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from aiohttp import web

from bot.local.workspace.acts import Acts
from bot.local.workspace.api import Api, Tokens
from bot.local.workspace.control_door import ControlDoor
from bot.local.workspace.delivery import ACK_SECONDS, EVENT_RETRIES, Delivery, Events
from bot.local.workspace.faults import Faults
from bot.local.workspace.http_mode import HttpRequests
from bot.local.workspace.kinds import Clock, Json
from bot.local.workspace.methods.files import LARGEST, mime_of
from bot.local.workspace.modal_acts import ModalActs
from bot.local.workspace.people_door import PeopleDoor
from bot.local.workspace.person import Person
from bot.local.workspace.rates import Rates
from bot.local.workspace.response_urls import ResponseUrls
from bot.local.workspace.seed import Seed, default_manifest
from bot.local.workspace.socket_mode import SocketLinks
from bot.local.workspace.state import World
from bot.local.workspace.triggers import Triggers

PAGE = Path(__file__).parent / "page"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
BOT_TOKEN = "xoxb-local-workspace"  # noqa: S105 (good on this laptop only)
APP_TOKEN = "xapp-local-workspace"  # noqa: S105 (good on this laptop only)
SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
PAGE_POLICY = "default-src 'self'; img-src 'self' data: http: https:; style-src 'self'; frame-ancestors 'none'"


class Workspace:
    """A whole Slack workspace on loopback, for one app.

    `manifest` is the app's manifest (scopes, commands, events, shortcuts); `http_request_url` and `signing_secret`
    switch from Socket Mode to signed HTTP; `rate_limits` makes it strict about tiers; the times are Slack's own.
    """

    def __init__(
        self,
        seed: Seed | None = None,
        *,
        manifest: Json | None = None,
        rate_limits: bool = False,
        http_request_url: str | None = None,
        signing_secret: str | None = None,
        trigger_seconds: float = 3.0,
        ack_seconds: float = ACK_SECONDS,
        event_retries: Sequence[float] = EVENT_RETRIES,
        clock: Clock = time.time,
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
    ) -> None:
        seed = seed or Seed(manifest=manifest or default_manifest())
        self.bot_token, self.app_token = bot_token, app_token
        self.world = World(seed, clock, Triggers(clock, trigger_seconds))
        self.faults = Faults()
        self.links = SocketLinks(self.world, ack_seconds)
        self._http = (
            HttpRequests(http_request_url, signing_secret or "", clock, ack_seconds) if http_request_url else None
        )
        delivery: Delivery = self._http or self.links
        self.events = Events(self.world, delivery, event_retries)
        self.world.emit = self.events.emit
        self.tokens = Tokens(bot_token, app_token)
        urls = ResponseUrls(self.world)
        acts = Acts(self.world, delivery, urls)
        self.api = Api(self.world, self.tokens, self.faults, Rates(clock) if rate_limits else None, urls)
        self._closing = asyncio.Event()
        people = PeopleDoor(self.world, acts, ModalActs(acts), self._closing)
        control = ControlDoor(self.world, self.api, self.tokens, self.faults, self.links)
        self._app = web.Application(client_max_size=LARGEST + 1024, middlewares=[local_only])
        self._app.add_routes([*self.api.routes(), *people.routes(), *control.routes(), *self._routes()])
        self._runner: web.AppRunner | None = None

    @property
    def page_url(self) -> str:
        """Where people come in: the page, and what `Person` talks to."""
        return self.world.base_url

    @property
    def api_url(self) -> str:
        """The Web API's base URL, with its closing slash."""
        return f"{self.world.base_url}api/"

    def person(self, who: str) -> Person:
        """Somebody sitting at this workspace; use it as an async context manager."""
        return Person(self.page_url, who)

    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Start listening; port 0 takes a free one."""
        self._runner = web.AppRunner(self._app, handle_signals=False, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.world.base_url = f"http://{host}:{bound}/"

    async def close(self) -> None:
        """Stop listening and forget everything."""
        self._closing.set()
        self.world.feed.publish("closing")
        await self.events.close()
        await self.links.close()
        if self._http is not None:
            await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Workspace:
        if self._runner is None:
            await self.serve()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._page),
            web.get("/archives/{channel}/{message}", self._page),
            web.get("/page/{name}", self._page_file),
            web.get("/files/{id}/{name}", self._file),
            web.get("/link/", self.links.serve),
        ]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return _page_file("index.html")

    async def _page_file(self, request: web.Request) -> web.StreamResponse:
        return _page_file(request.match_info["name"])

    async def _file(self, request: web.Request) -> web.Response:
        file = self.world.files.get(request.match_info["id"].partition("-")[2])
        if file is None or file.content is None:
            raise web.HTTPNotFound
        kind = mime_of(file)
        shows = kind in ("image/png", "image/jpeg", "image/gif") or (kind.startswith("text/") and kind != "text/html")
        place = "inline" if shows and "download" not in request.query else "attachment"
        headers = SAFE | {
            "Content-Type": "text/plain; charset=utf-8" if kind.startswith("text/") and place == "inline" else kind,
            "Content-Disposition": place,
            "Content-Security-Policy": "sandbox",
        }
        return web.Response(body=file.content, headers=headers)


@web.middleware
async def local_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what another site's page sends here: a foreign Host (DNS rebinding) or a foreign Origin."""
    origin = request.headers.get("Origin")
    host = urlsplit(f"//{request.host}").hostname
    foreign = origin is not None and urlsplit(origin).netloc != request.host
    if host not in LOOPBACK or (foreign and not request.path.startswith("/api/")):
        raise web.HTTPForbidden(text="This workspace talks to its own page only.")
    return await handler(request)


def _page_file(name: str) -> web.StreamResponse:
    path = PAGE / name
    if path.parent != PAGE or not path.is_file():
        raise web.HTTPNotFound
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = SAFE | {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
    return web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8", headers=headers)
