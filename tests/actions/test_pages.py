"""Pages and examples follow from the actions, and the ones in the repository are current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.actions.base import AnyAction
from bot.actions.catalogue import Catalogue
from bot.actions.examples import example_runbook, example_step
from bot.actions.pages import index_page, page
from bot.model.action import HARMS
from bot.runbook.library import check_text

CATALOGUE = Catalogue.discover()
SPECS = CATALOGUE.specs
FOLDER = Path("docs/actions")
every_action = pytest.mark.parametrize("each", CATALOGUE.values(), ids=lambda each: each.spec.name)


@every_action
def test_the_example_lints_without_a_word(each: AnyAction) -> None:
    """Copied into a runbook, the step of the page is right."""
    text = example_runbook(each)

    _, problems = check_text(text, "example.yaml", SPECS)

    assert [str(problem) for problem in problems] == [], text


@every_action
def test_the_harm_and_the_way_back_stand_apart(each: AnyAction) -> None:
    """No row of harm speaks of undoing, so that it cannot contradict the row that does."""
    harm = next(line for line in page(each).splitlines() if line.startswith("| Risk |"))

    assert not re.search(r"revers|und(o|one)|put back|taken back", harm)


@every_action
def test_the_page_tells_everything(each: AnyAction) -> None:
    """What it does, every parameter and result, risk, permissions, undo, and an example."""
    told = page(each)

    names = [field.name for field in (*each.spec.parameters, *each.spec.results)]
    assert all(f"`{name}`" in told for name in [*names, *each.spec.permissions])
    assert each.spec.summary.split()[0] in told
    assert HARMS[each.spec.risk] in told
    assert example_step(each) in told


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the pages are not part of an installed package")
def test_the_pages_in_the_repository_are_current() -> None:
    """`make docs` was run after the last change of an action."""
    wanted = {f"{name}.md": page(CATALOGUE[name]) for name in CATALOGUE} | {"README.md": index_page(SPECS.values())}
    there = {path.name: path.read_text() for path in FOLDER.glob("*.md")}

    stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))

    assert stale == [], "run `make docs`"
