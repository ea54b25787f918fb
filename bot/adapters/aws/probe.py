"""One HTTP GET, bounded in time and size whatever the other side does.

Promises an answer or Retryable before the deadline: a silent name server, a hanging connect and a body that trickles
are all cut, because the request runs in a thread of its own that is abandoned. Honours http_proxy, https_proxy and
no_proxy. Refuses other schemes, redirects, and the address where clouds keep their credentials.
"""

from __future__ import annotations

import ipaddress
import queue
import threading
import time
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import urllib3
from urllib3.exceptions import HTTPError

from bot.language import told
from bot.model.errors import Retryable, StepBroke
from bot.ports.aws import HttpAnswer

BODY_LIMIT = 64 * 1024
EXCERPT = 200
USER_AGENT = "dr-bot"

Answers = queue.Queue[HttpAnswer | Exception]
"""First the status, then the same with its excerpt; or the error that came instead."""


def http_get(url: str, *, timeout: float = 5.0) -> HttpAnswer:
    """GET `url` within `timeout` seconds. Raises Retryable when nothing answers, StepBroke for a URL that we refuse."""
    host = _host(url)
    answers: Answers = queue.Queue()
    threading.Thread(target=_ask, args=(url, timeout, answers), name=f"probe-{host}", daemon=True).start()
    answer = _best(answers, time.monotonic() + timeout)
    if answer is None:
        raise Retryable(told("{host} gave no answer in {seconds} s", host=host, seconds=f"{timeout:g}"))
    if isinstance(answer, Exception):
        raise Retryable(told("{host} gave no answer: {reason}", host=host, reason=_reason(answer))) from answer
    return answer


def _host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StepBroke(told("{url} is not an http or https address; correct the runbook", url=repr(url)))
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return parts.hostname
    if address.is_link_local:
        raise StepBroke(
            told("{url} is a link-local address, where credentials live; probes do not go there", url=repr(url))
        )
    return parts.hostname


def _best(answers: Answers, deadline: float) -> HttpAnswer | Exception | None:
    """The status with its excerpt; at the deadline, the status alone if that had come."""
    best: HttpAnswer | Exception | None = None
    for _ in ("status", "excerpt"):
        try:
            answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if best is None or isinstance(answer, HttpAnswer):
            best = answer
        if isinstance(answer, Exception):
            break
    return best


def _ask(url: str, timeout: float, answers: Answers) -> None:
    started = time.monotonic()
    try:
        with _pool(url) as pool:
            response = pool.request(
                "GET", url, headers={"User-Agent": USER_AGENT}, redirect=False, retries=False,
                timeout=urllib3.Timeout(total=timeout), preload_content=False,
            )  # fmt: skip
            answer = HttpAnswer(status=response.status, milliseconds=round((time.monotonic() - started) * 1000))
            answers.put(answer)
            body = _body(response, started + timeout)
            answers.put(answer.model_copy(update={"excerpt": _excerpt(body)}))
            response.close()
    except (HTTPError, OSError, ValueError) as error:
        answers.put(error)


def _pool(url: str) -> urllib3.PoolManager:
    parts = urlsplit(url)
    proxies = getproxies_environment()
    proxy = proxies.get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()


def _body(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """What arrives before the deadline, up to the limit; a longer body is left on the wire."""
    body = b""
    while len(body) < BODY_LIMIT and time.monotonic() < deadline:
        piece = response.read1(BODY_LIMIT - len(body))
        if not piece:
            break
        body += piece
    return body


def _excerpt(body: bytes) -> str:
    return " ".join(body.decode("utf-8", "replace").split())[:EXCERPT]


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    return f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__
