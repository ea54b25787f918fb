"""The card of a case: its title is the question, and once it is answered, the answer."""

from __future__ import annotations

import pytest

from bot.local.workspace.words import text_of
from bot.model.case import CaseAnswered, CaseDismissed, CaseFact
from bot.slack.views.case_card import case_card
from tests.builders import NOW, a_service
from tests.pictures.incident_samples import a_case
from tests.pictures.samples import CATALOG


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ((), "Is this a disaster? Orders API"),
        ((CaseDismissed(reason="A bad deployment."),), "Not a disaster: Orders API"),
        ((CaseAnswered(run="01JP"),), "Answered with a run: Orders API"),
    ],
)
def test_the_title_is_the_question_or_its_answer(answer: tuple[CaseFact, ...], title: str) -> None:
    """Whoever scrolls past in the morning does not read an open question."""
    card = case_card(a_case(*answer), a_service(title="Orders API"), CATALOG, NOW)

    assert text_of({"blocks": card.body}).splitlines()[0] == title
