"""The files of a new action work as they are written: they pass the suite that every action passes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot.actions.scaffold import new_action
from bot.model.errors import UserError

HERE = Path(__file__).parents[2]
SUITE = ("tests/actions/test_every_action.py", "tests/actions/test_policies.py", "tests/actions/test_pages.py")
PLAYED = (
    "tests/actions/test_every_scene.py",
    "tests/actions/test_over_http_standby.py",
    "tests/actions/test_over_http_assessing.py",
)


def test_new_actions_pass_the_suite(tmp_path: Path) -> None:
    """One action file and one test file each, nothing edited elsewhere; their scenes play in the local cloud."""
    checkout = a_checkout(tmp_path)
    files = new_action("rds.reboot_instance") | new_action("rds.instance_status", check=True)
    for path, text in files.items():
        if not (checkout / path).exists():
            (checkout / path).parent.mkdir(parents=True, exist_ok=True)
            (checkout / path).write_text(text)
    own = [path for path in files if path.startswith("tests/") and not path.endswith("__init__.py")]

    said = pytest_in(checkout, *SUITE, *PLAYED, *own, "-k", "reboot_instance or instance_status or every_scene")

    assert said.returncode == 0, said.stdout[-3000:]
    assert ruff_in(checkout, *files) == ""
    assert " passed" in said.stdout


def test_a_private_action_passes_the_suite(tmp_path: Path) -> None:
    """A package that is installed beside the bot is found by its entry point and held to the same promises."""
    checkout = a_checkout(tmp_path)
    files = {"acme_dr/__init__.py": "", "acme_dr/pager/__init__.py": ""}
    files["acme_dr/pager/page.py"] = new_action("pager.page")["bot/actions/pager/page.py"]
    files["acme_dr-1.dist-info/METADATA"] = "Metadata-Version: 2.1\nName: acme-dr\nVersion: 1\n"
    files["acme_dr-1.dist-info/entry_points.txt"] = "[dr.actions]\nacme = acme_dr\n"
    for path, text in files.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text)

    said = pytest_in(checkout, *SUITE, "-k", "pager.page")

    assert said.returncode == 0, said.stdout[-3000:]
    assert " passed" in said.stdout


@pytest.mark.parametrize("name", ["reboot", "Rds.reboot", "rds.", "rds.re-boot", "rds.a.b", "../x.y"])
def test_a_name_that_no_action_can_have_is_refused(name: str) -> None:
    """A name is a service and a verb, and a path inside the package."""
    with pytest.raises(UserError, match="service, dot, verb"):
        new_action(name)


def a_checkout(folder: Path) -> Path:
    """The product and its action tests, copied."""
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "docs")
    for name in ("bot", "tests", "runbooks"):
        shutil.copytree(HERE / name, folder / name, ignore=ignore)
    shutil.copy(HERE / "pyproject.toml", folder / "pyproject.toml")
    return folder


def pytest_in(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def ruff_in(folder: Path, *paths: str) -> str:
    """What the linter and the formatter would change; nothing where they are not installed."""
    if shutil.which("ruff", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}") is None:
        return ""
    ruff = [sys.executable, "-m", "ruff"]
    told = [
        subprocess.run([*ruff, *verb, *paths], cwd=folder, capture_output=True, text=True, check=False)
        for verb in (["check", "-q"], ["format", "-q", "--diff"])
    ]
    return "".join(each.stdout for each in told)
