"""The runbooks that come with the product read like a checklist that tired people follow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.actions.catalogue import Catalogue
from bot.model.action import Risk
from bot.model.runbook import Runbook, Step
from bot.runbook.graph import ancestors
from bot.runbook.library import Library
from bot.runbook.rules.reading import MOST_BETWEEN_PAUSES, MOST_BY_HEART

SPECS = Catalogue.discover().specs
ROOT = Path(__file__).parents[2]
LIBRARY = Library.load(ROOT / "runbooks", SPECS)
BOOKS = {name: LIBRARY.find(name).runbook for name in sorted(LIBRARY.runbooks)}

every_book = pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)


def test_every_strategy_has_its_way_out_and_its_way_home() -> None:
    """Mirror, hot, warm and cold: a failover and a failback each; and three restores."""
    kinds = {(book.strategy, book.kind) for book in BOOKS.values()}

    assert {(s, k) for s in ("mirror", "hot", "warm", "cold") for k in ("failover", "failback")} <= kinds
    assert sum(book.kind == "restore" for book in BOOKS.values()) >= 3


def test_every_service_reaches_what_it_names() -> None:
    """Each runbook serves somebody."""
    served = {name for service in LIBRARY.catalog.services.values() for name in service.runbooks.values()}

    assert served == set(BOOKS)


@every_book
def test_few_things_are_known_by_heart(book: Runbook) -> None:
    """One to three, and the first is who leads."""
    assert 1 <= len(book.memory) <= MOST_BY_HEART
    assert book.memory[0].startswith("Claim incident command")


@every_book
def test_there_are_three_pauses(book: Runbook) -> None:
    """Somebody looks, somebody decides, somebody proves; and no more lines lie between than can be kept in mind."""
    assert book.clock is not None
    proof = book.clock.stops.removeprefix("steps.")
    above = ancestors(book.steps)
    asking = [step_id for step_id, step in book.steps.items() if step.approve]
    first = next(step_id for step_id in asking if not above[step_id] & set(asking))

    looked = [step_id for step_id in above[first] | {first} if _looks(book.steps[step_id])]
    between = [step_id for step_id in above[proof] - above[first] if step_id != first]

    assert looked
    assert _looks(book.steps[proof])
    assert first in above[proof]
    assert len(between) <= MOST_BETWEEN_PAUSES


@every_book
def test_what_may_be_unknown_has_its_branch_first(book: Runbook) -> None:
    """A question that shows a measured loss begins with what to do when nobody could measure it."""
    unsure = [step_id for step_id, step in book.steps.items() if _looks(step) and step.on_failure == "continue"]
    asked = [step.approve.text or "" for step in book.steps.values() if step.approve]

    for text in asked:
        if any(f"steps.{step_id}.outputs" in text for step_id in unsure):
            assert text.startswith("IF ")
            assert "UNKNOWN →" in text


def test_the_table_of_coverage_has_no_empty_cell_and_names_what_exists() -> None:
    """Twenty-three requirements, each assessed and acted upon by actions and runbooks that are there."""
    lines = (ROOT / "docs" / "coverage.md").read_text().splitlines()
    rows = [line for line in lines if re.match(r"\| G\d+ \|", line)]
    named = {name for row in rows for name in re.findall(r"`([a-z0-9-]+\.[a-z0-9_]+)`", row)}

    assert [row.split()[1] for row in rows] == [f"G{number}" for number in range(1, 24)]
    assert [row for row in rows if re.search(r"\|\s*[–-]?\s*\|", row)] == []
    assert named - {*SPECS, *BOOKS} == set()
    assert {name for name in BOOKS if name.endswith(".restore")} <= named


def _looks(step: Step) -> bool:
    return bool(step.uses and SPECS[step.uses].risk is Risk.READ)
