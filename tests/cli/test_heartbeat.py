"""The sign of life tells a healthy bot from a dead or hanging one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.cli.heartbeat import STALE, ails, beat
from tests.cli.rooms import Terminal


async def test_a_serving_bot_is_alive_and_leaves_no_sign_behind(tmp_path: Path) -> None:
    """While it serves the sign is fresh; when it stops in order the sign is gone."""
    stop = asyncio.Event()
    serving = asyncio.create_task(beat(tmp_path, stop))
    while not (tmp_path / "heartbeat.json").exists():  # noqa: ASYNC110 - a file tells nobody that it appeared
        await asyncio.sleep(0.005)
    alive = ails(tmp_path, (tmp_path / "heartbeat.json").stat().st_mtime)

    stop.set()
    await serving

    assert alive == ""
    assert "not running" in ails(tmp_path, 0)


@pytest.mark.parametrize(
    ("content", "fragment"),
    [
        ('{"pid": 1, "at": 1000.0}', "sign of life is"),
        ("half a fi", "cannot be read"),
        ('{"pid": 1}', "cannot be read"),
    ],
)
def test_what_is_not_fresh_ails(tmp_path: Path, content: str, fragment: str) -> None:
    """An old or unreadable sign is a sentence that says so."""
    (tmp_path / "heartbeat.json").write_text(content)

    why = ails(tmp_path, 1000.0 + STALE)

    assert fragment in why


def test_healthcheck_is_for_containers(dr: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a bot here the check fails with a reason."""
    monkeypatch.setenv("DR_HOME", str(tmp_path))

    said = dr("healthcheck")

    assert said.code == 1
    assert "dr serve" in said.err
