"""lint, actions, schema, manifest: for authors, editors and installers, without any connection."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.rooms import Terminal

RUNBOOKS = Path("runbooks")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped runbooks, to break."""
    return Path(shutil.copytree(RUNBOOKS, tmp_path / "runbooks"))


def test_the_shipped_runbooks_are_clean(dr: Terminal) -> None:
    """Nothing is said about clean runbooks, and the code is 0."""
    said = dr("lint", str(RUNBOOKS))

    assert (said.code, said.out) == (0, "")


def test_mistakes_are_one_a_line_with_their_place(dr: Terminal, folder: Path) -> None:
    """Each mistake is `path:line:column: sentence`, with the path as it was given, and the code is 1."""
    path = folder / "orders-api" / "failover.yaml"
    path.write_text(path.read_text().replace("    uses: aws.preflight", "    usess: aws.preflight", 1))
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if "usess" in text)

    said = dr("lint", str(path))

    assert said.code == 1
    assert f"{path}:{line}:5: " in said.out
    assert "uses" in said.out


def test_lint_speaks_json(dr: Terminal, folder: Path) -> None:
    """Scripts get the same problems as objects."""
    (folder / "orders-api" / "failover.yaml").write_text("schema: dr/v1\nsteps: []\n")

    said = dr("lint", str(folder), "--json")

    problems = json.loads(said.out)
    assert said.code == 1
    assert {"path", "line", "column", "text", "level"} <= problems[0].keys()


def test_a_lonely_file_is_judged_by_itself(dr: Terminal, tmp_path: Path) -> None:
    """A runbook outside any folder with a catalogue is still checked."""
    path = tmp_path / "alone.yaml"
    path.write_text("schema: dr/v1\nrunbook: [\n")

    said = dr("lint", str(path))

    assert said.code == 1
    assert said.out.startswith(f"{path}:")


def test_lint_of_nothing_is_a_mistake(dr: Terminal) -> None:
    """A path that does not exist is named."""
    said = dr("lint", "no/such/folder")

    assert said.code == 1
    assert "no/such/folder" in said.err


def test_actions_list_what_a_script_needs(dr: Terminal) -> None:
    """Every action tells name, summary, risk, idempotency, permissions, control plane and parameters."""
    said = dr("actions", "--json")

    actions = json.loads(said.out)
    wanted = {"name", "summary", "risk", "idempotency", "permissions", "control_plane", "parameters"}
    assert all(wanted <= action.keys() for action in actions)
    assert "aurora.failover_global_cluster" in [action["name"] for action in actions]


def test_one_action_explains_itself(dr: Terminal) -> None:
    """Naming an action shows its parameters and what it may not undo."""
    said = dr("actions", "aurora.failover_global_cluster")

    assert said.code == 0
    assert "allow_data_loss" in said.out
    assert "rds:FailoverGlobalCluster" in said.out


def test_an_unknown_action_gets_the_nearest(dr: Terminal) -> None:
    """A typo in an action's name is answered with the right one."""
    said = dr("actions", "ecs.set_desired_cont")

    assert said.code == 1
    assert "ecs.set_desired_count" in said.err


def test_the_schema_names_every_action(dr: Terminal) -> None:
    """Editors can complete `uses`, so each action is in the JSON Schema."""
    names = [action["name"] for action in json.loads(dr("actions", "--json").out)]

    said = dr("schema")

    schema = json.loads(said.out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert all(name in said.out for name in names)


def test_the_manifest_is_what_slack_imports(dr: Terminal) -> None:
    """The manifest is printed as JSON with the command, the scopes and Socket Mode."""
    said = dr("manifest")

    manifest = json.loads(said.out)
    assert manifest["features"]["slash_commands"][0]["command"] == "/dr"
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "chat:write" in manifest["oauth_config"]["scopes"]["bot"]
