"""A whole failover from terminals alone: no Slack, no server; the one who follows drives the run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.local.parts import aws_environ
from tests.cli.rooms import Terminal
from tests.cloud_fixture import LocalCloud, cloud, cloud_process

__all__ = ["cloud", "cloud_process"]

PATIENCE = 120.0  # seconds


@pytest.fixture
def dr(
    capsys: pytest.CaptureFixture[str], cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Terminal]:
    """The command line against the local cloud and an embedded Redis of its own, without Slack."""
    for name in [name for name in os.environ if name.startswith(("SLACK_", "DR_", "REDIS_", "AWS_"))]:
        monkeypatch.delenv(name)
    contract = {"DR_HOME": str(tmp_path / "home"), "DR_LEASE": "4", "http_proxy": cloud.url, "no_proxy": "127.0.0.1"}
    for name, value in (aws_environ(cloud.url) | contract).items():
        monkeypatch.setenv(name, value)
    cloud.run(speed=5)
    yield Terminal(capsys)
    cloud.reset()


def start(*more: str) -> subprocess.Popen[str]:
    """Carol starts a planned failover and stays with it."""
    impact = f"impact_started_at={datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    words = ["failover", "orders-api", impact, "mode=planned", "--as", "carol", "--yes", "--follow", *more]
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def asks_for(dr: Terminal, step: str) -> Callable[[], bool]:
    """Whether the run's status names a command for this step."""

    def look() -> bool:
        said = dr("status", "orders-api", "--json")
        return said.code == 0 and any(f" {step}" in move for move in json.loads(said.out)["next"])

    return look


def until(true: Callable[[], bool], following: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        assert following.poll() is None, following.stdout and following.stdout.read()
        time.sleep(0.2)


def test_five_people_fail_over_from_their_terminals(dr: Terminal, cloud: LocalCloud, tmp_path: Path) -> None:
    """Started, approved by two, answered, confirmed, followed and exported, with neither Slack nor server."""
    carol = start()

    until(asks_for(dr, "declare"), carol)
    refused = [
        dr("approve", "orders-api", "declare", "--as", "carol", "--typed", "orders-api us-west-2"),
        dr("approve", "orders-api", "declare", "--as", "dave", "--typed", "orders-api us-west-2"),
        dr("approve", "orders-api", "declare", "--as", "alice", "--typed", "orders-api"),
    ]
    alice = dr("approve", "orders-api", "declare", "--as", "alice", "--typed", "orders-api us-west-2")
    dr("approve", "orders-api", "declare", "--as", "min", "--typed", "orders-api us-west-2")
    until(asks_for(dr, "psp_allowlist"), carol)
    no_ticket = dr("answer", "orders-api", "psp_allowlist", "done", "--as", "carol")
    dr("answer", "orders-api", "psp_allowlist", "PSP-4821", "--as", "carol")
    dr("note", "orders-api", "The network team agrees", "--as", "dave")
    until(asks_for(dr, "promote_db"), carol)
    dr("approve", "orders-api", "promote_db", "--as", "alice", "--typed", "orders-global")
    dr("approve", "orders-api", "promote_db", "--as", "bob", "--typed", "orders-global")
    until(asks_for(dr, "shift_traffic"), carol)
    dr("approve", "orders-api", "shift_traffic", "--as", "bob")
    story, _ = carol.communicate(timeout=PATIENCE)
    runs = json.loads(dr("runs", "--json").out)
    exported = dr("export", "orders-api", "-o", str(tmp_path / "out"), "--as", "dave")

    assert carol.returncode == 0, story
    assert [said.code for said in refused] == [1, 1, 1]
    assert "your approval does not count" in refused[0].err
    assert "Dave Lund is not among them" in refused[1].err
    assert "Type exactly: orders-api us-west-2" in refused[2].err
    assert "1 approved, 2 are needed" in alice.out
    assert "PSP ticket number" in no_ticket.err
    assert "Note: The network team agrees" in story
    assert [(run["service"], run["status"]) for run in runs] == [("orders-api", "completed")]
    assert runs[0]["rto"]["met"] is True
    assert "chain unbroken" in dr("timeline", "orders-api").out
    assert len(exported.out.split()) == 4
    members = cloud.client("rds").describe_global_clusters()["GlobalClusters"][0]["GlobalClusterMembers"]
    assert [each["DBClusterArn"] for each in members if each["IsWriter"]] == [
        "arn:aws:rds:us-west-2:111122223333:cluster:orders-usw2"
    ]
    assert [call["action"] for call in cloud.ledger()].count("rds.switchover_global_cluster") == 1


def test_a_planned_run_goes_on_unplanned_from_a_terminal(dr: Terminal, cloud: LocalCloud) -> None:
    """Asked first, then the old run ends where it is, and of the new one nothing is approved yet."""
    carol = start()
    until(asks_for(dr, "declare"), carol)
    dr("approve", "orders-api", "declare", "--as", "alice", "--typed", "orders-api us-west-2")

    unsure = dr("switch", "orders-api", "mode=unplanned", "--as", "carol")
    switched = dr("switch", "orders-api", "mode=unplanned", "--yes", "--as", "carol")
    carol.communicate(timeout=PATIENCE)
    new, old = json.loads(dr("runs", "--json").out)

    assert (unsure.code, switched.code) == (1, 0), switched.err
    assert "--yes" in unsure.err
    assert (old["status"], new["status"] in ("running", "waiting")) == ("aborted", True)
    assert new["run"] in switched.out
    assert new["plan_hash"] != old["plan_hash"]
    assert next(step["state"] for step in new["steps"] if step["step"] == "declare") in ("waiting", "asking")
    assert "rds.switchover_global_cluster" not in [call["action"] for call in cloud.ledger()]


def test_a_dry_run_changes_nothing(dr: Terminal, cloud: LocalCloud) -> None:
    """A dry run looks, asks nobody to change AWS, and says so in its plan."""
    before = len(cloud.ledger())

    plan = dr("plan", "orders-api", f"impact_started_at={datetime.now(UTC).isoformat()}", "--as", "carol")

    assert "DRY RUN" in plan.out
    assert "desired 4 → 24" in plan.out
    assert len(cloud.ledger()) == before


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("plan", "order-api", "--as", "carol"), "Did you mean orders-api?"),
        (("plan", "orders-api", "--as", "karol"), "Did you mean carol?"),
        (("plan", "orders-api", "--as", "carol"), "impact_started_at is missing"),
        (("restore", "catalog-web", "--yes", "--as", "carol"), "catalog-web has no runbook for restore"),
        (("plan", "orders-api", "mode", "--as", "carol"), "is not NAME=VALUE"),
        (("failover", "orders-api", "impact_started_at=2026-01-01T00:00:00Z", "--as", "carol"), "--yes"),
        (("status",), "No run is open"),
        (("status", "orders-api-1"), "There is no run called"),
        (("export", "orders-api", "--format", "pdf", "--as", "carol"), "orders-api has no run yet"),
        (("choose", "orders-api", "declare", "retri"), "Did you mean retry?"),
    ],
)
def test_a_mistake_is_answered_with_the_next_move(dr: Terminal, words: tuple[str, ...], fragment: str) -> None:
    """One sentence on stderr, exit code 1, nothing started."""
    said = dr(*words)

    assert said.code == 1
    assert fragment in said.err
    assert json.loads(dr("runs", "--json").out) == []


def test_the_doctor_finds_what_is_wrong(dr: Terminal, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region that does not answer fails the check-up with a remedy; the rest stays ok."""
    cloud.region("us-east-1", "down", mode="refuse")
    monkeypatch.setenv("DR_RUNBOOKS", "runbooks")

    said = dr("doctor", "--json")

    states = {line["name"]: line for line in json.loads(said.out)}
    assert said.code == 1
    assert states["aws us-east-1"]["state"] == "failed"
    assert "us-east-1 can be reached" in states["aws us-east-1"]["remedy"]
    assert {states[name]["state"] for name in ("disk", "runbooks", "redis", "redis safety", "aws us-west-2")} == {"ok"}
    assert states["slack"]["state"] == "warning"


def test_a_served_run_is_not_driven_from_the_terminal(dr: Terminal, tmp_path: Path) -> None:
    """While a server is alive, `--follow` only looks; the server is healthy until SIGTERM, and then leaves calmly."""
    server = subprocess.Popen([sys.executable, "-m", "bot", "serve"], stderr=subprocess.PIPE, text=True)
    until(lambda: dr("healthcheck").code == 0, server)
    carol = start()
    until(asks_for(dr, "declare"), server)
    carol.send_signal(signal.SIGINT)
    told, _ = carol.communicate(timeout=PATIENCE)
    owners = {entry["who"] for entry in json.loads(dr("timeline", "--json").out)["entries"]}
    dr("abort", "orders-api", "--yes", "--as", "carol")
    until(lambda: json.loads(dr("runs", "--json").out)[0]["status"] == "aborted", server)

    server.terminate()
    _, logged = server.communicate(timeout=PATIENCE)

    assert carol.returncode == 0
    assert "goes on; follow it again" in told
    assert "took the run over" not in told
    assert owners == {"bot", "Carol Díaz"}
    assert server.returncode == 0, logged
    assert dr("healthcheck").code == 1


def test_the_last_one_out_stops_the_embedded_redis(dr: Terminal, tmp_path: Path) -> None:
    """A command leaves no server running behind it, and its journals are still there for the next one."""
    before = dr("runs")
    socket = tmp_path / "home" / "redis" / "redis.sock"

    after = dr("runs")

    assert (before.code, after.code) == (0, 0)
    assert not socket.exists()
    assert (tmp_path / "home" / "redis" / "appendonlydir").is_dir()


def test_an_unreachable_redis_is_its_own_exit_code(dr: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts can tell that something does not answer: exit code 3 and what to check."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")

    said = dr("runs")

    assert said.code == 3
    assert "REDIS_URL" in said.err
