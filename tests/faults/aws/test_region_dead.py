"""The failed region answers nothing, not even a SYN: the shipped failover completes, and asks there only what it must.

In a network namespace of its own, so that packets are truly dropped. Where the kernel refuses one, the test is skipped
with its reason; `tests/local/cloud` and `tests/actions/test_over_http.py` then still show a region that hangs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.aws.region import DEAD

ROOT = Path(__file__).parents[3]
NETWORK = f"""
set -e
ip link set lo up
ip link add hole type veth peer name drain
ip addr add 10.9.0.1/24 dev hole
ip link set hole up
ip link set drain up
ip neigh add {DEAD} lladdr 02:00:00:00:00:02 dev hole
"""
"""Packets to DEAD leave through `hole` and end in `drain`, where nobody has that address: no answer of any kind."""


@pytest.fixture(scope="module")
def story() -> dict[str, Any]:
    """What the run in the namespace told; played once for all questions."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        pytest.skip("unshare (util-linux) and ip (iproute2) are needed for a network namespace")
    tried = subprocess.run(["unshare", "-rn", "sh", "-c", NETWORK], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"this kernel refuses a network namespace: {tried.stderr.strip()[:200]}")
    script = f"{NETWORK}\nexec timeout 120 {sys.executable} -m tests.faults.aws.region"
    played = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert played.returncode == 0, played.stderr[-3000:]
    told: dict[str, Any] = json.loads(played.stdout[played.stdout.index("{\n") :])
    return told


def test_the_failover_completes(story: dict[str, Any]) -> None:
    """Users are served from the recovery region; the lost one is on record as not fenced."""
    assert story["outcome"] == "completed"
    assert story["why"] == "it went on without “Stop writes in us-east-1”"
    assert story["steps"]["verify_service"].startswith("settled")
    assert "us-east-1" in story["steps"]["fence_primary"]


def test_the_dead_region_costs_five_seconds_at_most(story: dict[str, Any]) -> None:
    """The plan, the step that is meant for the dead region, and the beginning of every other step."""
    assert story["plan_took"] <= 5.5
    assert 1 <= story["dead_step_took"]["fence_primary"] <= 5.5
    assert max(story["overhead"].values()) <= 5.5
    assert max(took for step, took in story["overhead"].items() if step != "fence_primary") <= 1


def test_nothing_undeclared_goes_to_the_dead_region(story: dict[str, Any]) -> None:
    """Only services of steps that say they need it, and only looks: nothing is sent blindly into the dark."""
    services = {call.partition(".")[0] for call in story["went_there"]}

    assert services <= set(story["declared"])
    assert story["went_there"] == ["ecs.DescribeServices"]
