"""The log that an operator reads: one line of JSON for each event, and nothing that is said at every start."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator

import pytest
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.logs import to_stderr


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_line_is_json_with_time_level_and_the_run_that_is_driven(capsys: pytest.CaptureFixture[str]) -> None:
    """Also when a library says it in the middle of a run."""
    to_stderr(level=logging.INFO, as_json=True)

    with structlog.contextvars.bound_contextvars(run="orders-1"):
        structlog.get_logger().info("aws-verdict", step="promote")
        logging.getLogger("somebody").warning("odd")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["level"], line["run"]) for line in lines] == [
        ("aws-verdict", "info", "orders-1"),
        ("odd", "warning", "orders-1"),
    ]
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_a_start_says_nothing_about_a_token_that_is_as_it_should_be(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt sees the token in the environment, too, and would warn of it each time."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-the-environment")
    to_stderr(level=logging.INFO, as_json=True)
    bolt = logging.getLogger("slack_bolt")

    AsyncApp(client=AsyncWebClient("xoxb-ours"), signing_secret="s", logger=bolt)
    bolt.warning("something else")

    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["something else"]


def test_a_library_that_repeats_itself_is_heard_once_a_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """docket says the same each second for as long as Redis is away; what we say ourselves is never left out."""
    to_stderr(level=logging.INFO, as_json=True)
    library, ours = logging.getLogger("docket.worker"), structlog.get_logger()
    now = time.time()

    for second in range(130):
        monkeypatch.setattr(time, "time", lambda at=now + second: at)
        library.warning("Redis is unavailable, retrying in %s...", "1 s")
    library.warning("something else")
    ours.warning("store-trouble")
    ours.warning("store-trouble")

    said = "Redis is unavailable, retrying in 1 s..."
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == [
        said, f"{said} (59 more like it since the last)", f"{said} (59 more like it since the last)",
        "something else", "store-trouble", "store-trouble",
    ]  # fmt: skip
