"""The graph of needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from bot.runbook.graph import ancestors, critical_path, cycle, topological


@dataclass(frozen=True)
class Node:
    """Something with needs."""

    needs: tuple[str, ...] = ()


def graph(**needs: str) -> dict[str, Node]:
    """`graph(a="", b="a")`: b needs a."""
    return {name: Node(tuple(words.split())) for name, words in needs.items()}


def test_the_order_respects_needs_and_the_author() -> None:
    """What is needed comes first; otherwise the file's order stays."""
    assert topological(graph(d="b c", a="", c="a", b="a")) == ("a", "c", "b", "d")


def test_ancestors_are_all_steps_above() -> None:
    """Near and far."""
    assert ancestors(graph(a="", b="a", c="b")) == {"a": frozenset(), "b": {"a"}, "c": {"a", "b"}}


def test_a_cycle_is_named_as_a_path() -> None:
    """It ends where it began, and what is merely behind it is no part of it."""
    ring = cycle(graph(a="", b="a d", c="b", d="c", e="d"))

    assert ring[0] == ring[-1]
    assert set(ring) == {"b", "c", "d"}


def test_without_a_cycle_there_is_no_path() -> None:
    """Unknown needs are no cycle."""
    assert cycle(graph(a="nobody", b="a")) == ()


def test_the_critical_path_is_the_longest_way() -> None:
    """Measured in time, not in steps."""
    steps = graph(a="", b="a", c="a", d="b c")
    cost = {name: timedelta(minutes=minutes) for name, minutes in {"a": 1, "b": 1, "c": 9, "d": 1}.items()}

    assert critical_path(steps, cost) == ("a", "c", "d")
    assert critical_path({}, {}) == ()


@given(some.lists(some.tuples(some.integers(0, 11), some.integers(0, 11)), max_size=40))
def test_order_and_cycle_agree(edges: list[tuple[int, int]]) -> None:
    """Either everything can be ordered, each after its needs, or there is a cycle that really is one."""
    steps = {f"s{n}": Node(tuple(f"s{to}" for start, to in edges if start == n)) for n in range(12)}

    order, ring = topological(steps), cycle(steps)

    assert (len(order) == len(steps)) is (ring == ())
    assert all(order.index(need) < order.index(step) for step in order for need in steps[step].needs)
    assert all(there in steps[here].needs for here, there in pairwise(ring))
