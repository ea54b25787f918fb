"""The cloud as a child process: it comes up warm and leaves with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bot.local.cloud import Cloud
from bot.model.errors import Unavailable


def alive(pid: int) -> bool:
    """A zombie that nobody has reaped yet counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc to see whether the child is gone")
def test_the_child_leaves_when_its_parent_is_killed() -> None:
    """kill -9 of the parent leaves no orphan."""
    story = (
        "import sys, time\nfrom bot.local.cloud import Cloud\n"
        "cloud = Cloud().start()\nprint(cloud._process.pid, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", story], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    before = alive(child)

    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert before
    assert not alive(child)


def test_it_is_warm_when_it_starts_and_gone_when_it_stops() -> None:
    """The URL answers at once inside the block and not after it."""
    with Cloud(speed=10) as cloud:
        url = cloud.url
        assert urllib.request.urlopen(f"{url}/_cloud/health", timeout=5).status == 200

    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{url}/_cloud/health", timeout=5)
    with pytest.raises(Unavailable):
        _ = cloud.url


def test_a_seed_that_cannot_be_planted_is_reported(tmp_path: Path) -> None:
    """The child ends, and its parent says which call it was instead of waiting."""
    seed = tmp_path / "world.yaml"
    seed.write_text("calls:\n  - {call: sns.delete_topic, in: us-west-2, with: {TopicArn: nonsense}}\napps: []\n")

    with pytest.raises(Unavailable, match=r"sns\.delete_topic in us-west-2: {"):
        Cloud(seed=seed, log=tmp_path / "log").start()
