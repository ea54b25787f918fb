"""docs/flows.md is held to its word: every flow has its row, every row its pictures and a play with four people."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bot.local.workspace.server import Workspace
from tests.journeys.cast import FEWEST, a_cast

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "flows.md"
FLOWS = {
    "Start", "Plan preview", "Run card", "Step done or failed", "Wait", "Manual step", "Approval", "Irreversible",
    "Break glass", "Status update", "Timeline capture", "App Home", "`/dr` alone", "Denied or wrong", "Stale click",
    "Is this a DR?", "Roles", "Steering", "Who is asked next", "Second look",
}  # fmt: skip
SEATED = "a_cast("
"""Where everybody sits down, and the count of those who acted is asserted."""


def rows() -> list[list[str]]:
    """The cells of each row of the table of flows."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "tests/" in line]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def played() -> list[str]:
    """Every test that a row names."""
    return [name for row in rows() for name in re.findall(r"`(tests/[^`]*::[^`]*)`", row[-1])]


@cache
def functions(path: Path) -> dict[str, ast.AsyncFunctionDef]:
    """The coroutines at the top of a file: tests, fixtures and what opens the stage."""
    tree = ast.parse(path.read_text())
    return {node.name: node for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}


def stage_of(path: Path, test: str) -> str:
    """The source of the fixture, or of the stage, that the test plays on; empty when it has none."""
    here, beside = functions(path), path.parent / "conftest.py"
    known = {**(functions(beside) if beside.exists() else {}), **here}
    asked = {argument.arg for argument in here[test].args.args}
    called = {node.id for node in ast.walk(here[test]) if isinstance(node, ast.Name)}
    stages = [known[name] for name in ("play", "a_stage") if name in known and name in asked | called]
    return "\n".join(ast.unparse(stage) for stage in stages)


def test_every_flow_has_its_row() -> None:
    """Nothing of the surface is left without a play, and nothing is told twice."""
    assert sorted(row[0] for row in rows()) == sorted(FLOWS)
    assert all("::test_" in row[-1] for row in rows())


@pytest.mark.parametrize("name", played())
def test_every_play_exists_and_seats_the_cast_in_both_languages(name: str) -> None:
    """A play that was renamed, or does without the cast, would show nothing any more."""
    path, _, test = name.partition("::")

    assert test in functions(ROOT / path)
    assert SEATED in stage_of(ROOT / path, test)
    assert "LANGUAGES" in f"{stage_of(ROOT / path, test)}{ast.unparse(functions(ROOT / path)[test])}"


@pytest.mark.parametrize("picture", sorted(set(re.findall(r"\((images/[^)]*)\)", PAGE.read_text()))))
def test_every_picture_exists(picture: str) -> None:
    """What a row shows can be looked at."""
    assert (PAGE.parent / picture).exists()


async def test_a_play_of_three_is_none() -> None:
    """Looking on does not count, and the fourth who acts makes the difference."""
    async with Workspace() as slack:
        with pytest.raises(AssertionError, match=r"\['alice', 'bob', 'carol'\]"):
            await _speak(slack, "alice", "bob", "carol")

        acted = await _speak(slack, "alice", "bob", "carol", "dave")

    assert len(acted) == FEWEST


async def _speak(slack: Workspace, *who: str) -> set[str]:
    """A play in which these people say something, and Min reads it."""
    async with a_cast(slack, "en") as cast:
        for name in who:
            await getattr(cast, name).say("I am here")
        await cast.min.messages()
    return cast.acted
