"""The sign of life tells a healthy bot from a dead or hanging one."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest
import structlog

from bot.cli import heartbeat
from bot.cli.heartbeat import STALE, ails, beat, renew
from tests.cli.rooms import Terminal


async def test_a_serving_bot_is_alive_and_leaves_no_sign_behind(tmp_path: Path) -> None:
    """While it serves the sign is fresh; when it stops in order the sign is gone."""
    stop = asyncio.Event()
    serving = asyncio.create_task(beat(tmp_path, stop))
    while not (tmp_path / "heartbeat").exists():  # noqa: ASYNC110 - a file tells nobody that it appeared
        await asyncio.sleep(0.005)
    alive = ails(tmp_path, (tmp_path / "heartbeat").stat().st_mtime)

    stop.set()
    await serving

    assert alive == ""
    assert "not running" in ails(tmp_path, 0)


def test_an_old_sign_ails(tmp_path: Path) -> None:
    """A bot that hangs, or was killed, renews nothing."""
    renew(tmp_path / "heartbeat")
    os.utime(tmp_path / "heartbeat", (1000.0, 1000.0))

    assert "20 s old" in ails(tmp_path, 1000.0 + STALE)
    assert ails(tmp_path, 1000.0 + STALE / 2) == ""


def test_a_sign_that_cannot_be_read_ails(tmp_path: Path) -> None:
    """Where DR_HOME is no folder, the sentence says so."""
    (tmp_path / "file").touch()

    assert "cannot be read: Not a directory" in ails(tmp_path / "file", 1000.0)


async def test_a_disk_that_is_full_ends_no_sign_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there already is renewed without a byte; what the disk refuses for a while is tried again."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    tried, stop = [], asyncio.Event()

    def refuse(path: Path) -> None:
        tried.append(path)
        if len(tried) > 2:
            stop.set()
        raise full

    monkeypatch.setattr(heartbeat, "EVERY", 0.001)
    monkeypatch.setattr(heartbeat, "renew", refuse)
    with structlog.testing.capture_logs() as said:
        await beat(tmp_path, stop)

    assert len(tried) == 3
    assert [line["event"] for line in said] == ["sign-of-life-not-renewed"]
    renew(tmp_path / "heartbeat")
    assert (tmp_path / "heartbeat").stat().st_size == 0


def test_healthcheck_is_for_containers(dr: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a bot here the check fails with a reason."""
    monkeypatch.setenv("DR_HOME", str(tmp_path))

    said = dr("healthcheck")

    assert said.code == 1
    assert "dr serve" in said.err
