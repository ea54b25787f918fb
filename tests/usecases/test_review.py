"""The review of a run that is over: in people's own words, on its record, and asked for until then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.model.errors import Refused
from bot.model.events import Fact, RunFinished, RunReviewed, StepSettled, StepStarted
from bot.model.people import Person
from bot.model.plan import Mode
from bot.readiness.words import review_words
from bot.timeline.build import build_timeline
from bot.timeline.export.markdown import to_markdown
from bot.usecases.decide import review
from bot.usecases.readiness import readiness_of
from tests.builders import ANA, BEN, NOW, a_person, a_plan, a_service, a_step, records_of
from tests.usecases.desks import Office, a_catalog, caller

STRANGER = a_person("zoe", "Zoe", groups=())
CATALOG = a_catalog(people={each.id: each for each in (ANA, BEN, STRANGER)}, auditors=("@audit",))
DONE = (StepStarted(step="scale_api", attempt=1), StepSettled(step="scale_api", seen="24"))
OVER = (*DONE, RunFinished(outcome="completed"))
LESSON = "the fence took too long; *we* keep the runbook"


async def an_office(*facts: Fact, **plan: Any) -> Office:
    office = await Office.open(a_plan(a_step(), **plan), CATALOG)
    for fact in facts:
        await office.tell(fact)
    return office


async def test_what_a_review_found_stands_on_the_record_and_in_the_export() -> None:
    """As often as there is something to add; what they wrote means nothing to Markdown."""
    office = await an_office(*OVER)
    run = a_plan().run

    await review(office.desk, run, caller(ANA), f" {LESSON} ")
    after = await review(office.desk, run, caller(BEN), "agreed")

    records = await office.records()
    timeline = build_timeline(records, as_of=NOW)
    page = to_markdown(timeline, records).partition("## Review")[2]
    assert after.reviewed_at == records[-1].at
    assert [entry.text for entry in timeline.entries[-2:]] == [
        f"{ANA.name} wrote down the review: {LESSON}.", f"{BEN.name} wrote down the review: agreed."
    ]  # fmt: skip
    assert f"- {ANA.name}, {records[-2].at:%Y-%m-%d %H:%M:%S} UTC: the fence took too long; \\*we\\* keep" in page
    assert page.index(LESSON[:20]) < page.index("agreed") < page.index("Contributing factors")


@pytest.mark.parametrize(
    ("facts", "plan", "who", "found", "reason"),
    [
        (DONE, {}, ANA, "well", "nothing-to-review"),
        (OVER, {"mode": Mode.DRY_RUN}, ANA, "well", "nothing-to-review"),
        (OVER, {}, ANA, "  ", "short-reason"),
        (OVER, {}, STRANGER, "well", "not-a-reviewer"),
    ],
    ids=["still open", "a rehearsal", "no words", "a stranger to the service"],
)
async def test_what_is_no_review(
    facts: tuple[Fact, ...], plan: dict[str, Any], who: Person, found: str, reason: str
) -> None:
    """A run that goes on, one that changed nothing, no words, nobody of those who may."""
    office = await an_office(*facts, **plan)

    with pytest.raises(Refused) as refused:
        await review(office.desk, a_plan().run, caller(who), found)

    assert refused.value.reason == reason
    assert not any(isinstance(record.fact, RunReviewed) for record in await office.records())


@pytest.mark.parametrize(
    ("facts", "plan", "asked"),
    [
        (OVER, {}, True),
        ((*OVER, RunReviewed(person="ana", name="Ana", comment="well")), {}, False),
        ((RunFinished(outcome="aborted"),), {}, False),
        (OVER, {"mode": Mode.DRY_RUN}, False),
        (OVER, {"kind": "drill"}, True),
    ],
    ids=["not reviewed", "reviewed", "called off before any change", "a rehearsal", "a drill"],
)
def test_readiness_asks_for_the_review_of_the_newest_real_run(
    facts: tuple[Fact, ...], plan: dict[str, Any], asked: bool
) -> None:
    """Until somebody has written it down; what changed nothing taught little."""
    made = a_plan(a_step(), **plan)

    known = readiness_of(a_service(), [records_of(*facts, plan=made)], {}, NOW + timedelta(days=1))

    assert (known.unreviewed is not None) is asked
    if known.unreviewed is not None:
        assert review_words(known.unreviewed, "dr review X").startswith(f"The {made.kind} of 2026-03-14 has no review")
