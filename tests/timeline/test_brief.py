"""The brief: ten lines that somebody who was just woken can act on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.language import LANGUAGES, Language, speaking
from bot.model.events import GateOpened, RunCreated
from bot.model.incident_events import RoleClaimed, RoleOffered, StatusPosted
from bot.model.run import Run
from bot.model.service import Catalog, RoleRule
from bot.timeline.brief import MOST, brief
from bot.timeline.build import build_timeline
from tests.builders import ANA, BEN, NOW, Story, a_failover_plan, a_finished_failover, a_service

CATALOG = Catalog(
    tiers={}, people={person.id: person for person in (ANA, BEN)},
    roles={"ic": RoleRule(groups=("@sre-leads",)), "comms": RoleRule(groups=("@orders-sre",))},
    services={"orders-api": a_service()},
)  # fmt: skip


def told(story: Story) -> tuple[str, ...]:
    """The brief at the story's last moment."""
    return brief(Run.of(story.records), build_timeline(story.records, as_of=story.now), CATALOG)


def a_story() -> Story:
    """A run whose first question is open, with a commander who wants to go home."""
    plan = a_failover_plan()
    story = Story(plan).tell(RunCreated(plan=plan), by=ANA)
    story.do("preflight", "7 of 7", took=6).do("measure_lag", "lag 42 s", took=3, lag_seconds=42.0)
    story.tell(GateOpened(step="declare", text="Go?", expires_at=NOW + timedelta(minutes=10)))
    story.tell(RoleClaimed(role="ic", person="ana", name="Ana Ruiz"), RoleOffered(role="ic", to="ben", name="Ben"))
    return story.tell(StatusPosted(what="x", text="y", next_at=NOW + timedelta(minutes=20), channels=("#s",)))


def test_the_brief_tells_what_a_receiver_must_know() -> None:
    """Progress, deadline, data at risk, the open question, the next decision, the way back, who is who, the promise."""
    lines = told(a_story())

    said = "\n".join(lines)
    assert len(lines) == MOST
    for part in (
        "Failover of orders-api", "2 of 14 steps", "Back by 03:32 UTC", "42s", "“GO / NO-GO” needs 2 of @sre-leads",
        "by 03:16 UTC", "Next decision: “GO / NO-GO”", "until “Promote the database in us-west-2”",
        "incident commander Ana Ruiz (offered to Ben)", "communications nobody", "next word is due at 03:26 UTC",
    ):  # fmt: skip
        assert part in said


def test_a_deadline_that_has_passed_says_so() -> None:
    """Late is said as late, not as a negative number."""
    story = a_story()
    story.now += timedelta(hours=1)

    lines = told(story)

    assert "The RTO was over at 03:32 UTC" in lines[1]
    assert "-" not in lines[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_fits_at_any_point_of_a_run(language: Language) -> None:
    """Never more than ten lines, never an empty one, whatever has happened, in each language."""
    records = a_finished_failover()

    for end in range(1, len(records) + 1):
        with speaking(language):
            lines = brief(Run.of(records[:end]), build_timeline(records[:end], as_of=records[end - 1].at), CATALOG)

        assert 0 < len(lines) <= MOST
        assert all(line.strip() and "None" not in line for line in lines)
