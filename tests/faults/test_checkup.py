"""`dr doctor`, condition by condition: each is really broken, its line says so with a remedy, the others stay green."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.redis.connection import connect
from bot.local.parts import CONTRACT, aws_environ
from bot.local.workspace.server import Workspace
from bot.settings import Settings, SlackSettings
from bot.slack.manifest import manifest
from bot.usecases.doctor import Condition, examine
from bot.wiring.checkup import probes
from tests.cloud_fixture import LocalCloud, cloud, cloud_process
from tests.faults.redis.parts import Server, a_server
from tests.slack.conftest import CATALOG, RUNBOOK

__all__ = ["cloud", "cloud_process"]

ROLE = "arn:aws:iam::111122223333:role/dr-orders"
CATALOGUE = CATALOG.replace("  payments:\n", f"  payments:\n    role: {ROLE}\n")
SCOPE = "chat:write"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with a_server(tmp_path / "server") as server:
        yield server.start()


@pytest.fixture
def healthy(tmp_path: Path, server: Server, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Everything as it should be, but for Slack, which is off."""
    for name in [name for name in os.environ if name.upper().startswith(CONTRACT)]:
        monkeypatch.delenv(name)
    for name, value in aws_environ(cloud.url).items():
        monkeypatch.setenv(name, value)
    cloud.run()
    books = tmp_path / "runbooks"
    books.mkdir()
    (books / "catalog.yaml").write_text(CATALOGUE)
    (books / "failover.yaml").write_text(RUNBOOK)
    return Settings(redis_url=server.url, runbooks=books, home=tmp_path / "home")


async def unwell(settings: Settings) -> dict[str, Condition]:
    """What the doctor calls failed. A warning (a slow disk, Slack switched off) may be true of any machine."""
    return {line.name: line for line in await examine(probes(settings)) if line.state == "failed"}


def of(slack: Workspace) -> SlackSettings:
    return SlackSettings(bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url)


async def test_what_is_healthy_is_called_healthy(healthy: Settings) -> None:
    """No line is red on a house in order, so that a red one means something."""
    async with Workspace(manifest=manifest()) as slack:
        report = await examine(probes(healthy.model_copy(update={"slack": of(slack)})))

    assert [line for line in report if line.state == "failed"] == []
    assert {"disk", "runbooks", "redis", "redis safety", "clock against Redis", "slack", "slack scopes"} <= {
        line.name for line in report
    }


async def test_a_home_that_cannot_be_written(healthy: Settings, tmp_path: Path) -> None:
    """Whatever is to be remembered there would be lost."""
    (tmp_path / "file").write_text("not a folder")

    found = await unwell(healthy.model_copy(update={"home": tmp_path / "file" / "home"}))

    assert "Not a directory" in found["disk"].seen
    assert "DR_HOME" in found["disk"].remedy
    assert set(found) == {"disk", "local journal"}  # Redis is as it should be


@pytest.mark.parametrize(
    ("file", "text", "remedy"),
    [("failover.yaml", "schema: dr/v1\nrunbook: [", "dr lint"), ("catalog.yaml", None, "DR_RUNBOOKS")],
)
async def test_runbooks_that_do_not_load(healthy: Settings, file: str, text: str | None, remedy: str) -> None:
    """A broken one, and a folder without its catalogue."""
    path = healthy.runbooks / file
    path.write_text(text) if text is not None else path.unlink()

    found = await unwell(healthy)

    assert found["runbooks"].state == "failed"
    assert remedy in found["runbooks"].remedy


async def test_a_redis_that_does_not_answer(healthy: Settings, server: Server) -> None:
    """Killed: one line, and the lines about what is in it are not made up."""
    server.kill()

    found = await unwell(healthy)

    assert found["redis"].state == "failed"
    assert "REDIS_URL" in found["redis"].remedy + found["redis"].seen
    assert set(found) == {"redis"}


async def test_a_password_that_redis_refuses(healthy: Settings) -> None:
    """The remedy speaks of the password and of nothing else."""
    redis = connect(healthy.redis_url)
    await redis.config_set("requirepass", "another")
    await redis.aclose()

    found = await unwell(healthy)

    assert set(found) == {"redis"}
    assert "PASSWORD" in found["redis"].remedy


ALLOWED = "~dr:* ~dr-runs:* ~{dr-runs}:* &* +@all -@admin -@dangerous +info +config|get"
"""As docs/operating.md says."""


def test_the_page_tells_what_a_user_of_redis_needs() -> None:
    """To the letter, so that it can be pasted."""
    assert f"\n    {ALLOWED}\n" in Path("docs/operating.md").read_text()


@pytest.mark.parametrize(
    ("rules", "seen"),
    [
        (ALLOWED, None), (ALLOWED.replace("&*", "&dr*"), "a channel"), (ALLOWED.replace("~dr:* ", ""), "a key"),
        (ALLOWED.replace("+info", ""), "'info'"), (ALLOWED + " -eval", "'eval'"),
    ],
)  # fmt: skip
async def test_a_user_who_may_not_do_what_the_bot_does(healthy: Settings, rules: str, seen: str | None) -> None:
    """What the page lists is enough; less is told in Redis's words, before a run stands still for it."""
    redis = connect(healthy.redis_url)
    await redis.execute_command("ACL", "SETUSER", "dr", "on", ">secret", *rules.split())
    await redis.aclose()
    url = healthy.redis_url.replace("://", "://dr:secret@", 1)

    found = await unwell(healthy.model_copy(update={"redis_url": url}))

    if seen is None:
        assert found == {}
    else:
        assert set(found) == {"redis"}
        assert seen in found["redis"].seen
        assert "operating.md" in found["redis"].remedy


async def test_a_redis_that_is_full(healthy: Settings) -> None:
    """It answers every question and takes no run."""
    redis = connect(healthy.redis_url)
    await redis.config_set("maxmemory", "1")
    await redis.aclose()

    found = await unwell(healthy)

    assert set(found) == {"redis"}
    assert "take writes" in found["redis"].remedy


@pytest.mark.parametrize(
    ("setting", "value", "seen"),
    [("maxmemory-policy", "allkeys-lru", "evicted"), ("appendonly", "no", "append-only file is off")],
)
async def test_a_redis_that_may_forget(healthy: Settings, setting: str, value: str, seen: str) -> None:
    """Its policy evicts, or nothing is written to disk."""
    redis = connect(healthy.redis_url)
    await redis.config_set(setting, value)
    await redis.aclose()

    found = await unwell(healthy)

    assert found["redis safety"].state == "failed"
    assert seen in found["redis safety"].seen
    assert "noeviction" in found["redis safety"].remedy


@pytest.mark.parametrize("when", ["everysec", "no"])
async def test_a_redis_that_writes_to_disk_later(healthy: Settings, when: str) -> None:
    """Alone, without a replica: a warning, since runs are safe from everything but a power cut."""
    redis = connect(healthy.redis_url)
    await redis.config_set("appendfsync", when)
    await redis.aclose()

    found = {line.name: line for line in await examine(probes(healthy))}

    assert found["redis safety"].state == "warning"
    assert "appendfsync always" in found["redis safety"].remedy


async def test_a_redis_whose_clock_is_off(healthy: Settings, server: Server) -> None:
    """Two seconds ahead, as told by its own TIME."""
    async with _ahead(server.port, seconds=2) as port:
        found = await unwell(healthy.model_copy(update={"redis_url": f"redis://127.0.0.1:{port}/0"}))

    assert found["clock against Redis"].state == "failed"
    assert "ahead" in found["clock against Redis"].seen
    assert "chrony" in found["clock against Redis"].remedy


async def test_a_role_that_may_not_be_assumed(healthy: Settings, cloud: LocalCloud) -> None:
    """Only the services under that role are affected; the lines name it."""
    cloud.fault("access_denied", "sts.assume_role", times=50)

    found = await unwell(healthy)

    answered = [line for line in found.values() if "no answer within" not in line.seen]  # a crowded machine is slow
    assert answered
    assert all(ROLE in name for name in found)
    assert all("trust policy" in line.remedy and "--trust" in line.remedy for line in answered)


async def test_a_region_that_does_not_answer(healthy: Settings, cloud: LocalCloud) -> None:
    """Refused at its endpoint; the other region stays green."""
    cloud.region("us-east-1", "down", mode="refuse")

    found = await unwell(healthy)

    assert "aws us-east-1" in found
    assert all("us-east-1" in name for name in found)
    assert all("can be reached" in line.remedy for line in found.values())
    assert not any("credentials" in line.remedy for line in found.values())


@pytest.mark.parametrize(
    ("environ", "seen"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no credentials were found"),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
    ],
)
async def test_credentials_that_are_missing(
    healthy: Settings, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], seen: str
) -> None:
    """The remedy speaks of credentials and sends nobody to look at the network."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)

    found = await unwell(healthy)

    assert {"aws us-east-1", "aws us-west-2"} <= set(found)
    assert all(seen in line.seen for line in found.values())
    assert all("AWS_PROFILE" in line.remedy and "reached" not in line.remedy for line in found.values())


async def test_an_endpoint_that_is_no_address(healthy: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is sent to look for credentials."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:4566")

    found = await unwell(healthy)

    assert {"aws us-east-1", "aws us-west-2"} <= set(found)
    assert all("Invalid endpoint: localhost:4566" in line.seen for line in found.values())
    assert all(line.remedy.startswith("Write AWS_ENDPOINT_URL as https://host:port") for line in found.values())


@pytest.mark.parametrize(
    ("change", "line", "seen", "remedy"),
    [
        ({"bot_token": "xoxb-wrong"}, "slack", "invalid_auth", "SLACK_BOT_TOKEN"),
        ({"app_token": "xapp-wrong"}, "slack delivery", "invalid_auth", "connections:write"),
        ({"app_token": ""}, "slack delivery", "neither an app token", "SLACK_SIGNING_SECRET"),
        ({"bot_token": "xapp-wrong"}, "slack", "app-level token", "(xoxb-…)"),
        ({"app_token": "xoxb-wrong"}, "slack delivery", "not app-level", "(xapp-…)"),
        ({"fallback_channel": "#nowhere"}, "slack channels", "#nowhere", "/invite @dr"),
        ({"fallback_channel": "#security-private"}, "slack channels", "#security-private", "/invite @dr"),
        ({"api_url": "http://127.0.0.1:9/api/"}, "slack", "127.0.0.1:9", "SLACK_API_URL"),
    ],
)
async def test_a_slack_that_cannot_be_used(
    healthy: Settings, change: dict[str, Any], line: str, seen: str, remedy: str
) -> None:
    """Tokens refused, no way for clicks to arrive, nobody there."""
    async with Workspace(manifest=manifest()) as slack:
        found = await unwell(healthy.model_copy(update={"slack": of(slack).model_copy(update=change)}))

    assert list(found) == [line]
    assert found[line].state == "failed"
    assert seen in found[line].seen
    assert remedy in found[line].remedy


async def test_a_scope_that_was_not_granted(healthy: Settings) -> None:
    """The app was installed from an older manifest."""
    older = manifest()
    older["oauth_config"]["scopes"]["bot"].remove(SCOPE)
    async with Workspace(manifest=older) as slack:
        found = await unwell(healthy.model_copy(update={"slack": of(slack)}))

    assert found["slack scopes"].seen == f"missing {SCOPE}"
    assert "reinstall" in found["slack scopes"].remedy


@pytest.mark.parametrize(
    ("usergroup", "seen"), [("S0SREONCALL", ""), ("S0NOBODY000", "S0NOBODY000 (@oncall)")], ids=["there", "gone"]
)
async def test_a_user_group_that_slack_does_not_have(healthy: Settings, usergroup: str, seen: str) -> None:
    """Found before the night on which nobody of it could approve."""
    fed = f'\ngroups: {{ "@oncall": {{ slack_usergroup: {usergroup} }} }}\nroles:'
    (healthy.runbooks / "catalog.yaml").write_text(CATALOGUE.replace("\nroles:", fed))
    async with Workspace(manifest=manifest()) as slack:
        found = await unwell(healthy.model_copy(update={"slack": of(slack)}))

    assert list(found) == (["slack user groups"] if seen else [])
    assert not seen or seen in found["slack user groups"].seen


@asynccontextmanager
async def _ahead(port: int, seconds: int) -> AsyncIterator[int]:
    """A way to that Redis on which its TIME is ahead."""

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, change: bool) -> None:
        while said := await source.read(65536):
            sink.write(_TIME.sub(lambda found: _later(found, seconds), said) if change else said)
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back, False), pump(there, writer, True), return_exceptions=True)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


_TIME = re.compile(rb"\*2\r\n\$10\r\n(\d{10})\r\n")


def _later(found: re.Match[bytes], seconds: int) -> bytes:
    return b"*2\r\n$10\r\n%d\r\n" % (int(found[1]) + seconds)


async def test_an_alarm_queue_that_is_not_there(healthy: Settings) -> None:
    """A bot that hears no alarm is told before one rings; without a queue there is no such line."""
    url = "https://sqs.us-west-2.amazonaws.com/111122223333/no-such-queue"

    without = [line.name for line in await examine(probes(healthy))]
    lines = await unwell(healthy.model_copy(update={"alarm_queue": url}))

    assert "alarm queue" not in without
    assert list(lines) == ["alarm queue"]
    assert "DR_ALARM_QUEUE" in lines["alarm queue"].remedy


async def test_a_variable_that_nobody_reads(healthy: Settings) -> None:
    """What it was meant to set has its default; the line names both."""
    report = await examine(probes(healthy.model_copy(update={"misspelt": (("DR_LEESE", "DR_LEASE"),)})))

    [line] = [line for line in report if line.name == "environment"]
    assert (line.state, "DR_LEESE" in line.seen, "DR_LEASE" in line.remedy) == ("warning", True, True)
