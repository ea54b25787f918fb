"""The authors' guide tells the truth."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from bot.model.action import ActionSpec
from bot.runbook.library import Library, check_text
from tests.runbook.mistakes import CATALOGUE, EXPRESSIONS, FORM, MEANING, READING

GUIDE = (Path(__file__).parents[2] / "docs" / "runbooks.md").read_text()


def test_the_first_runbook_of_the_guide_is_clean(specs: dict[str, ActionSpec]) -> None:
    """What a beginner copies has no mistake."""
    example = re.search(r"   ```yaml\n(.*?)   ```", GUIDE, re.DOTALL)
    assert example is not None

    _, problems = check_text(textwrap.dedent(example.group(1)), "guide.yaml", specs)

    assert problems == []


def test_the_catalogue_of_the_guide_serves_it(specs: dict[str, ActionSpec], tmp_path: Path) -> None:
    """Both together, as they are copied in the first hour."""
    first_hour(tmp_path)

    library = Library.load(tmp_path, specs)

    assert [str(each) for each in library.problems] == []
    assert library.for_service("shop", "failover").runbook.memory[0].startswith("Claim incident command")


def test_every_code_is_explained() -> None:
    """Whatever the lint says stands in the guide."""
    codes = {each.code for each in (*READING, *FORM, *MEANING, *EXPRESSIONS, *CATALOGUE)}

    assert {code for code in codes if f"`{code}`" not in GUIDE} == set()


def first_hour(folder: Path) -> None:
    """The folder that a beginner has made by then."""
    runbook = re.search(r"   ```yaml\n(.*?)   ```", GUIDE, re.DOTALL)
    catalog = re.search(r"## The catalogue\n\n```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert runbook is not None
    assert catalog is not None
    (folder / "shop").mkdir()
    (folder / "shop" / "failover.yaml").write_text(textwrap.dedent(runbook.group(1)))
    (folder / "catalog.yaml").write_text(catalog.group(1))
