"""A runbook that would hurt is told so in review: each flaw with its own sentence, and the shipped ones without any."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model.action import ActionSpec
from bot.model.problem import Problem
from bot.model.service import Catalog, GroupRule, Level
from bot.runbook.library import Library, check_text
from tests.runbook.healthy import NAMES, RUNBOOK
from tests.runbook.unsound import FLAWS, INVENTED, Flaw


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda each: each.name)
def test_a_flaw_is_told(flaw: Flaw, specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """The rule speaks, at its level, at a line that is there, in a whole sentence."""
    text = RUNBOOK
    for old, new in flaw.edits:
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        text = text.replace(old, new)

    problems = problems_of(text, specs, catalog)

    told = "\n".join(map(str, problems))
    same = [each for each in problems if each.code == flaw.code and flaw.says in each.text]
    assert same, f"expected {flaw.code}: {flaw.says!r}, got:\n{told}"
    assert {each.level for each in same} == {flaw.level}
    assert all(1 < each.line <= text.count("\n") for each in same)
    assert all(each.text.endswith((".", "?")) for each in problems), told


def test_there_are_enough_of_them() -> None:
    """Twenty-five flaws at least, none twice."""
    assert len({flaw.name for flaw in FLAWS}) == len(FLAWS) >= 25


def test_without_the_flaws_nothing_is_said(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """The runbook that the table breaks is sound, with one warning accepted for a reason."""
    assert problems_of(RUNBOOK, specs, catalog) == []


def test_the_shipped_runbooks_are_sound(specs: dict[str, ActionSpec]) -> None:
    """Clean, or with a written reason."""
    assert [str(each) for each in Library.load(Path("runbooks"), specs).problems] == []


@pytest.mark.parametrize("place", ["step", "runbook"])
def test_a_reason_silences_a_warning(place: str, specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """`accepts` on the step answers for the step, on the runbook for all of it."""
    text = RUNBOOK.replace("      expires: 10m\n", "      expires: 45s\n")
    reason = "accepts: { gate-too-short: Everybody sits in the same room. }"
    needs = "    needs: [measure_lag]\n"
    text = text.replace(needs, f"{needs}    {reason}\n") if place == "step" else f"{text}\n{reason}\n"

    assert problems_of(text, specs, catalog) == []


@pytest.mark.parametrize(
    ("way_back", "steps"), [("", 2), ("    rollback: { uses: stack.create, with: { name: a } }\n", 1)]
)
def test_a_step_with_its_own_way_back_can_be_undone(
    way_back: str, steps: int, specs: dict[str, ActionSpec], catalog: Catalog
) -> None:
    """Its action knows none, its author does: one person may let that happen, and not the promotion beside it."""
    drop = f"\n  extra:\n    needs: [declare]\n    uses: stack.drop\n    with: {{ name: a }}\n{way_back}\n  breathe:\n"
    text = RUNBOOK.replace("      count: 2\n", "      count: 1\n").replace("      by: [ops, ic]\n", "      by: [ops]\n")

    found = problems_of(text.replace("\n  breathe:\n", drop), specs, catalog)

    assert [each.code for each in found].count("irreversible-alone") == steps


def test_r3_asks_nobody_whom_only_slack_knows(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """The group has people in Slack and none on the roster, whose word alone counts there."""
    fed = catalog.model_copy(update={"groups": {"@vps": GroupRule(slack_usergroup="S0VPS00000")}})
    path = '      by: [ops, ic]\n      on_expiry: escalate\n      escalate_to: [{ ask: "@vps", as: ic }]\n'
    text = RUNBOOK.replace("      by: [ops, ic]\n", path)

    found = problems_of(text, specs, fed)

    assert [(each.code, each.level) for each in found] == [("empty-group", "warning")]
    assert "R3 takes the roster's word alone" in found[0].text


def test_the_house_may_say_who_is_next(specs: dict[str, ActionSpec], catalog: Catalog) -> None:
    """A gate that escalates needs no list of its own then."""
    text = RUNBOOK.replace("      expires: 10m\n", "      expires: 10m\n      on_expiry: escalate\n")

    found = problems_of(text, specs, catalog.model_copy(update={"escalate_to": (Level(ask="role.ops"),)}))

    assert found == []


def problems_of(text: str, specs: dict[str, ActionSpec], catalog: Catalog) -> list[Problem]:
    """Everything the lint says, with the invented actions known."""
    return check_text(text, "shop.yaml", {**specs, **INVENTED}, catalog, NAMES)[1]
