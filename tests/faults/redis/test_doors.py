"""Both doors without Redis: they answer, quickly and in words (row 23)."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

from bot.adapters.redis.connection import connect
from bot.adapters.redis.journal import RedisJournals
from bot.adapters.redis.sent import RedisLeases, RedisSent
from bot.local.workspace.words import text_of
from bot.slack.app import SlackDoor
from tests.faults.redis.parts import free_port
from tests.slack.conftest import Bench, bench, folder, redis, redis_url  # noqa: F401  # fixtures


async def test_row_23_slack_answers_that_redis_does_not(bench: Bench) -> None:  # noqa: F811
    """The door opens without Redis, acknowledges at once, and tells the person what is missing."""
    gone = connect(f"redis://127.0.0.1:{free_port()}/0")
    desk = replace(bench.desk, journals=RedisJournals(gone))
    door = SlackDoor(desk, bench.settings, RedisSent(gone), RedisLeases(gone), owner="bot-1")
    async with door, bench.person("carol") as carol:
        began = time.monotonic()
        await carol.command("/dr status")
        acknowledged = time.monotonic() - began
        said = ""
        while "Redis does not answer" not in said and time.monotonic() - began < 10:
            said = " ".join(text_of(message) for message in await carol.ephemerals())

    assert acknowledged < 2.5
    assert "Redis does not answer" in said
    await gone.aclose()


def test_row_23_the_command_line_says_so_and_names_the_way_out() -> None:
    """Exit code 3, one sentence, and what still works without Redis."""
    url = f"redis://127.0.0.1:{free_port()}/0"

    said = subprocess.run(
        [sys.executable, "-m", "bot", "runs"],
        env={"REDIS_URL": url, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert said.returncode == 3
    assert "does not answer" in said.stderr
    assert "dr rebuild" in said.stderr
    assert "Traceback" not in said.stderr
