"""A bot that serves looks for garbage less often, and still finds it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot.cli import collector


@pytest.fixture
def as_before() -> Iterator[None]:
    """The tests behind this one collect as the interpreter does."""
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


class Ring:
    """Holds itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.me = self


@pytest.mark.usefixtures("as_before")
def test_what_is_there_is_set_aside_and_later_rings_are_found() -> None:
    """Nothing that a run leaves behind stays for good."""
    collector.settle()
    ring = weakref.ref(Ring())

    kept: list[list[int]] = [[] for _ in range(2 * collector.FIRST)]

    assert gc.get_freeze_count() > 10_000
    assert ring() is None
    assert len(kept) == 2 * collector.FIRST
