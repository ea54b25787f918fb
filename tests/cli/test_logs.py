"""The log that an operator reads: one line of JSON for each event, and nothing that is said at every start."""

from __future__ import annotations

import json
import logging
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
