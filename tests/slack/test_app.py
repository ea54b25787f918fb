"""The door itself: how fast it acknowledges, how it starts, and both ways that Slack may reach it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from redis.asyncio import Redis
from slack_sdk.signature import SignatureVerifier
from structlog.testing import capture_logs

from bot.adapters.redis.journal import RedisJournals
from bot.local.workspace.faults import Fault
from bot.local.workspace.seed import TEAM_ID
from bot.local.workspace.server import Workspace
from bot.local.workspace.words import text_of
from bot.model.errors import Unavailable
from bot.slack.app import HEALTH, PATH, SlackDoor
from bot.slack.listeners.commands import COMMAND
from bot.slack.manifest import EVENTS, SCOPES, manifest
from bot.usecases.grammar import USAGES
from tests.slack.conftest import Bench


class HangingJournals(RedisJournals):
    """A Redis that accepted the connection and then fell silent."""

    async def open_runs(self) -> Any:
        await asyncio.sleep(3600)

    async def changes(self) -> AsyncIterator[tuple[str, int]]:
        await asyncio.sleep(3600)
        yield "", 0


async def test_two_hundred_commands_are_acknowledged_while_redis_hangs(bench: Bench, redis: Redis) -> None:
    """Slack's three seconds never depend on us being well: p99 stays below a tenth of a second."""
    stuck = replace(bench, desk=replace(bench.desk, journals=HangingJournals(redis)))
    took: list[float] = []

    async def type_one(number: int) -> None:
        await asyncio.sleep(number * 0.01)
        before = time.perf_counter()
        await carol.command("/dr status")
        took.append(time.perf_counter() - before)

    async with stuck.door(), bench.person("carol") as carol:
        await carol.command("/dr help")
        await asyncio.gather(*(type_one(number) for number in range(200)))

    assert len(took) == 200
    assert sorted(took)[197] < 0.1, sorted(took)[190:]


async def test_a_hanging_aws_does_not_delay_the_form(bench: Bench) -> None:
    """The modal is there before anything slow is asked."""
    bench.slack.faults.add(Fault("delay", "users.info", seconds=1.5))
    async with bench.door(), bench.person("carol") as carol:
        before = time.perf_counter()
        await carol.command("/dr failover orders-api")
        await carol.wait_for_view(lambda view: "Loading" in text_of(view))
        took = time.perf_counter() - before
        await carol.wait_for_view(lambda view: view["callback_id"] == "start.submit")

    assert took < 1.0


async def test_a_wrong_token_is_told_with_its_remedy(bench: Bench) -> None:
    """The bot does not start half."""
    wrong = bench.settings.model_copy(update={"bot_token": "xoxb-wrong"})

    with pytest.raises(Unavailable, match=r"invalid_auth.*SLACK_BOT_TOKEN"):
        async with SlackDoor(bench.desk, wrong, bench.sent, bench.leases, owner="bot-1"):
            pass


async def test_a_bot_token_in_place_of_the_app_token_is_told(bench: Bench) -> None:
    """The two tokens are easily swapped."""
    swapped = bench.settings.model_copy(update={"app_token": bench.slack.bot_token})

    with pytest.raises(Unavailable, match="SLACK_APP_TOKEN"):
        async with SlackDoor(bench.desk, swapped, bench.sent, bench.leases, owner="bot-1"):
            pass


async def test_a_slack_that_is_not_there_is_told(bench: Bench) -> None:
    """The address is named, and what still works."""
    away = bench.settings.model_copy(update={"api_url": "http://127.0.0.1:9/api/"})

    with pytest.raises(Unavailable, match="command line works"):
        async with SlackDoor(bench.desk, away, bench.sent, bench.leases, owner="bot-1"):
            pass


async def test_neither_socket_nor_secret_is_refused(bench: Bench) -> None:
    """Without either, nobody could reach the bot."""
    deaf = bench.settings.model_copy(update={"app_token": ""})

    with pytest.raises(Unavailable, match="SLACK_SIGNING_SECRET"):
        async with SlackDoor(bench.desk, deaf, bench.sent, bench.leases, owner="bot-1"):
            pass


async def test_http_mode_answers_signed_requests_only(bench: Bench) -> None:
    """The same door over HTTP; a request without Slack's signature gets nothing."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}{PATH}"
    async with Workspace(manifest=manifest(url), http_request_url=url, signing_secret="s3cret") as slack:
        settings = bench.settings.model_copy(
            update={"api_url": slack.api_url, "app_token": "", "signing_secret": "s3cret", "http_port": port}
        )
        async with SlackDoor(bench.desk, settings, bench.sent, bench.leases, owner="bot-1"):
            async with slack.person("carol") as carol:
                await carol.command("/dr help")
                await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and "/dr failover" in text_of(m))
            async with aiohttp.ClientSession() as session:
                async with session.post(url, data={"command": "/dr"}) as answer:
                    status = answer.status
                async with session.get(f"http://127.0.0.1:{port}{HEALTH}") as answer:
                    health = answer.status

    assert (status, health) == (401, 200)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"{", b"[]", b"payload=%7B", b"payload=5", b""], ids=lambda body: ascii(body)
)
async def test_what_slack_did_not_sign_is_not_even_read(bench: Bench, body: bytes) -> None:
    """Whatever somebody on the internet sends is refused in one line; nothing of it is parsed."""
    port = _free_port()
    settings = bench.settings.model_copy(update={"app_token": "", "signing_secret": "s3cret", "http_port": port})
    forged = {"X-Slack-Request-Timestamp": f"{time.time():.0f}", "X-Slack-Signature": "v0=00"}
    door = SlackDoor(bench.desk, settings, bench.sent, bench.leases, owner="bot-1")
    statuses = []
    async with door, aiohttp.ClientSession(headers=forged) as session:
        with capture_logs() as lines:
            for kind in ("application/json", "application/x-www-form-urlencoded; charset=nonsense"):
                url = f"http://127.0.0.1:{port}{PATH}"
                async with session.post(url, data=body, headers={"Content-Type": kind}) as answer:
                    statuses.append(answer.status)

    refused = [line for line in lines if line["event"] == "slack-request-refused"]
    assert (statuses, len(refused)) == ([401, 401], 2)


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [
        ("soon", "v0=00"),
        ("", "v0=00"),
        ("1e9", "v0=00"),
        ("now", "v0=ü"),
        ("9" * 5000, "v0=00"),
        (None, None),
    ],
    ids=["a word", "nothing", "a float", "odd letters", "a huge number", "neither"],
)
async def test_a_forged_header_is_refused_like_any_other(
    bench: Bench, stamp: str | None, signature: str | None
) -> None:
    """No traceback for whoever knocks, and one line that tells why."""
    port = _free_port()
    settings = bench.settings.model_copy(update={"app_token": "", "signing_secret": "s3cret", "http_port": port})
    at = f"{time.time():.0f}" if stamp == "now" else stamp
    given = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
    forged = {name: value for name, value in given.items() if value is not None}
    door = SlackDoor(bench.desk, settings, bench.sent, bench.leases, owner="bot-1")
    async with door, aiohttp.ClientSession(headers=forged) as session:
        with capture_logs() as lines:
            async with session.post(f"http://127.0.0.1:{port}{PATH}", data=b"command=%2Fdr") as answer:
                status = answer.status

    refused = [line["why"] for line in lines if line["event"] == "slack-request-refused"]
    assert (status, len(refused)) == (401, 1)


async def test_a_request_of_slacks_is_obeyed_once_and_not_when_it_is_old_or_changed(bench: Bench) -> None:
    """Somebody who recorded what Slack sent can neither repeat it, nor keep it for later, nor make it say more."""
    run, port = await bench.a_run(), _free_port()
    settings = bench.settings.model_copy(update={"app_token": "", "signing_secret": "s3cret", "http_port": port})
    said = {"command": "/dr", "text": "pause orders-api", "user_id": "U03CAROL00", "team_id": TEAM_ID,
            "channel_id": "C0INCIDENT0", "trigger_id": "1.2.abc"}  # fmt: skip
    body, now = urlencode(said), int(time.time())
    sign = SignatureVerifier("s3cret").generate_signature

    async def send(what: str, at: int, signed: str) -> int:
        headers = {
            "X-Slack-Request-Timestamp": str(at),
            "X-Slack-Signature": sign(timestamp=str(at), body=signed) or "",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        async with session.post(f"http://127.0.0.1:{port}{PATH}", data=what, headers=headers) as answer:
            return answer.status

    async def is_paused() -> None:
        assert (await bench.desk.run(run.id)).paused

    door = SlackDoor(bench.desk, settings, bench.sent, bench.leases, owner="bot-1")
    resume = urlencode({**said, "text": "resume orders-api", "trigger_id": "1.2.def"})
    async with door, aiohttp.ClientSession() as session:
        statuses = [await send(body, now, body)]
        await _eventually(is_paused)
        statuses += [await send(body, now, body), await send(resume, now, body), await send(resume, now - 301, resume)]
        statuses += [await send(resume, now + 400, resume)]

    kinds = [record.fact.kind for record in await bench.desk.records(run.id)]
    assert statuses == [200, 200, 401, 401, 401]
    assert kinds.count("run_paused") == 1
    assert not {"run_resumed", "action_refused"} & {*kinds}


async def test_a_port_that_is_taken_is_told(bench: Bench) -> None:
    """In one sentence that names the variable, and the bot tries again by itself."""
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        settings = bench.settings.model_copy(update={"app_token": "", "signing_secret": "s3cret", "http_port": port})

        with pytest.raises(Unavailable, match=rf"port {port}: Address already in use\. Set DR_HTTP_PORT"):
            async with SlackDoor(bench.desk, settings, bench.sent, bench.leases, owner="bot-1"):
                pass


async def test_both_sockets_may_be_refreshed(bench: Bench) -> None:
    """Slack asks to reconnect; commands go on being answered."""
    async with bench.door(), bench.person("carol") as carol:
        await bench.slack.links.disconnect()
        await asyncio.sleep(0.2)

        await _eventually(lambda: carol.command("/dr help"))
        await carol.wait_for(lambda m: bool(m.get("is_ephemeral")) and "/dr failover" in text_of(m))


async def test_an_unexpected_error_is_answered_calmly_with_an_id(bench: Bench) -> None:
    """No traceback reaches a person; the id leads to it."""

    def broken() -> Any:
        raise KeyError("secret detail")

    async with replace(bench, desk=replace(bench.desk, library=broken)).door(), bench.person("carol") as carol:
        await carol.command("/dr status")

        said = await carol.wait_for(lambda m: bool(m.get("is_ephemeral")))

    assert "Something went wrong on our side (error id" in text_of(said)
    assert "secret detail" not in text_of(said)


def test_the_manifest_asks_for_what_is_used() -> None:
    """Scopes with a reason each; events that have a listener; one command."""
    made = manifest()

    assert made["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert made["settings"]["socket_mode_enabled"]
    assert made["features"]["slash_commands"][0]["command"] == COMMAND
    assert all(verb in made["features"]["slash_commands"][0]["usage_hint"] for verb in USAGES)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _eventually(act: Any) -> None:
    for _ in range(40):
        try:
            await act()
        except Exception:
            await asyncio.sleep(0.1)
        else:
            return
    await act()
