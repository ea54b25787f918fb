"""docs/reliability.md is held to its word: every test it names exists, and every fault of the list has its row."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reliability.md"
FAULTS = range(1, 69)
_NAMED = re.compile(r"`([^`\s]*test_[^`\s]*|\*[^`\s]*\*|tests/[^`\s]*)`")
_ROWS = re.compile(r"^\|\s*(\d[\d, ]*)\s*\|", re.MULTILINE)


@cache
def functions_of(path: Path) -> frozenset[str]:
    """Names of the test functions in a file or folder."""
    files = [path] if path.is_file() else sorted(path.rglob("test_*.py"))
    trees = [ast.parse(file.read_text()) for file in files]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, kinds) and node.name.startswith("test_")
    )


def found(named: str) -> bool:
    """`file.py`, `folder/file.py::name`, or a `name`, each with `*` for what is left out."""
    where, _, name = named.partition("::") if ".py" in named or "/" in named else ("", "", named)
    places = [TESTS] if not where else _places(where)
    return any(not name or any(fnmatchcase(each, name) for each in functions_of(place)) for place in places)


def _places(where: str) -> list[Path]:
    if where.startswith("tests/"):
        path = TESTS.parent / where
        return [path] if path.exists() else []
    return sorted(TESTS.rglob(where))


def names() -> list[str]:
    return sorted(set(_NAMED.findall(PAGE.read_text())))


@pytest.mark.parametrize("named", names())
def test_every_test_that_is_named_exists(named: str) -> None:
    """A promise whose test was renamed or deleted is no promise any more."""
    assert found(named)


def test_every_fault_of_the_list_has_its_row() -> None:
    """Each of the 68 stands in a table with its test, or with the reason why it has none."""
    told = {int(number) for cell in _ROWS.findall(PAGE.read_text()) for number in re.findall(r"\d+", cell)}

    assert sorted(set(FAULTS) - told) == []


@pytest.mark.parametrize("named", ["test_nowhere.py", "test_card.py::test_nothing*", "test_nobody_wrote_this"])
def test_what_does_not_exist_is_not_found(named: str) -> None:
    """The check itself can fail."""
    assert not found(named)
