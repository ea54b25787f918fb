"""The question in a terminal: the same words as on the card, and nothing that could move the cursor."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.console import Console

from bot.cli.cases import case_page
from bot.cli.run_page import run_page
from bot.language import LANGUAGES, Language, speaking
from bot.model.case import Case, CaseDismissed
from bot.model.events import RunCreated
from bot.model.incident_events import RoleClaimed
from bot.model.run import Run
from bot.timeline.build import build_timeline
from bot.usecases.look import RunView
from tests.builders import ANA, BEN, IMPACT, Story, a_failover_plan, an_actor
from tests.pictures.incident_samples import CATALOG, SERVICE, a_case


def printed(case: Case) -> str:
    """As a pipe gets it."""
    console = Console(width=240, highlight=False, markup=False)
    with console.capture() as caught:
        for part in case_page(case, SERVICE, CATALOG, IMPACT + timedelta(minutes=5)):
            console.print(part)
    return caught.get()


def test_the_page_says_what_the_card_says() -> None:
    """The deadline first, then the signs, both costs, who may decide, the next command."""
    page = printed(a_case())

    order = ["Is this a disaster? Orders API", "Decide by ", ": 2 of 2; 1", "success-ratio: ALARM", "UNKNOWN",
             "the RTO of 30m is over", "Data lost: 42s, within the target", "Cannot be undone", "@sre-leads",
             "dr failover orders-api"]  # fmt: skip
    places = [page.find(part) for part in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert "03:18" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answered_case_shows_its_answer_and_hides_its_tricks(language: Language) -> None:
    """A reason from outside cannot clear the screen, and no next move is offered."""
    with speaking(language):
        page = printed(a_case(CaseDismissed(reason="fine \x1b[2J now"), by=an_actor(BEN)))

    assert "Ben Okafor" in page
    assert "\x1b[2J" not in page
    assert "dr failover" not in page


def test_a_runs_page_names_who_holds_a_role() -> None:
    """Beside who started it."""
    plan = a_failover_plan()
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA)
    records = story.tell(RoleClaimed(role="ic", person="ben", name=BEN.name), by=BEN).records
    console = Console(width=240, highlight=False, markup=False)

    with console.capture() as caught:
        console.print(run_page(RunView(Run.of(records), build_timeline(records, as_of=story.now)), story.now))

    assert "incident commander Ben Okafor" in caught.get()
