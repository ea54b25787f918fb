"""Who fills which place of a gate: people are matched to places, never taken greedily.

Promises: somebody who fits two places never keeps one that only a later voter could fill; one person fills one place;
whoever was counted stays counted while others come. Refuses to know why a person fits.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.model.plan import GatePlan

ANY = ""
"""A place that any voter of the gate may fill."""


def places(gate: GatePlan) -> tuple[str, ...]:
    """Everything that must be filled: the named roles, then as many others as the count asks for."""
    roles = tuple(role for role, _groups in gate.roles)
    return (*roles, *(ANY for _ in range(gate.count - len(roles))))


def matched(wanted: Sequence[str], fits: Sequence[Sequence[str]]) -> dict[int, int]:
    """Person → place, by position: as many people as can be placed at once, earlier ones before later ones.

    Augmenting paths (Kuhn): a person who was placed is moved if need be, but never put out again.
    """
    holder: dict[int, int] = {}

    def seat(person: int, tried: set[int]) -> bool:
        for place, name in enumerate(wanted):
            if name not in fits[person] or place in tried:
                continue
            tried.add(place)
            if place not in holder or seat(holder[place], tried):
                holder[place] = person
                return True
        return False

    for person in range(len(fits)):
        seat(person, set())
    return {person: place for place, person in sorted(holder.items())}
