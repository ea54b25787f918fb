"""Reading on: the same as reading anew, at a fraction of its cost."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.language import speaking
from bot.model.events import NoteAdded, StepObserved, StepStarted
from bot.timeline.build import build_timeline, timeline_of
from bot.timeline.reading import Reading
from tests.builders import NOW, a_finished_failover, a_plan, a_step, change, records_of
from tests.measuring import measured

LATER = NOW + timedelta(hours=1)
RECORDS = a_finished_failover()


@given(st.sets(st.integers(1, len(RECORDS) - 1), max_size=8))
def test_however_a_journal_arrives_it_reads_the_same(cuts: set[int]) -> None:
    """In pieces of any size, each piece once."""
    ends = [*sorted(cuts), len(RECORDS)]
    reading = Reading.of(RECORDS[: ends[0]])
    for begin, end in pairwise(ends):
        reading = reading.on(RECORDS[begin:end])

    assert reading == Reading.of(RECORDS)
    assert timeline_of(reading, as_of=LATER) == build_timeline(RECORDS, as_of=LATER)


def test_a_title_that_becomes_known_is_told_in_earlier_sentences_too() -> None:
    """As it would be if the whole were read anew."""
    plan = a_plan(a_step("scale_api", title="Scale ${{ inputs.what }}"))
    look = StepObserved(step="scale_api", seen="18 of 24", look_at=LATER)
    records = records_of(look, StepStarted(step="scale_api", attempt=1, title="Scale the api"), plan=plan)

    reading = Reading.of(records[:-1]).on(records[-1:])

    assert "inputs.what" in Reading.of(records[:-1]).entries[-1].text
    assert reading == Reading.of(records)


def test_another_language_tells_everything_anew() -> None:
    """A story is not told half in one and half in another."""
    reading = Reading.of(RECORDS[:20])

    with speaking("ko"):
        told = reading.on(RECORDS[20:])
        anew = Reading.of(RECORDS)

    assert told == anew
    assert told.entries[1].text != reading.entries[1].text


def test_a_record_that_does_not_follow_is_found_where_it_arrives() -> None:
    """And stays found, whatever comes behind it."""
    edited = change(RECORDS, 12, fact=NoteAdded(text="nothing happened"))
    before = Reading.of(edited[:11])

    after = before.on(edited[11:12]).on(edited[12:])

    assert (before.broken_at, after.broken_at) == (None, 12)
    assert before.is_followed_by(RECORDS[11])
    assert not before.is_followed_by(edited[11])
    assert not before.is_followed_by(RECORDS[12])


def test_reading_on_costs_what_is_new() -> None:
    """One more record of sixty: folding, checking and telling take less than a fifth of the whole."""
    almost = Reading.of(RECORDS[:-1])

    _told, anew = measured(lambda: [Reading.of(RECORDS) for _each in range(20)])
    _told, on = measured(lambda: [almost.on(RECORDS[-1:]) for _each in range(20)])

    assert on < anew / 5
