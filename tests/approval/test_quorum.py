"""People are matched to places: nobody holds a place that only somebody else could fill."""

from __future__ import annotations

from itertools import permutations

import pytest

from bot.approval.quorum import ANY, matched, places
from tests.builders import a_gate

ROLES = (("ops", ("@orders-sre",)), ("ic", ("@sre-leads",)))


def test_the_places_are_the_roles_and_whoever_the_count_asks_for_beside_them() -> None:
    """A count above the roles leaves places for anybody of the groups."""
    gate = a_gate(3, kind="confirm", groups=(), roles=ROLES)

    assert places(gate) == ("ops", "ic", ANY)
    assert places(a_gate(2)) == (ANY, ANY)


@pytest.mark.parametrize("order", list(permutations([("ops", "ic"), ("ops",), ("ic",)])))
def test_whoever_fits_two_places_makes_room(order: tuple[tuple[str, ...], ...]) -> None:
    """Two people fill two places in whichever order they come, unless both fit the same one only."""
    first_two = order[:2]

    seats = matched(("ops", "ic"), first_two)

    assert len(seats) == 2
    assert all(("ops", "ic")[place] in first_two[person] for person, place in seats.items())


def test_nobody_who_was_counted_is_put_out_again() -> None:
    """A third voter finds no place; the first two keep theirs."""
    seats = matched(("ops", "ic"), [("ops", "ic"), ("ops",), ("ops", "ic")])

    assert seats == {0: 1, 1: 0}


def test_a_person_without_a_place_is_not_counted() -> None:
    """Two for one place are one."""
    assert matched(("ops", "ic"), [("ops",), ("ops",)]) == {0: 0}
