"""The gate: every HTTP request to the local cloud enters here and leaves as one reply, or as a cut or held connection.

Promises: one call at a time sees and changes the world (moto's state is not made for threads), held connections
hold nobody else up, and every mutating call is written into the ledger. Refuses to know services: it looks them up
in the registry.
"""

from __future__ import annotations

import io
import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from moto.core.exceptions import JsonRESTError, ServiceException, _RESTError
from moto.core.request import Request

from bot.local.cloud import control, probe, registry
from bot.local.cloud.errors import BROKEN, NOT_IMPLEMENTED, AwsError, not_implemented
from bot.local.cloud.ledger import Entry, is_mutation, plain
from bot.local.cloud.motoapp import Moto
from bot.local.cloud.seed import Seed, plant
from bot.local.cloud.weather import Fate
from bot.local.cloud.wire import Call, Reply, Target, action_name, refusal, refusal_without_model, reply, understand
from bot.local.cloud.world import World

log = logging.getLogger("bot.local.cloud")

SEED_OF_IDS = 11

BAD_NEWS = {
    Fate.BROKEN: AwsError("ServiceUnavailable", "The service is unavailable.", status=503),
    Fate.THROTTLED: AwsError("ThrottlingException", "Rate exceeded", status=400),
    Fate.DENIED: AwsError("AccessDeniedException", "User is not authorized to perform this action.", status=403),
}


class Cut(ConnectionError):
    """Close the connection without an answer; the HTTP server swallows connection errors."""


class Gate:
    """The WSGI application. `make_world` gives a fresh world for every reset."""

    def __init__(self, make_world: Callable[[], World], seed: Seed) -> None:
        registry.load()
        self._make_world, self._seed = make_world, seed
        self._lock = threading.RLock()
        self._moto = Moto()
        self.world = make_world()
        self.reset()

    def reset(self) -> None:
        """Begin anew: the seeded world, an empty ledger, good weather."""
        with self._lock:
            self._moto.reset(SEED_OF_IDS)
            self.world = self._make_world()
            plant(self._seed, self.world, self.answer)
            self.world.settle()
            self.world.ledger.entries.clear()

    def tick(self) -> None:
        """Let time pass for those who do not ask, such as subscribers of an alarm's topic."""
        with self._lock:
            self.world.settle()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self._enter(environ, body)
        if isinstance(answer, Fate):
            end_badly(environ, answer)
            raise Cut(answer.value)
        headers = dict(answer.headers)
        if environ["REQUEST_METHOD"] != "HEAD":  # whose header tells of a body that is not sent
            headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
            headers["Content-Length"] = str(len(answer.body))
        start_response(f"{answer.status} {'OK' if answer.ok else 'Error'}", list(headers.items()))
        return [answer.body]

    def _enter(self, environ: dict[str, Any], body: bytes) -> Reply | Fate:
        path = environ["PATH_INFO"]
        with self._lock:
            if path.startswith("/_cloud/"):
                return control.answer(self, environ["REQUEST_METHOD"], path.removeprefix("/_cloud/"), body)
            self.world.settle()
            if probe.is_probe(environ):
                return probe.answer(self.world, environ["HTTP_HOST"])
            return self.answer(environ, body)

    def answer(self, environ: dict[str, Any], body: bytes) -> Reply | Fate:
        """One AWS call: judged by the weather, answered, and written down."""
        environ["wsgi.input"] = io.BytesIO(body)
        request = Request(environ)
        target = understand(request)
        if target is None:
            log.error("unknown-request %s %s", request.method, request.path)
            return refusal_without_model(request, not_implemented("unknown", f"{request.method} {request.path}"))
        call = Call(self.world, target, lambda: self._moto.ask(target, body))
        entry = self._note(call)
        fate = self.world.weather.fate(target.service, target.name, target.region)
        if fate in (Fate.PROCEED, Fate.LOST):
            answer = self._once(call, entry)
            self.world.look(self.world.now())
            return fate if fate is Fate.LOST else answer
        if entry:
            entry.outcome = fate.value
        if fate is Fate.HOLLOW:
            return reply(target, {})
        return refusal(target, BAD_NEWS[fate]) if fate in BAD_NEWS else fate

    def _note(self, call: Call) -> Entry | None:
        name = call.target.name
        if not is_mutation(name) or str(call.params.get("sql", "")).startswith("SELECT "):
            return None
        return self.world.ledger.open(self.world.now(), call.region, call.service, name, plain(call.params))

    def _once(self, call: Call, entry: Entry | None) -> Reply:
        """Answer a call; the same idempotency token again gets the first answer again and changes nothing."""
        if entry is None:
            return self._perform(call)[0]
        entry.token = token = call.token()
        key = (call.service, call.target.name, call.region, token or "")
        if token and key in self.world.replies:
            first_params, first = self.world.replies[key]
            same = first_params == entry.parameters
            entry.outcome = "replayed" if same else "IdempotentParameterMismatch"
            mismatch = AwsError("IdempotentParameterMismatch", "The token was used with other parameters.")
            return first if same else refusal(call.target, mismatch)
        answer, entry.outcome = self._perform(call)
        entry.applied = answer.ok
        if token and answer.ok:
            self.world.replies[key] = (entry.parameters, answer)
        return answer

    def _perform(self, call: Call) -> tuple[Reply, str]:
        """The reply and, in a word, what became of the call."""
        target = call.target
        own = registry.OPERATIONS.get((target.service, target.name))
        try:
            if own:
                call.check()
            result = own(call) if own else call.moto()
            answer = result if isinstance(result, Reply) else reply(target, result)
            then = registry.AFTERMATHS.get((target.service, target.name))
            if then and answer.ok:
                then(call)
            return answer, "ok" if answer.ok else error_code(answer)
        except ServiceException as error:
            return self._refuse(target, error if isinstance(error, AwsError) else AwsError(error.code, error.message))
        except (JsonRESTError, _RESTError) as error:
            return self._refuse(target, AwsError(error.error_type, error.message, status=int(error.code)))
        except Exception as error:
            # A bug of ours or of moto's must reach the caller as an AWS error and the log as a traceback.
            log.exception("broke-while-answering %s", action_name(target))
            return self._refuse(target, AwsError(BROKEN, f"{action_name(target)} broke the local cloud: {error!r}"))

    def _refuse(self, target: Target, error: AwsError) -> tuple[Reply, str]:
        if error.code == NOT_IMPLEMENTED:
            log.error("not-implemented %s in %s", action_name(target), target.region)
        return refusal(target, error), str(error.code)


def end_badly(environ: dict[str, Any], fate: Fate) -> None:
    """Close a connection without an answer; a hung one only when the client has given up."""
    connection: socket.socket | None = environ.get("werkzeug.socket")
    if connection is None:
        return
    if fate is Fate.HANG:
        hold(connection)
    with suppress(OSError):  # the client may be gone already
        connection.shutdown(socket.SHUT_RDWR)


def hold(connection: socket.socket, longest: float = 600.0) -> None:
    """Say nothing until the client gives up. A service that hung does not answer old requests when it is back."""
    deadline = time.monotonic() + longest
    while time.monotonic() < deadline:
        readable, _, _ = select.select([connection], [], [], 1.0)
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return
        if readable:
            time.sleep(0.05)  # bytes that nobody will read; do not spin on them


def error_code(answer: Reply) -> str:
    """The error code inside a reply of moto's, in whatever protocol it is."""
    head = answer.headers.get("x-amzn-ErrorType") or answer.headers.get("x-amzn-errortype")
    if head:
        return head
    text = answer.body.decode(errors="replace")
    for start, end in (("<Code>", "</Code>"), ('"__type": "', '"'), ('"__type":"', '"')):
        if start in text:
            return text.split(start, 1)[1].split(end, 1)[0].rsplit("#", 1)[-1]
    return str(answer.status)
