"""The demo plays the whole failover by itself, also when the bot is killed in the middle of the promotion."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.timeline.export.json import verify_export

FORMATS = {".md", ".json", ".csv", ".html"}


def demo(out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """`dr demo --unattended` as its own process, with everything it printed."""
    command = [sys.executable, "-m", "bot", "demo", "--unattended", "--out", str(out), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=240)


@pytest.mark.parametrize("more", [(), ("--kill",)], ids=["as-planned", "bot-killed"])
def test_the_story_ends_well(tmp_path: Path, more: tuple[str, ...]) -> None:
    """Exit code 0, AWS as a failover leaves it, one promotion, four exports whose chain verifies, RTO and RPO told."""
    ended = demo(tmp_path, *more)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Is this a disaster? Orders" in ended.stdout
    assert "AWS agrees" in ended.stdout
    assert "AWS received the promotion once" in ended.stdout
    assert {path.suffix for path in tmp_path.iterdir()} == FORMATS
    report = json.loads(next(tmp_path.glob("*.json")).read_text())
    assert verify_export(report) is None
    assert report["timeline"]["status"] == "completed"
    assert re.search(r"RTO .*, target 30m: met", ended.stdout)
    assert ("kill -9" in ended.stdout) is bool(more)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_takes_everything_down(tmp_path: Path, number: signal.Signals) -> None:
    """A stopped demo exits calmly and leaves no process behind."""
    home = tmp_path / "home"
    command = [sys.executable, "-m", "bot", "demo", "--unattended", "--home", str(home), "--out", str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    next(line for line in running.stdout if "ALARM" in line)

    running.send_signal(number)
    running.communicate(timeout=60)

    assert running.returncode == 0
    assert until_gone(str(home)) == []


def until_gone(home: str) -> list[str]:
    """Processes that still name this home, after a moment's patience."""
    deadline = time.monotonic() + 10
    while (left := processes(home)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def processes(home: str) -> list[str]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                words = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
            except OSError:
                continue
            if home.encode() in words:
                found.append(folder.name)
    return found
