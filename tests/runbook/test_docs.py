"""The authors' guide tells the truth."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from bot.model.action import ActionSpec
from bot.runbook.library import check_text
from tests.runbook.mistakes import CATALOGUE, EXPRESSIONS, FORM, MEANING, READING

GUIDE = (Path(__file__).parents[2] / "docs" / "runbooks.md").read_text()


def test_the_first_runbook_of_the_guide_is_clean(specs: dict[str, ActionSpec]) -> None:
    """What a beginner copies has no mistake."""
    example = re.search(r"   ```yaml\n(.*?)   ```", GUIDE, re.DOTALL)
    assert example is not None

    _, problems = check_text(textwrap.dedent(example.group(1)), "guide.yaml", specs)

    assert problems == []


def test_every_code_is_explained() -> None:
    """Whatever the lint says stands in the guide."""
    codes = {each.code for each in (*READING, *FORM, *MEANING, *EXPRESSIONS, *CATALOGUE)}

    assert {code for code in codes if f"`{code}`" not in GUIDE} == set()
