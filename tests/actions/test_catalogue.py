"""The catalogue finds what is there, joins what is installed beside it, and is quick."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from statistics import median

import pytest

from bot.actions.catalogue import PRIVATE, Catalogue
from bot.actions.scaffold import new_action
from bot.model.errors import BrokenInvariant, UserError

DISCOVERY = """
import time, bot.actions.catalogue as catalogue
before = time.process_time()
catalogue.Catalogue.discover()
print(time.process_time() - before)
"""


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


def test_a_private_action_that_declares_nonsense_is_named(private: Path) -> None:
    """Specs are made when they are looked at; those of strangers at the start, where somebody can still mend them."""
    sound = new_action("acme.wild")["bot/actions/acme/wild.py"]
    put(private / "acme_wild.py", sound.replace("risk=Risk.REVERSIBLE", 'risk="wild"'))

    with pytest.raises(UserError, match=r"The private actions acme [^:]*: .*\nrisk"):
        Catalogue.discover(private=[entry("acme_wild")])


def test_a_spec_is_looked_up_without_making_the_others() -> None:
    """Lint asks for the dozen that a runbook names, by name or by saying whether there is such a one."""
    specs = Catalogue.discover(private=[]).specs

    assert specs["http.probe"] is specs["http.probe"]
    assert "http.probe" in specs
    assert "http.prob" not in specs
    assert len(specs) == len(list(specs)) > 70


def test_discovery_is_quick(tmp_path: Path) -> None:
    """All actions in 0.3 s of processor time, in a fresh process, from compiled files; a busy machine gets more."""
    found = [_discovered(tmp_path) for _ in range(6)]

    assert median(found[1:]) < 0.45, found


def _discovered(compiled: Path) -> float:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run(
        [sys.executable, "-c", DISCOVERY], env={**env, "PYTHONPYCACHEPREFIX": str(compiled)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(told.stdout)


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
