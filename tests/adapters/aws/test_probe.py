"""One GET, bounded in time and size, that goes where it was told and nowhere else."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler

import pytest

from bot.adapters.aws.probe import BODY_LIMIT, http_get
from bot.model.errors import Retryable, StepBroke
from tests.adapters.aws.server import Request, answers, refused_url, serving


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the host has set."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_an_answer_comes_with_its_status_and_a_few_words() -> None:
    """Enough to read on a card."""
    with serving(answers(503, '{"why":\n  "no writer"}')) as site:
        answer = http_get(f"{site.url}/health")

    assert answer.status == 503
    assert answer.excerpt == '{"why": "no writer"}'
    assert site.seen[0].headers["User-Agent"] == "dr-bot"


def test_redirects_are_not_followed() -> None:
    """A login page that answers 200 is not a healthy service."""
    with serving(answers(302, Location="/login")) as site:
        answer = http_get(site.url)

    assert answer.status == 302
    assert len(site.seen) == 1


def test_a_long_body_is_left_on_the_wire() -> None:
    """The probe reads as much as it may show, not what somebody sends."""
    with serving(answers(200, "x" * (BODY_LIMIT * 4))) as site:
        answer = http_get(site.url)

    assert answer.status == 200
    assert len(answer.excerpt) == 200


@pytest.mark.parametrize("part", ["headers", "body"])
def test_trickled_bytes_do_not_beat_the_deadline(part: str) -> None:
    """Each byte renews a socket's timeout; the outer deadline does not care."""
    with serving(_trickle(part)) as site:
        started = time.monotonic()
        try:
            status = http_get(site.url, timeout=0.3).status
        except Retryable:
            status = 0
        took = time.monotonic() - started

    assert took < 1.0
    assert status == (200 if part == "body" else 0)


def test_silence_is_retryable_and_names_the_host() -> None:
    """Nobody listens there yet."""
    with pytest.raises(Retryable, match=r"127\.0\.0\.1 gave no answer"):
        http_get(refused_url())


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com", "http://", "orders-api", "http://169.254.169.254/latest/meta-data"],
)
def test_other_schemes_and_the_credentials_address_are_refused(url: str) -> None:
    """A runbook cannot make the bot read its own files or its host's keys."""
    with pytest.raises(StepBroke):
        http_get(url)


def test_proxies_of_the_environment_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the proxy with the whole address, unless no_proxy names the host."""
    with serving(answers(200, "via proxy")) as proxy, serving(answers(200, "direct")) as site:
        monkeypatch.setenv("http_proxy", proxy.url)
        proxied = http_get("http://orders-api.us-west-2.internal.example.com/health")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        direct = http_get(site.url)

    assert proxied.excerpt == "via proxy"
    assert proxy.seen[0].path == "http://orders-api.us-west-2.internal.example.com/health"
    assert direct.excerpt == "direct"


def _trickle(part: str):  # type: ignore[no-untyped-def]  # a Behaviour
    def behave(handler: BaseHTTPRequestHandler, request: Request) -> None:
        head = b"HTTP/1.0 200 OK\r\n"
        handler.wfile.write(head + b"\r\n" if part == "body" else head)
        try:
            for _ in range(100):
                handler.wfile.write(b"x" if part == "body" else b"X-Slow: 1\r\n")
                handler.wfile.flush()
                time.sleep(0.02)
        except OSError:
            """The probe has gone, as it should."""

    return behave
