"""Made-up answers pass the questions they answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bot.model.runbook import Input
from bot.planning.inputs import read_inputs
from bot.runbook.reader import read
from bot.runbook.schema import parse_runbook
from bot.usecases.samples import sample_inputs, sample_text
from tests.runbook.healthy import RUNBOOK

NOW = datetime(2026, 1, 1, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "pattern",
    ["^PSP-[0-9]+$", "^INC-[0-9]{4,}$", r"^\d{3}-\w+$", "^(yes|no)$", "^[A-Z]{2,3}[0-9]?$", "ticket: .+", "^a:[a-z]+$"],
)  # fmt: skip
def test_a_made_up_text_has_the_form(pattern: str) -> None:
    """Whatever form a runbook asks for, within reason, is met."""
    assert re.search(pattern, sample_text(pattern))


def test_a_form_beyond_us_gives_nothing() -> None:
    """Better nothing, which is refused with a sentence, than something wrong."""
    assert sample_text(r"^a\b\Bc$") == ""


def test_required_inputs_are_made_up_and_given_ones_kept() -> None:
    """Only what has no default is made up, and every answer is accepted."""
    book = parse_runbook(read(RUNBOOK, "shop.yaml"), "shop.yaml")
    required = {
        "impact_started_at": Input(type="datetime", required=True),
        "many": Input(type="integer", required=True, min=3, max=9),
        "share": Input(type="number", required=True),
        "half": Input(type="number", required=True, min=0.5),
        "third": Input(type="number", required=True, min=0.25, max=0.3),
        "none": Input(type="integer", required=True, max=0),
        "below": Input(type="integer", required=True, min=-9.5, max=-8),
        "which": Input(type="choice", options=("a", "b"), required=True),
        "sure": Input(type="boolean", required=True),
        "patience": Input(type="duration", required=True),
        "ticket": Input(type="string", required=True, pattern="^INC-[0-9]+$"),
    }
    asked = book.model_copy(update={"inputs": {**required, "left": Input(type="string")}})

    values = sample_inputs(asked, {"many": 5}, NOW)

    assert set(values) == set(required)
    assert values["many"] == 5
    assert read_inputs(asked, values, now=NOW)["which"] == "a"
