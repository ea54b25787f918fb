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


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shipped catalogue, and no runbook yet."""
    (tmp_path / "runbooks").mkdir()
    shutil.copy(RUNBOOKS / "catalog.yaml", tmp_path / "runbooks")
    monkeypatch.setenv("DR_RUNBOOKS", str(tmp_path / "runbooks"))
    return tmp_path / "runbooks"


@pytest.mark.parametrize("kind", ["failover", "failback", "restore"])
@pytest.mark.parametrize("service", ["orders-api", "payments", "batch-reports"])
def test_a_first_runbook_is_rehearsed_as_it_was_written(dr: Terminal, bare: Path, service: str, kind: str) -> None:
    """One command writes it where the bot finds it; the next ones need no editing before it."""
    written = dr("new", service, kind)
    linted = dr("lint", str(bare / service))
    played = dr("rehearse", f"{service}.{kind}", "--service", service)

    assert written.out.splitlines()[0] == str(bare / service / f"{kind}.yaml")
    assert f"dr rehearse {service}.{kind}" in written.out
    assert (linted.code, played.code) == (0, 0), linted.out + played.err
    assert "Reached the end" in played.out


def test_a_first_runbook_writes_nothing_over(dr: Terminal, bare: Path) -> None:
    """Neither the file nor, in another one, the runbook of that name; a draft elsewhere is no harm."""
    dr("new", "orders-api")
    path = bare / "orders-api" / "failover.yaml"
    path.write_text(path.read_text() + "# mine\n")

    again = dr("new", "orders-api")
    path.rename(bare / "moved.yaml")
    renamed = dr("new", "orders-api")
    elsewhere = dr("new", "orders-api", "--to", str(bare.parent / "draft.yaml"), "--json")

    assert (again.code, renamed.code, elsewhere.code) == (1, 1, 0)
    assert f"{path} is there already; nothing was written." in again.err
    assert "orders-api.failover is there already; nothing was written." in renamed.err
    assert (bare / "moved.yaml").read_text().endswith("# mine\n")
    assert json.loads(elsewhere.out)["path"] == str(bare.parent / "draft.yaml")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["ordersapi"], "Did you mean orders-api?"), (["orders-api", "fallover"], "choose failover, failback, restore")],
)
def test_a_first_runbook_is_of_a_known_service_and_kind(dr: Terminal, bare: Path, words: list[str], said: str) -> None:
    """A slip gets the nearest right answer, and no file."""
    refused = dr("new", *words)

    assert refused.code == 1
    assert said in refused.err
    assert [path.name for path in bare.iterdir()] == ["catalog.yaml"]


def test_a_kind_that_the_catalogue_does_not_name_yet_is_to_be_named_there(dr: Terminal, bare: Path) -> None:
    """Else nobody could start it."""
    said = dr("new", "payments", "drill")

    assert "under `runbooks:` of payments: `drill: payments.drill`" in said.out
