"""A small HTTP server that misbehaves on request: AWS on its worst days, on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class BadDay:
    """What the server does, and what it has seen."""

    url: str
    seen: list[Request] = field(default_factory=list)


Behaviour = Callable[[BaseHTTPRequestHandler, Request], None]


def answers(status: int, body: str = "", **headers: str) -> Behaviour:
    """The plain case."""

    def behave(handler: BaseHTTPRequestHandler, request: Request) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body.encode())

    return behave


def hangs_up(handler: BaseHTTPRequestHandler, request: Request) -> None:
    """Takes the request, then closes without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serving(behave: Behaviour) -> Iterator[BadDay]:
    """A server on a free port of loopback for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            request = Request(self.command, self.path, dict(self.headers), body)
            day.seen.append(request)
            behave(self, request)

        do_GET = do_POST = do_any

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    day = BadDay(url=f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield day
    finally:
        server.shutdown()
        server.server_close()


def refused_url() -> str:
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
