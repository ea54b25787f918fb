"""An author's first hour, as docs/runbooks.md tells it: the page's own files are linted, played and planned."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "runbooks.md"
DR = (sys.executable, "-m", "bot")


def block(beginning: str) -> str:
    """The YAML block of the page that begins with this line."""
    blocks = re.findall(r"^( *)```yaml\n(.*?)^ *```$", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)
    [found] = [text for _, said in blocks if (text := textwrap.dedent(said)).startswith(beginning)]
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What somebody has who typed the page's examples."""
    (tmp_path / "runbooks" / "shop").mkdir(parents=True)
    (tmp_path / "runbooks" / "catalog.yaml").write_text(block("tiers:"))
    (tmp_path / "runbooks" / "shop" / "failover.yaml").write_text(block("schema: dr/v1"))
    (tmp_path / "world.yaml").write_text(block("calls:"))
    return tmp_path


def dr(folder: Path, *words: str) -> str:
    """What `dr` prints; the exit code is 0."""
    done = subprocess.run([*DR, *words], cwd=folder, capture_output=True, text=True, timeout=60, env=quiet(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def quiet(folder: Path, more: str = "") -> dict[str, str]:
    """This process's environment with the checkout on the import path, and what a file of exports adds."""
    said = dict(re.findall(r"^export (\w+)=(.*)$", more, flags=re.MULTILINE))
    root = str(PAGE.parents[1])
    return os.environ | {"PYTHONPATH": root, "DR_HOME": str(folder / "home"), "COLUMNS": "200"} | said


def test_the_pages_own_files_are_sound(folder: Path) -> None:
    """No answer of the lint is a good answer, and no mistake is on the page."""
    said = json.loads(dr(folder, "lint", "runbooks", "--json"))

    assert said == []


def test_it_is_rehearsed_to_its_end(folder: Path) -> None:
    """Step four of the page, in seconds and without anything real."""
    assert "Reached the end" in dr(folder, "rehearse", "shop.failover")


def test_the_local_cloud_knows_the_authors_own_world(folder: Path) -> None:
    """`dr demo` with somebody's own runbooks and world; another terminal plans there, and every target is found."""
    home = folder / "home"
    words = ["demo", "--runbooks", "runbooks", "--world", "world.yaml", "--home", str(home), "--no-browser"]
    running = subprocess.Popen([*DR, *words], cwd=folder, stdout=subprocess.PIPE, text=True, env=quiet(folder))
    assert running.stdout is not None
    said = []
    for line in running.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    try:
        terminal = quiet(folder, (home / "environment").read_text())
        asked = [*DR, "plan", "shop", "--as", "alice", "-i", "impact_started_at=-5m", "--json"]

        done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, timeout=60, env=terminal)
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr
    looks = looks_of(json.loads(done.stdout))
    assert looks == {"scale_api": ("ready", "desired 4 → 24"), "verify_service": ("ready", "200")}
    assert running.returncode == 0
    assert f"{home}/environment" in "".join(said)
    assert "dr plan shop --as alice" in "".join(said)
    assert "Carol" not in "".join(said)  # she is nobody in this catalogue


def looks_of(plan: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """What was seen of each step's target; how long a probe took is left out."""
    return {
        each["id"]: (each["look"]["state"], each["look"]["change"].partition(" in ")[0])
        for each in plan["steps"]
        if each.get("look")
    }


def test_a_world_that_cannot_be_is_told_with_its_call(folder: Path) -> None:
    """A wrong call ends the demo with the call, its region, and the cloud's own words."""
    world = folder / "world.yaml"
    world.write_text(world.read_text().replace("clusterName", "name"))
    words = ["demo", "--runbooks", "runbooks", "--world", str(world), "--no-browser"]

    done = subprocess.run([*DR, *words], cwd=folder, capture_output=True, text=True, timeout=60, env=quiet(folder))

    assert done.returncode != 0
    assert "ecs.create_cluster in us-west-2: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_story_is_not_played_with_other_runbooks(folder: Path) -> None:
    """The story that plays itself knows one service; with other runbooks it is refused before anything starts."""
    done = subprocess.run(
        [*DR, "demo", "--runbooks", "runbooks", "--unattended"],
        cwd=folder, capture_output=True, text=True, timeout=60, env=quiet(folder),
    )  # fmt: skip

    assert done.returncode == 2
    assert "orders-api" in done.stderr
