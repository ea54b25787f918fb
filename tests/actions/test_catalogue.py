"""The catalogue finds what is there, joins what is installed beside it, and is quick."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bot.actions.catalogue import PRIVATE, Catalogue
from bot.actions.scaffold import new_action
from bot.model.errors import BrokenInvariant, UserError

QUICK = "import time, bot.actions.catalogue as c; b = time.process_time(); c.Catalogue.discover(); print(time.process_time() - b)"  # noqa: E501  # one program


def test_a_private_package_joins(private: Path) -> None:
    """Its actions stand among the others, by name."""
    put(private / "acme_dr" / "__init__.py", "")
    put(private / "acme_dr" / "page.py", new_action("acme.page")["bot/actions/acme/page.py"])

    found = Catalogue.discover(private=[entry("acme_dr")])

    assert "acme.page" in found
    assert set(Catalogue.discover(private=[])) == set(found) - {"acme.page"}


def test_a_private_module_joins(private: Path) -> None:
    """One file is enough."""
    put(private / "acme_one.py", new_action("acme.one")["bot/actions/acme/one.py"])

    assert "acme.one" in Catalogue.discover(private=[entry("acme_one")])


@pytest.mark.parametrize(
    ("text", "why"),
    [("import nowhere_at_all", "nowhere_at_all"), ("1 / 0", "division by zero"), ("", "There are no actions behind")],
)
def test_a_broken_private_package_is_named(text: str, why: str, private: Path) -> None:
    """Whoever installed it reads which one it is."""
    put(private / f"acme_{abs(hash(text))}.py", text)

    with pytest.raises(UserError, match=why):
        Catalogue.discover(private=[entry(f"acme_{abs(hash(text))}")])


def test_a_private_action_takes_nobodys_name(private: Path) -> None:
    """Two actions of one name would make a runbook mean two things."""
    put(private / "acme_twice.py", new_action("rds.promote_read_replica")["bot/actions/rds/promote_read_replica.py"])

    with pytest.raises(BrokenInvariant, match="two actions are called"):
        Catalogue.discover(private=[entry("acme_twice")])


def test_discovery_is_quick() -> None:
    """0.3 s of processor time alone; a busy machine gets more."""
    spent = min(
        float(subprocess.run([sys.executable, "-c", QUICK], capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    )

    assert spent < 1.0


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which modules can be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def entry(value: str) -> EntryPoint:
    return EntryPoint(name="acme", value=value, group=PRIVATE)


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
