"""The Web API over HTTP: reads the call, checks token, scopes and rate, lets faults strike, answers as Slack does."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from dataclasses import dataclass, field

from aiohttp import web

from bot.local.workspace.faults import Fault, Faults
from bot.local.workspace.kinds import Json, SlackError
from bot.local.workspace.methods.call import Call, TokenKind
from bot.local.workspace.methods.table import METHODS, Method
from bot.local.workspace.rates import Rates
from bot.local.workspace.response_urls import ResponseUrls
from bot.local.workspace.state import World

log = logging.getLogger(__name__)

CALLS_KEPT = 5000


@dataclass(frozen=True)
class Made:
    """One call as it was answered, for whoever wants to count."""

    method: str
    at: float
    args: Json
    status: int
    error: str | None


@dataclass
class Tokens:
    """The app's two tokens; either may be revoked."""

    bot: str
    app: str
    revoked: set[str] = field(default_factory=set)

    def kind(self, token: str) -> TokenKind:
        """Which of the two it is; raises `not_authed`, `token_revoked` or `invalid_auth`."""
        if not token:
            raise SlackError("not_authed")
        if token in self.revoked:
            raise SlackError("token_revoked")
        if token == self.bot:
            return "bot"
        if token == self.app:
            return "app"
        raise SlackError("invalid_auth")


class Api:
    """The door for the app: `/api/{method}`, `/upload/v1/{file}`, `/response/{key}`."""

    def __init__(self, world: World, tokens: Tokens, faults: Faults, rates: Rates | None, urls: ResponseUrls) -> None:
        self.calls: deque[Made] = deque(maxlen=CALLS_KEPT)
        self._world = world
        self._tokens = tokens
        self._faults = faults
        self._rates = rates
        self.urls = urls
        self._scopes: dict[TokenKind, frozenset[str]] = {
            "bot": frozenset(world.seed.manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
            "app": frozenset({"connections:write"}),
        }

    def routes(self) -> list[web.RouteDef]:
        """What to add to the server."""
        return [
            web.route("*", "/api/{method}", self.call),
            web.post("/upload/v1/{file}", self.upload),
            web.post("/response/{key}", self.respond),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One Web API call."""
        name = request.match_info["method"]
        args = await read_arguments(request)
        token = bearer(request, args)
        fault = self._faults.strike(name)
        if fault is not None and (struck := await self._before(name, args, fault, request)) is not None:
            return struck
        answer = self._answer(name, token, args)
        if fault is not None and fault.kind == "drop_after":
            return _cut(request)
        return answer

    async def upload(self, request: web.Request) -> web.Response:
        """The bytes of a file, raw or as a form field, at the address that was handed out for it."""
        fault = self._faults.strike("upload")
        if fault is not None and fault.kind == "status":
            return web.Response(status=fault.status)
        file = self._world.files.get(request.match_info["file"])
        if file is None or file.completed:
            return web.Response(status=404, text="file not found")
        content = await _uploaded_bytes(request)
        if len(content) != file.length:
            return web.Response(status=400, text=f"expected {file.length} bytes, got {len(content)}")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def respond(self, request: web.Request) -> web.Response:
        """An answer to an interaction."""
        try:
            body = json.loads(await request.text())
            self.urls.answer(request.match_info["key"], body)
        except SlackError as refused:
            status = 404 if refused.code in ("expired_url", "used_url") else 400
            log.warning("response-refused: %s %s", refused.code, refused.complaints)
            return web.json_response(refused.as_slack(), status=status)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        return web.Response(text="ok")

    async def _before(self, name: str, args: Json, fault: Fault, request: web.Request) -> web.StreamResponse | None:
        match fault.kind:
            case "delay":
                await asyncio.sleep(fault.seconds)
                return None
            case "drop_after":
                return None
            case "drop_before":
                return _cut(request)
            case "status":
                return self._noted(name, args, web.Response(status=fault.status, text="<html>error</html>"), "status")
            case "ratelimited":
                return self._limited(name, args, fault.seconds)
            case "error":
                return self._noted(name, args, web.json_response({"ok": False, "error": fault.code}), fault.code)

    def _answer(self, name: str, token: str, args: Json) -> web.StreamResponse:
        method = METHODS.get(name)
        kind: TokenKind = "bot"
        try:
            if method is None:
                log.error("unknown-method: the app called %s, which this workspace does not know", name)
                raise SlackError("unknown_method", req_method=name)
            if method.token is not None or token:
                kind = self._tokens.kind(token)
            if (wait := self._wait(name, method, args)) > 0:
                return self._limited(name, args, wait)
            self._authorise(method, kind)
            body = {"ok": True, **method.answer(Call(self._world, args, kind, self._scopes[kind]))}
        except SlackError as refused:
            log.warning("call-refused: %s: %s %s", name, refused.code, "; ".join(refused.complaints))
            return self._noted(name, args, self._json(refused.as_slack(), method, kind), refused.code)
        return self._noted(name, args, self._json(body, method, kind), None)

    def _wait(self, name: str, method: Method, args: Json) -> float:
        if self._rates is None:
            return 0.0
        return self._rates.wait_for(name, method.tier, str(args.get("channel") or "") or None)

    def _authorise(self, method: Method, kind: TokenKind) -> None:
        if method.token not in (None, "any", kind):
            raise SlackError("not_allowed_token_type")
        granted = self._scopes[kind]
        if method.scopes and not granted & set(method.scopes):
            provided = ",".join(sorted(granted))
            raise SlackError("missing_scope", needed=",".join(method.scopes), provided=provided)

    def _json(self, body: Json, method: Method | None, kind: TokenKind) -> web.Response:
        accepted = ",".join(method.scopes) if method else ""
        headers = {"X-OAuth-Scopes": ",".join(sorted(self._scopes[kind])), "X-Accepted-OAuth-Scopes": accepted}
        return web.json_response(body, headers=headers)

    def _limited(self, name: str, args: Json, seconds: float) -> web.Response:
        headers = {"Retry-After": str(max(1, -int(-seconds // 1)))}
        answer = web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        return self._noted(name, args, answer, "ratelimited")

    def _noted(self, name: str, args: Json, answer: web.Response, error: str | None) -> web.Response:
        kept = {key: value for key, value in args.items() if key != "token"}
        self.calls.append(Made(name, self._world.clock(), kept, answer.status, error))
        return answer


async def read_arguments(request: web.Request) -> Json:
    """Query, form and JSON arguments together, the body's winning."""
    args: Json = dict(request.query)
    if request.method == "GET" or not request.can_read_body:
        return args
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        return args | (body if isinstance(body, dict) else {})
    form = await request.post()
    return args | {name: value for name, value in form.items() if isinstance(value, str)}


def bearer(request: web.Request, args: Json) -> str:
    """The token of a call, from the header or the arguments."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(args.pop("token", ""))


async def _uploaded_bytes(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    form = await request.post()
    for value in form.values():
        if isinstance(value, web.FileField):
            return value.file.read()
        if isinstance(value, bytes | bytearray):
            return bytes(value)
    return b""


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
