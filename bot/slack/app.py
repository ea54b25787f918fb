"""The Slack door: Bolt's app with every listener, and the connection that feeds it.

Promises: Slack's acknowledgement never waits for Redis or AWS; a token that does not work is told at the start, with
the remedy. Two sockets are held, so that a refresh of one loses nothing; one that fell silent is noticed in 6 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.language import Language, _, later
from bot.model.errors import Unavailable
from bot.ports.leases import Leases
from bot.ports.plans import ShownPlans
from bot.ports.sent import SentMessages
from bot.ports.witness import Health
from bot.settings import SlackSettings
from bot.slack.answers import REMEDIES, code_of, status_of
from bot.slack.channels import Channels
from bot.slack.crier import Crier
from bot.slack.door import Door, Shelf
from bot.slack.identity import Identities, Me
from bot.slack.lateness import why_refused
from bot.slack.listeners import buttons, commands, home, messages, modals
from bot.slack.once import Once
from bot.slack.outbox import Outbox
from bot.slack.tasks import ended
from bot.usecases.desk import Desk

log = structlog.get_logger()

PATH = "/slack/events"
HEALTH = "/healthz"
"""For a load balancer: 200 for as long as clicks are taken here, also while Redis or AWS is away: that is told."""
SOCKETS = 2
TIMEOUT = 5
CONNECTING = 8
PING = 1.5
"""Seconds between two pings of a socket; four without an answer and it is opened anew."""
_UNKNOWN = later("See the error's name in Slack's documentation; dr doctor tells more.")


def build_app(door: Door, settings: SlackSettings) -> AsyncApp:
    """Bolt with every listener of this room. Makes no call itself: who the app is, is known already."""

    async def authorize() -> AuthorizeResult:
        me = door.me
        return AuthorizeResult(
            enterprise_id=me.enterprise or None, team_id=me.team, bot_user_id=me.user, bot_id=me.bot or None,
            bot_token=settings.bot_token,
        )  # fmt: skip

    app = AsyncApp(
        name="dr",
        client=client_of(settings),
        signing_secret=settings.signing_secret,
        request_verification_enabled=bool(settings.signing_secret),
        authorize=authorize,
        logger=logging.getLogger("slack_bolt"),
    )
    for room in (commands, modals, buttons, home, messages):
        room.register(app, door)
    return app


def client_of(
    settings: SlackSettings, token: str | None = None, session: aiohttp.ClientSession | None = None
) -> AsyncWebClient:
    """A client that asks once, gives up soon, and takes the proxy that the settings name and no other."""
    client = AsyncWebClient(token, base_url=settings.api_url, timeout=TIMEOUT, session=session, retry_handlers=[])
    client.proxy = settings.proxy  # given to the constructor, None would mean: whatever the environment says
    return client


async def introduce(client: AsyncWebClient) -> Me:
    """Who the app is. Raises Unavailable with the remedy when Slack does not accept the token or does not answer."""
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        raise _refused(error) from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise Unavailable(
            _(
                "Slack does not answer at {url}: {error}. The command line works without it.",
                url=client.base_url,
                error=type(error).__name__,
            )
        ) from error
    return Me(
        team=str(answer["team_id"]), user=str(answer["user_id"]), bot=str(answer.get("bot_id") or ""),
        enterprise=str(answer.get("enterprise_id") or ""),
    )  # fmt: skip


def _refused(error: SlackApiError) -> Unavailable:
    if status_of(error) >= 500:
        return Unavailable(
            _("Slack answers with HTTP {code}. The command line works without it.", code=status_of(error))
        )
    code = code_of(error)
    remedy = _(REMEDIES.get(code, _UNKNOWN))
    return Unavailable(_("Slack refuses the bot ({code}). {remedy}", code=code, remedy=remedy))


class SlackDoor:
    """`async with SlackDoor(…)`: listening and posting from here to the end of the block."""

    def __init__(
        self, desk: Desk, settings: SlackSettings, sent: SentMessages, leases: Leases, *, owner: str,
        store: Health | None = None, plans: ShownPlans | None = None,
    ) -> None:  # fmt: skip
        self._desk, self._settings, self._sent, self._leases, self._owner = desk, settings, sent, leases, owner
        self._store, self._plans = store, plans
        self._stack = AsyncExitStack()
        self._sockets: list[AsyncSocketModeHandler] = []
        self._client: AsyncWebClient | None = None

    def _language_of(self, service: str) -> Language:
        return self._desk.library().catalog.language_of(service)

    async def __aenter__(self) -> SlackDoor:
        """Raises Unavailable, with the remedy, when Slack cannot be used as configured."""
        async with AsyncExitStack() as stack:
            patience = aiohttp.ClientTimeout(total=TIMEOUT)  # a client with a session of ours forgets its own
            session = await stack.enter_async_context(aiohttp.ClientSession(timeout=patience))
            client = client_of(self._settings, self._settings.bot_token, session)
            me = await introduce(client)
            identities = Identities(self._desk, client, me)
            once = Once(self._leases, self._desk.clock, replayable=not self._settings.app_token)
            channels = Channels(client, self._desk.clock, self._settings.fallback_channel)
            door = Door(
                self._desk,
                client,
                me,
                identities,
                self._sent,
                channels,
                self._settings.capture_emoji,
                once=once,
                shelf=Shelf(self._plans),
            )
            app = build_app(door, self._settings)
            outbox = Outbox(self._desk, client, self._sent, self._leases, channels, owner=self._owner)
            stack.push_async_callback(_cancel, asyncio.create_task(outbox.run(), name="slack-outbox"))
            if self._store is not None:
                fallback = self._settings.fallback_channel
                crier = Crier(client, self._store, self._desk.clock, lambda: outbox.led, fallback, self._language_of)
                stack.push_async_callback(_cancel, asyncio.create_task(crier.run(), name="slack-crier"))
            await self._connect(app, client, stack)
            self._client, self._stack = client, stack.pop_all()
        log.info("slack-connected", team=me.team, user=me.user, mode="socket" if self._settings.app_token else "http")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def ails(self) -> str:
        """What keeps people from reaching us through Slack, with the remedy; empty when nothing does."""
        if self._client is None:
            return "Slack was never reached."
        try:
            await introduce(self._client)
        except Unavailable as away:
            return str(away)
        if self._sockets and not any([await handler.client.is_connected() for handler in self._sockets]):
            return "Slack answers, but none of its sockets to us is open: clicks and commands do not arrive here."
        return ""

    async def _connect(self, app: AsyncApp, client: AsyncWebClient, stack: AsyncExitStack) -> None:
        if self._settings.app_token:
            for _socket_number in range(SOCKETS):
                self._sockets.append(await _socket(app, self._settings, stack))
        elif self._settings.signing_secret:
            await _http(app, self._settings, stack)
        else:
            raise Unavailable(
                _("Slack needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode); neither is set.")
            )


async def _socket(app: AsyncApp, settings: SlackSettings, stack: AsyncExitStack) -> AsyncSocketModeHandler:
    handler = AsyncSocketModeHandler(app, settings.app_token, web_client=app.client, ping_interval=PING)
    handler.client.proxy = settings.proxy
    stack.push_async_callback(_close, handler)
    try:
        # The SDK retries a connection for ever, a refused token too; asked here, the refusal is told.
        handler.client.wss_uri = await handler.client.issue_new_wss_url()
        async with asyncio.timeout(CONNECTING):
            await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it bare
    except SlackApiError as error:
        raise _refused(error) from error
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise Unavailable(_("Slack's socket cannot be opened: {error}.", error=type(error).__name__)) from error
    return handler


async def _close(handler: AsyncSocketModeHandler) -> None:
    with contextlib.suppress(Exception):
        await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt leaves it bare


def _is_signed(signature: SignatureVerifier, said: str, headers: Mapping[str, str]) -> bool:
    """Whether Slack signed it lately. A time that is no number, and a signature of odd letters, are nobody's."""
    try:
        return signature.is_valid_request(said, dict(headers))
    except (ValueError, TypeError):  # what the SDK says to them
        return False


async def _http(app: AsyncApp, settings: SlackSettings, stack: AsyncExitStack) -> None:
    signature = SignatureVerifier(settings.signing_secret)

    async def receive(request: web.Request) -> web.Response:
        said = (await request.read()).decode(errors="replace")  # Slack sends UTF-8, and has signed nothing else
        if not _is_signed(signature, said, request.headers):  # Bolt would read it first and ask then
            log.warning("slack-request-refused", why=why_refused(request.headers, datetime.now(UTC)))
            return web.Response(status=401)
        headers: dict[str, Any] = {name.lower(): [value] for name, value in request.headers.items()}
        bolt = await app.async_dispatch(AsyncBoltRequest(body=said, query=request.query_string, headers=headers))
        plain = {
            name: value for name, value in bolt.first_headers_without_set_cookie().items() if name != "content-type"
        }
        kind = bolt.first_headers().get("content-type", "text/plain;charset=utf-8").split(";")[0]
        return web.Response(status=bolt.status, text=bolt.body, content_type=kind, headers=plain)

    async def here(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    server = web.Application(client_max_size=1024 * 1024)
    server.router.add_post(PATH, receive)
    server.router.add_get(HEALTH, here)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, port=settings.http_port).start()
    except OSError as taken:
        raise Unavailable(
            _(
                "Nobody can reach the bot on port {port}: {error}. Set DR_HTTP_PORT to a free one.",
                port=settings.http_port,
                error=os.strerror(taken.errno or 0),
            )
        ) from taken


async def _cancel(task: asyncio.Task[None]) -> None:
    await ended([task])
