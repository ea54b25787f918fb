"""Pages of an overview: nobody is moved for nothing."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.paging import Paging, pages_for
from bot.slack.views.crowd import PAGE, Face
from tests.slack.rush import SINCE


def faces(numbers: set[int]) -> list[Face]:
    """Runs, by their number."""
    return [Face(f"r{n}", f"r{n}", asks=False, is_over=False, since=SINCE + timedelta(seconds=n)) for n in numbers]


def test_a_run_that_leaves_moves_no_other() -> None:
    """And one that comes takes its place."""
    paging = Paging()
    before = paging.laid(faces(set(range(4 * PAGE))))

    after = paging.laid(faces(set(range(4 * PAGE + 3)) - {0, 1, 2}))

    assert [len(page) for page in before] == [PAGE] * 4
    assert after[1:] == before[1:]
    assert [face.run for face in after[0][-3:]] == ["r200", "r201", "r202"]


def test_half_empty_books_are_bound_anew() -> None:
    """So that few runs do not share Slack's edits with pages that hold nearly nothing."""
    paging = Paging()
    paging.laid(faces(set(range(4 * PAGE))))

    well_filled = paging.laid(faces(set(range(0, 3 * PAGE))) + faces({4 * PAGE - 1}))
    half_empty = paging.laid(faces(set(range(0, 4 * PAGE, 5))))

    assert [len(page) for page in well_filled] == [PAGE, PAGE, PAGE, 1]
    assert len(half_empty) == 1


@given(st.lists(st.sets(st.integers(0, 260), max_size=240), min_size=1, max_size=6))
def test_every_run_has_one_place(looks: list[set[int]]) -> None:
    """Whoever comes and goes: no page is empty or too full, and there are less than twice as many as needed."""
    paging = Paging()

    for numbers in looks:
        pages = paging.laid(faces(numbers))

        assert sorted(face.run for page in pages for face in page) == sorted(f"r{n}" for n in numbers)
        assert all(0 < len(page) <= PAGE for page in pages)
        assert len(pages) < 2 * max(1, pages_for(len(numbers)))
