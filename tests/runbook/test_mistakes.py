"""Each known mistake is refused at its line and column, in words that help, and quickly."""

from __future__ import annotations

import re
import time

import pytest

from bot.language import again, speaking
from bot.model.action import ActionSpec
from bot.model.problem import Problem
from bot.model.service import Catalog
from bot.runbook.catalog_rules import lint_catalog
from bot.runbook.library import check_text
from bot.runbook.reader import read, scan
from bot.runbook.schema import draft_catalog, parse_catalog
from tests.runbook.healthy import CATALOG, MARK, NAMES, RUNBOOK, broken
from tests.runbook.mistakes import CATALOGUE, EXPRESSIONS, FORM, MEANING, READING, Mistake

BUDGET = 0.05  # seconds of processor time, so that a busy machine does not decide
HANGUL = re.compile("[가-힣]")
QUOTED = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|\([^)]*\)")
ENGLISH = re.compile(r"(?:[A-Za-z]{2,} ){3}[A-Za-z]{2,}")
"""Four words in a row."""
RUNBOOKS = [*READING, *FORM, *MEANING, *EXPRESSIONS]


def test_the_healthy_runbook_is_healthy(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """The file that the table breaks has no problem of its own, not even a warning."""
    _, problems = check_text(RUNBOOK, "shop.yaml", specs, catalog, NAMES)

    assert problems == []


def test_the_healthy_catalogue_is_healthy() -> None:
    """The catalogue that the table breaks has no problem of its own."""
    assert catalogue_problems(CATALOG) == []


@pytest.mark.parametrize("mistake", RUNBOOKS, ids=lambda each: each.name)
def test_a_mistake_in_a_runbook_is_named_in_its_place(
    mistake: Mistake, specs: dict[str, ActionSpec], catalog: Catalog
) -> None:
    """The complaint has the right code, place and words."""
    text, line, column = broken(RUNBOOK, mistake.old, mistake.new)

    _, problems = check_text(text, "shop.yaml", specs, catalog, NAMES)

    assert_named(mistake, problems, line, column)


@pytest.mark.parametrize(
    ("old", "noise"),
    [
        ("expires: 10m", "1"),
        ("text: Lost now, in seconds, ", "abcd "),
        ("text: Promote?", "${{"),
    ],
    ids=["digits", "words", "open expressions"],
)
def test_no_line_however_long_holds_up_who_reads_it(
    old: str, noise: str, specs: dict[str, ActionSpec], catalog: Catalog
) -> None:
    """A file as large as any may be is read while people wait."""
    text = RUNBOOK.replace(old, old.partition(":")[0] + ': "' + noise * (200_000 // len(noise)) + '" #')
    began = time.thread_time()

    check_text(text, "shop.yaml", specs, catalog, NAMES)

    assert time.thread_time() - began < 1


@pytest.mark.parametrize("mistake", CATALOGUE, ids=lambda each: each.name)
def test_a_mistake_in_a_catalogue_is_named_in_its_place(mistake: Mistake) -> None:
    """The complaint has the right code, place and words."""
    text, line, column = broken(CATALOG, mistake.old, mistake.new)

    problems = catalogue_problems(text)

    assert_named(mistake, problems, line, column)


def test_every_mistake_is_refused_in_time(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """No broken runbook costs more than 50 ms, in the quickest of three tries."""
    slow = {}
    for mistake in RUNBOOKS:
        text, _, _ = broken(RUNBOOK, mistake.old, mistake.new)
        spent = min(_seconds(text, specs, catalog) for _ in range(3))
        if spent > BUDGET:
            slow[mistake.name] = spent

    assert slow == {}


def test_all_mistakes_are_told_at_once(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """Mistakes of reading, form, meaning and expression in one file are all in one answer, by line."""
    text = RUNBOOK
    for mistake in (READING[4], FORM[9], MEANING[0], EXPRESSIONS[0]):
        text = text.replace(mistake.old, mistake.new.replace(MARK, ""))

    _, problems = check_text(text, "shop.yaml", specs, catalog, NAMES)

    assert {"duplicate-key", "unknown-option", "unknown-step", "unknown-path"} <= {each.code for each in problems}
    assert [each.line for each in problems] == sorted(each.line for each in problems)


def test_one_mistake_is_told_once(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """Broken `needs` do not also make every reading of the steps above a mistake."""
    text, _, _ = broken(RUNBOOK, "needs: [measure_lag]", "needs: measure_lag")

    _, problems = check_text(text, "shop.yaml", specs, catalog, NAMES)

    assert [each.code for each in problems] == ["wrong-type"]


def test_a_resource_must_be_there_for_every_service(specs: dict[str, ActionSpec]) -> None:
    """A runbook that two services share reads only what both have."""
    shared = (
        CATALOG
        + "    resources: { database: { global_cluster: other } }\n    health: { recovery_url: http://x, alarm: a }\n"
    )
    shared += "    runbooks: { failover: shop.failover }\n"
    catalog = parse_catalog(read(shared, "catalog.yaml"), "catalog.yaml")

    _, problems = check_text(RUNBOOK, "shop.yaml", specs, catalog, NAMES)

    assert [each.text for each in problems] == [
        "search uses this runbook and has no resources.database.cluster_arn in the catalogue."
    ]


@pytest.mark.parametrize("mistake", [*RUNBOOKS, *CATALOGUE], ids=lambda each: each.name)
def test_a_mistake_is_told_in_korean(mistake: Mistake, specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """No English sentence is left in what the lint says, but for code, quotations and what other tools said."""
    if mistake in CATALOGUE:
        text, _, _ = broken(CATALOG, mistake.old, mistake.new)
        problems = catalogue_problems(text)
    else:
        text, _, _ = broken(RUNBOOK, mistake.old, mistake.new)
        _, problems = check_text(text, "shop.yaml", specs, catalog, NAMES)

    with speaking("ko"):
        said = [again(each.text) for each in problems]

    assert said
    assert [each for each in said if not HANGUL.search(each) or ENGLISH.search(QUOTED.sub("", each))] == []


def assert_named(mistake: Mistake, problems: list[Problem], line: int, column: int) -> None:
    """Among the problems is the expected one, and whatever else there is tells of other things."""
    same = [each for each in problems if each.code == mistake.code and mistake.says in each.text]
    told = "\n".join(map(str, problems))
    assert same, f"expected {mistake.code}: {mistake.says!r}, got:\n{told}"
    assert any(each.level == mistake.level for each in same), told
    if MARK in mistake.new:
        assert (line, column) in [(each.line, each.column) for each in same], f"expected {line}:{column}, got:\n{told}"
    assert all(each.text.endswith((".", "?")) for each in problems), told


def catalogue_problems(text: str) -> list[Problem]:
    """Everything that can be said about a catalogue."""
    node, problems = scan(text, "catalog.yaml")
    if node is None:
        return problems
    catalog, mistakes = draft_catalog(node, "catalog.yaml")
    return [*problems, *mistakes, *lint_catalog(node, "catalog.yaml", catalog, NAMES)]


def _seconds(text: str, specs: dict[str, ActionSpec], catalog: Catalog) -> float:
    began = time.thread_time()
    check_text(text, "shop.yaml", specs, catalog, NAMES)
    return time.thread_time() - began
