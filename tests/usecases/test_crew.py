"""Who is left to ask, when the requester may not: what the roster, the tiers and the owners make of a runbook."""

from __future__ import annotations

from pathlib import Path

from bot.actions.catalogue import Catalogue
from bot.runbook.library import Library
from bot.usecases.crew import nobody_left
from tests.builders import NOW
from tests.runbook.healthy import CATALOG, RUNBOOK

FAILBACK = """\
schema: dr/v1
runbook: shop.failback
version: 1
title: Back home
owners: ["@shop-sre"]
strategy: warm
kind: failback
when: The primary region is well again.
steps:
  breathe:
    wait: { for: 5s }
"""
SPECS = Catalogue.discover().specs


def a_library(folder: Path, catalog: str, runbook: str = RUNBOOK) -> Library:
    place = folder / "runbooks"
    place.mkdir()
    (place / "catalog.yaml").write_text(catalog)
    (place / "failover.yaml").write_text(runbook)
    (place / "failback.yaml").write_text(FAILBACK)
    library = Library.load(place, SPECS)
    assert "shop.failover" in library.runbooks, library.problems
    return library


ENOUGH = CATALOG.replace("  cat: {", '  dan: { name: Dan, slack: U04DAN0000, groups: ["@leads"] }\n  cat: {')
FEW = "".join(line for line in CATALOG.splitlines(keepends=True) if "  cat: " not in line)
"""The same catalogue with two people."""


def test_a_runbook_that_somebody_can_start_and_others_open_is_left_alone(tmp_path: Path) -> None:
    """One more lead, and a run that Dan starts finds an owner and a lead besides him."""
    assert list(nobody_left(a_library(tmp_path, ENOUGH), SPECS, NOW)) == []


def test_a_gate_that_nobody_is_left_for_is_named_where_its_step_stands(tmp_path: Path) -> None:
    """Two people cannot be the requester and two others."""
    [problem] = nobody_left(a_library(tmp_path, FEW), SPECS, NOW)

    assert (problem.code, problem.level, problem.path) == ("too-few-people", "warning", "runbooks/failover.yaml")
    assert "too few people are left to open declare: it asks 2 of @leads or @directors" in problem.text
    assert RUNBOOK.splitlines()[problem.line - 1] == "  declare:"


def test_the_place_of_an_owner_is_counted_too(tmp_path: Path) -> None:
    """The runbook's text asks few enough; it is the tier that asks one more."""
    owned = FEW.replace('owners: ["@shop-sre"]', 'owners: ["@directors"]')
    asks_one = RUNBOOK.replace("      count: 2\n", "      count: 1\n")

    [problem] = nobody_left(a_library(tmp_path, owned, asks_one), SPECS, NOW)

    assert RUNBOOK.splitlines()[problem.line - 1] == "  promote_db:"


def test_groups_that_slack_feeds_are_not_judged(tmp_path: Path) -> None:
    """Who is in them is known on the day."""
    groups = "".join(f'  "@{name}": {{ slack_usergroup: S0{name.upper()}00 }}\n' for name in ("leads", "directors"))
    fed = f"{FEW}\ngroups:\n{groups}"

    told = [problem.text for problem in nobody_left(a_library(tmp_path, fed), SPECS, NOW)]

    assert not any("declare" in text for text in told)
