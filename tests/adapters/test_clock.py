"""The clock's names for events."""

from __future__ import annotations

from bot.adapters.clock import SystemClock


def test_ids_are_of_one_length_and_differ() -> None:
    """A thousand names of the same moment are a thousand names."""
    clock = SystemClock()

    names = {clock.new_id() for _ in range(1000)}

    assert len(names) == 1000
    assert {len(name) for name in names} == {15}


def test_ids_sort_by_the_moment_in_which_they_were_made() -> None:
    """The first nine letters are milliseconds, and later ones sort behind earlier ones."""
    clock = SystemClock()

    moments = [clock.new_id()[:9] for _ in range(5000)]

    assert moments == sorted(moments)
