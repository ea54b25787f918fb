"""`dr actions`: list, search, show, and begin a new one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.rooms import Terminal


def test_a_search_finds_by_every_word(dr: Terminal) -> None:
    """Names, docs, parameters and permissions are searched; all words must be there."""
    some = [each["name"] for each in json.loads(dr("actions", "--search", "replica", "promote", "--json").out)]

    assert "rds.promote_read_replica" in some
    assert "ecs.set_desired_count" not in some


def test_a_search_for_nothing_known_says_so(dr: Terminal) -> None:
    """And names the way to all of them."""
    said = dr("actions", "--search", "xylophone")

    assert said.code == 1
    assert "No action speaks of xylophone" in said.err


def test_one_action_shows_undo_and_an_example(dr: Terminal) -> None:
    """What to copy into a runbook, and how it is taken back."""
    said = dr("actions", "rds.promote_read_replica")

    assert "\n    uses: rds.promote_read_replica\n" in said.out
    assert "\n      by: [ops, ic]\n" in said.out
    assert "cannot follow its source again" in said.out


def test_scripts_get_undo_and_example(dr: Terminal) -> None:
    """Every action has both."""
    found = json.loads(dr("actions", "--json").out)

    assert all(each["undo"] and each["example"] and each["rehearsed_calls"] >= 1 for each in found)


def test_a_new_action_is_two_files(dr: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are written once, and never over somebody's work."""
    (tmp_path / "bot" / "actions").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    first, second = dr("actions", "new", "rds.reboot"), dr("actions", "new", "rds.reboot")

    assert first.out.split() == [
        "bot/actions/rds/__init__.py", "bot/actions/rds/reboot.py", "tests/actions/rds/test_reboot.py",
    ]  # fmt: skip
    assert all(Path(path).is_file() for path in first.out.split())
    assert second.code == 1
    assert "nothing was written" in second.err


def test_a_new_action_wants_a_checkout(dr: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere nothing is written."""
    monkeypatch.chdir(tmp_path)

    said = dr("actions", "new", "rds.reboot")

    assert said.code == 1
    assert list(tmp_path.iterdir()) == []
